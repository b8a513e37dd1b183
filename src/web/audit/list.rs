//! The audit's pages, and what they may be narrowed to.

use std::collections::HashMap;

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use crate::domain::audit::{AuditQuery, Change, Deed, Record, Subject, Turn, Via};
use crate::domain::operator::Role;
use crate::web::address::encoded;
use crate::web::field::Choice;
use crate::web::page::{Moment, Page, html};
use crate::web::problem::Problem;
use crate::web::who::Acting;
use crate::web::wording;

/// Lines of a page.
const LINES: usize = 50;

#[derive(Template)]
#[template(path = "audit/list.html")]
struct List {
    page: Page,
    asked: Asked,
    deeds: Vec<Choice>,
    lines: Vec<Line>,
    older: Option<String>,
    newer: Option<String>,
}

/// A line, ready to be shown.
struct Line {
    at: Moment,
    who: String,
    from: String,
    what: String,
    about: String,
    /// Where what it is about can be looked at.
    link: Option<String>,
    changes: Vec<ChangeLine>,
}

struct ChangeLine {
    field: String,
    text: String,
}

/// What the address asks for.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    who: String,
    deed: String,
    about: String,
    from: String,
    until: String,
    older: Option<i64>,
    newer: Option<i64>,
}

impl Asked {
    fn query(&self, page: &Page) -> AuditQuery {
        AuditQuery {
            who: self.who.trim().to_owned(),
            deed: Deed::of(&self.deed),
            about: self.about.trim().to_owned(),
            from: page.zone.day(&self.from).map(|(from, _)| from),
            until: page.zone.day(&self.until).map(|(_, until)| until),
            turn: match (self.older, self.newer) {
                (Some(than), _) => Turn::Older(than),
                (None, Some(than)) => Turn::Newer(than),
                (None, None) => Turn::Newest,
            },
            limit: LINES,
        }
    }

    fn is_narrowed(&self) -> bool {
        [&self.who, &self.deed, &self.about, &self.from, &self.until].iter().any(|text| !text.trim().is_empty())
    }

    /// The address of another page of the same.
    fn address(&self, turn: &str, than: i64) -> String {
        let fields = [
            ("who", &self.who),
            ("deed", &self.deed),
            ("about", &self.about),
            ("from", &self.from),
            ("until", &self.until),
        ];
        let kept = fields.iter().filter(|(_, value)| !value.is_empty());
        let kept: String = kept.map(|(name, value)| format!("{name}={}&", encoded(value))).collect();
        format!("/audit?{kept}{turn}={than}")
    }
}

/// # Errors
/// As every page.
pub(crate) async fn show(page: Page, roster: Acting, asked: web::Query<Asked>) -> Result<HttpResponse, Problem> {
    let asked = asked.into_inner();
    let found = roster.audit(asked.query(&page)).await?;
    let title = page.t("audit-title");
    let deeds = Deed::ALL
        .iter()
        .map(|deed| Choice {
            id: deed.code().to_owned(),
            name: page.t(wording::deed(*deed)),
            chosen: asked.deed == deed.code(),
        })
        .collect();
    let contracts: HashMap<String, String> =
        roster.contracts().await?.into_iter().map(|contract| (contract.id.to_string(), contract.name)).collect();
    let lines = found.records.into_iter().map(|record| line(&page, record, &contracts)).collect();
    let older = found.older.map(|than| asked.address("older", than));
    let newer = found.newer.map(|than| asked.address("newer", than));
    html(&List { page: page.titled(title), asked, deeds, lines, older, newer })
}

fn line(page: &Page, record: Record, contracts: &HashMap<String, String>) -> Line {
    let link = record.about.and_then(|id| match record.deed.subject() {
        Subject::Entry if record.deed != Deed::EntryDeleted => Some(format!("/entries/{id}")),
        Subject::Contract if record.deed != Deed::ContractDeleted => Some(format!("/contracts/{id}/edit")),
        Subject::User if record.deed != Deed::UserDeleted => Some(format!("/users/{id}/edit")),
        Subject::Entry | Subject::Contract | Subject::User | Subject::Token => None,
    });
    let via = page.t(wording::via(record.actor.via));
    let who = match (record.actor.via, record.actor.name.as_str()) {
        (Via::CommandLine | Via::Program, _) => via.clone(),
        (Via::Pages | Via::Api, "") => page.t("audit-nobody"),
        (Via::Pages | Via::Api, name) => name.to_owned(),
    };
    let from = match (record.actor.via, record.actor.from) {
        (Via::Api, Some(from)) => format!("{from} ({via})"),
        (Via::Pages, Some(from)) => from.to_string(),
        (Via::Pages | Via::Api | Via::CommandLine | Via::Program, _) => String::new(),
    };
    Line {
        at: page.moment(record.at),
        who,
        from,
        what: page.t(wording::deed(record.deed)),
        about: record.name,
        link,
        changes: record.changes.iter().map(|change| change_line(page, change, contracts)).collect(),
    }
}

fn change_line(page: &Page, change: &Change, contracts: &HashMap<String, String>) -> ChangeLine {
    let field = wording::told_field(&change.field).map_or_else(|| change.field.clone(), |id| page.t(id));
    let [before, after] = [&change.before, &change.after].map(|value| {
        value.as_deref().map(|text| match change.field.as_str() {
            // One that was deleted has its number left.
            "contract_id" => contracts.get(text).cloned().unwrap_or_else(|| format!("#{text}")),
            _ => worded(page, text),
        })
    });
    let text = match (&before, &after) {
        (None, None) => page.t("audit-secret-changed"),
        (Some(before), None) => format!("{before} → {}", page.t("audit-nothing")),
        (None, Some(after)) => after.clone(),
        (Some(before), Some(after)) => format!("{before} → {after}"),
    };
    ChangeLine { field, text }
}

/// A value as a person says it.
fn worded(page: &Page, value: &str) -> String {
    match value {
        "true" => page.t("word-yes"),
        "false" => page.t("word-no"),
        _ => value.parse::<Role>().map_or_else(|_| value.to_owned(), |role| page.t(wording::role(role))),
    }
}
