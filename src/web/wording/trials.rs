//! The words of a test.

use crate::domain::status::{Answer, Cause};
use crate::domain::trial::{Request, Step, Verdict};
use crate::i18n::{self, Locale, Value};

/// What would happen, in the words of a status.
pub(crate) struct Said {
    pub group: &'static str,
    pub label: String,
    pub lines: Vec<String>,
    pub todo: Option<String>,
}

fn say(locale: Locale, id: &str, values: &[(&str, Value<'_>)]) -> String {
    i18n::text(locale, id, values)
}

fn quoted(answer: &Answer) -> String {
    format!("{} {}", answer.code, answer.reason).trim_end().to_owned()
}

fn seconds(locale: Locale, seconds: u32) -> String {
    let count = i18n::number(locale, i64::from(seconds));
    say(locale, "seconds", &[("count", Value::Text(&count))])
}

/// Without the full stop of its sentence.
fn cause_words(locale: Locale, cause: Cause) -> String {
    say(locale, super::cause(cause).0, &[]).trim_end_matches('.').to_owned()
}

/// How it looks, what it says, and what is quoted beside it.
pub(crate) fn step(locale: Locale, step: &Step) -> (&'static str, String, String) {
    match step {
        Step::Looking { question } => {
            ("working", say(locale, "trial-looking", &[("question", Value::Text(question))]), String::new())
        }
        Step::Sent { request, target, transport, chain, with_credentials } => {
            let id = match (request, with_credentials) {
                (Request::Register, false) => "trial-register",
                (Request::Register, true) => "trial-register-again",
                (Request::Query, false) => "trial-query",
                (Request::Query, true) => "trial-query-again",
                (Request::Unregister, _) => "trial-unregister",
            };
            let target = format!("{target} ({})", transport.as_str().to_uppercase());
            let shown = if *with_credentials { "" } else { chain };
            ("working", say(locale, id, &[("target", Value::Text(&target))]), shown.to_owned())
        }
        Step::Heard { code, reason, proposal } => {
            let answer = format!("{code} {reason}");
            let id = if proposal.is_some() { "trial-challenged" } else { "trial-heard" };
            let group = match code {
                200..=299 => "ok",
                401 | 407 | 100..=199 => "working",
                _ => "problem",
            };
            let detail = proposal.as_ref().map(|p| format!("{} · {}", p.realm, p.algorithm)).unwrap_or_default();
            (group, say(locale, id, &[("answer", Value::Text(answer.trim_end()))]), detail)
        }
        Step::Lost { target, cause } => {
            let (target, why) = (target.to_string(), cause_words(locale, *cause));
            let values = [("target", Value::Text(&target)), ("why", Value::Text(&why))];
            ("risk", say(locale, "trial-lost", &values), String::new())
        }
        Step::Found(verdict) => {
            let said = self::verdict(locale, verdict);
            (said.group, said.label, String::new())
        }
        Step::Undone(true) => ("ok", say(locale, "trial-undone", &[]), String::new()),
        Step::Undone(false) => ("risk", say(locale, "trial-not-undone", &[]), String::new()),
    }
}

/// What would happen.
pub(crate) fn verdict(locale: Locale, verdict: &Verdict) -> Said {
    match verdict {
        Verdict::Registers { granted, notes } => {
            let shown = seconds(locale, *granted);
            Said {
                group: "ok",
                label: say(locale, "trial-registers", &[("seconds", Value::Text(&shown))]),
                lines: notes.iter().map(|note| say(locale, super::note(*note), &[])).collect(),
                todo: None,
            }
        }
        Verdict::Known { ours, others } => {
            let bound = match ours {
                Some(left) => {
                    let left = seconds(locale, *left);
                    say(locale, "trial-known-ours", &[("seconds", Value::Text(&left))])
                }
                None => say(locale, "trial-known-none", &[]),
            };
            let count = Value::Number(i64::try_from(*others).unwrap_or(i64::MAX));
            let more = (*others > 0).then(|| say(locale, "trial-known-others", &[("count", count)]));
            Said {
                group: "ok",
                label: say(locale, "trial-known", &[]),
                lines: [Some(bound), more, Some(say(locale, "trial-known-why", &[]))].into_iter().flatten().collect(),
                todo: None,
            }
        }
        Verdict::Fails { cause, answer, detail } => {
            let (meaning, todo) = super::cause(*cause);
            let who = match answer {
                Some(answer) => say(locale, "sentence-by-provider", &[("answer", Value::Text(&quoted(answer)))]),
                None => say(locale, "sentence-by-us", &[]),
            };
            let detail = detail.as_ref().filter(|text| !text.is_empty());
            let detail = detail.map(|text| format!("{}: {text}", say(locale, "fact-detail", &[])));
            let lines = [Some(format!("{} {who}", say(locale, meaning, &[]))), detail];
            Said {
                group: "problem",
                label: say(locale, "trial-fails", &[]),
                lines: lines.into_iter().flatten().collect(),
                todo: Some(say(locale, todo, &[])),
            }
        }
    }
}
