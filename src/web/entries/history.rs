//! The history of an entry: what happened, and the last day as a strip.

use crate::clock::wall_ms;
use crate::domain::entry::EntryId;
use crate::domain::event::Event;
use crate::domain::status::{State, Status};
use crate::i18n;
use crate::roster::Roster;
use crate::web::page::Page;
use crate::web::problem::Problem;
use crate::web::wording;

/// Events on one page.
const PAGE: u32 = 20;
/// Most events that a strip is drawn from.
const DRAWN: u32 = 500;
const DAY: i64 = 86_400_000;

/// A line of the history.
pub(super) struct Line {
    pub at: String,
    pub text: String,
    pub state: String,
    pub group: &'static str,
    /// Why, and what the provider said.
    pub why: String,
}

/// A piece of the strip, in thousandths of a day.
pub(super) struct Piece {
    pub from: i64,
    pub width: i64,
    pub group: &'static str,
    /// There was a registration.
    pub stood: bool,
}

/// What the entry's page shows of it.
pub(super) struct History {
    pub lines: Vec<Line>,
    /// Where older ones are.
    pub older: Option<String>,
    /// These are not the newest.
    pub is_older: bool,
    pub strip: Vec<Piece>,
    /// The strip in words.
    pub spoken: String,
}

impl History {
    /// # Errors
    /// As every page.
    pub(super) async fn of(
        page: &Page,
        roster: &Roster,
        id: EntryId,
        status: &Status<i64>,
        before: Option<i64>,
    ) -> Result<Self, Problem> {
        let mut events = roster.history(id, before, PAGE + 1).await?;
        let more = events.len() > PAGE as usize;
        events.truncate(PAGE as usize);
        let older = events.last().filter(|_| more).map(|(number, _)| format!("/entries/{id}?before={number}#history"));
        let mut drawn = roster.history(id, None, DRAWN).await?;
        // What merely stands again after a restart is no event, but it is drawn as it is.
        let now = status.since.map(|since| Event::of(status, since)).filter(|event| !event.is_passing());
        if let Some(now) = now.filter(|now| drawn.first().is_some_and(|(_, e)| e.state != now.state && e.at < now.at)) {
            drawn.insert(0, (i64::MAX, now));
        }
        let strip = strip(&drawn, status, wall_ms());
        let good: i64 = strip.iter().filter(|piece| piece.stood).map(|piece| piece.width).sum();
        let known: i64 = strip.iter().map(|piece| piece.width).sum();
        let percent = (good * 100).checked_div(known).unwrap_or(0).to_string();
        Ok(Self {
            lines: events.iter().map(|(_, event)| line(page, event)).collect(),
            older,
            is_older: before.is_some(),
            spoken: page.t1("history-strip", "percent", &percent),
            strip,
        })
    }
}

fn line(page: &Page, event: &Event) -> Line {
    let cause = event.cause.map(|cause| page.t(wording::cause(cause).0));
    let answer = event.code.map(|code| format!("{code} {}", event.reason.as_deref().unwrap_or_default()));
    let why = [cause, answer].into_iter().flatten().map(|text| text.trim().to_owned()).collect::<Vec<_>>().join(" · ");
    Line {
        at: i18n::iso(event.at),
        text: i18n::date_time(page.locale, &page.zone, event.at),
        state: page.t(wording::state(event.state)),
        group: event.state.group().code(),
        why,
    }
}

/// Whether calls arrived in this state.
fn stood(state: State) -> bool {
    matches!(state, State::Registered | State::AtRisk)
}

/// The last 24 hours out of events, the newest first; before the oldest that is known nothing is drawn.
fn strip(events: &[(i64, Event)], status: &Status<i64>, now: i64) -> Vec<Piece> {
    let place = |at: i64| ((at - (now - DAY)).max(0) * 1000 / DAY).min(1000);
    let mut pieces = Vec::new();
    let mut end = 1000;
    for (_, event) in events {
        let from = place(event.at);
        if from < end {
            pieces.push(Piece {
                from,
                width: end - from,
                group: event.state.group().code(),
                stood: stood(event.state),
            });
            end = from;
        }
        if event.at <= now - DAY {
            break;
        }
    }
    // One that has not changed since before its history began is as it is.
    if let (true, Some(since)) = (events.is_empty(), status.since) {
        let from = place(since);
        pieces.push(Piece { from, width: 1000 - from, group: status.state.group().code(), stood: stood(status.state) });
    }
    pieces.reverse();
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strip_covers_what_is_known_of_the_last_day() {
        let now = 10 * DAY;
        let event = |hours_ago: i64, state| {
            (0, Event { at: now - hours_ago * 3_600_000, state, cause: None, code: None, reason: None })
        };
        let drawn = |events: &[(i64, Event)]| -> Vec<(i64, i64, &str)> {
            strip(events, &Status::unknown(), now).iter().map(|p| (p.from, p.width, p.group)).collect()
        };
        assert_eq!(drawn(&[event(12, State::Registered)]), [(500, 500, "ok")]);
        let day = [event(6, State::Registered), event(12, State::Rejected), event(30, State::Registered)];
        assert_eq!(drawn(&day), [(0, 500, "ok"), (500, 250, "problem"), (750, 250, "ok")]);
        assert_eq!(drawn(&[]), []);
        let since = Status { state: State::Registered, since: Some(now - DAY / 4), ..Status::unknown() };
        assert_eq!(strip(&[], &since, now).len(), 1);
    }
}
