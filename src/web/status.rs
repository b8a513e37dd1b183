//! Status cells: how they look, and the stream that keeps those on the screen true.

use std::collections::HashMap;
use std::time::Duration;

use actix_web::http::header::ContentEncoding;
use actix_web::{Responder, web};
use actix_web_lab::sse;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use super::page::Page;
use super::problem::Problem;
use super::settings::WebConfig;
use super::who::Acting;
use super::wording::{self, Piece};
use crate::clock::wall_ms;
use crate::domain::entry::EntryId;
use crate::domain::status::{Group, State, Status};
use crate::engine::{Feed, News};
use crate::i18n::{self, Locale, Zone};
use crate::roster::Roster;

/// Most entries that one stream watches.
const WATCHED_MOST: usize = 100;
/// A comment that often keeps proxies from closing a quiet stream.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// A stream ends after this long; the browser opens another, and its session is looked at again.
const LIFE: Duration = Duration::from_secs(600);

/// A piece of a line as a script takes it: `text`, or a moment with its kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct PieceView {
    pub text: String,
    /// RFC 3339, when this is a moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// `clock`, `in` or `date`, when this is a moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<&'static str>,
}

/// A status cell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Cell {
    pub id: i64,
    pub state: &'static str,
    pub group: &'static str,
    pub label: String,
    pub line: Vec<PieceView>,
    /// When something happens next (RFC 3339).
    pub next: Option<String>,
}

impl Cell {
    /// The cell of an entry, in this language.
    pub(crate) fn of(locale: Locale, zone: &Zone, id: EntryId, status: &Status<i64>) -> Self {
        Self {
            id: id.0,
            state: status.state.code(),
            group: status.state.group().code(),
            label: i18n::text(locale, wording::state(status.state), &[]),
            line: pieces(locale, zone, wording::second_line(locale, status, wall_ms())),
            next: status.next_action_at.map(i18n::iso),
        }
    }
}

/// The pieces of a line, ready to be shown.
pub(crate) fn pieces(locale: Locale, zone: &Zone, line: Vec<Piece>) -> Vec<PieceView> {
    let now = wall_ms();
    line.into_iter().map(|piece| view(locale, zone, piece, now)).collect()
}

fn view(locale: Locale, zone: &Zone, piece: Piece, now: i64) -> PieceView {
    match piece {
        Piece::Text(text) => PieceView { text, at: None, kind: None },
        Piece::Clock(at) => PieceView { text: i18n::clock(zone, at), at: Some(i18n::iso(at)), kind: Some("clock") },
        Piece::In(at) => PieceView { text: i18n::span(at - now), at: Some(i18n::iso(at)), kind: Some("in") },
        Piece::Date(at) => {
            PieceView { text: i18n::date_time(locale, zone, at), at: Some(i18n::iso(at)), kind: Some("date") }
        }
    }
}

/// A moment, counted down to while a script runs.
pub(crate) fn moment(locale: Locale, at: i64) -> PieceView {
    view(locale, &Zone::default(), Piece::In(at), wall_ms())
}

/// How many entries stand in a group, as a chip over the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Chip {
    pub group: &'static str,
    pub label: String,
    pub count: String,
}

/// The chips of all groups.
pub(crate) fn chips(locale: Locale, counts: &[(Group, usize)]) -> Vec<Chip> {
    let chip = |(group, count): &(Group, usize)| Chip {
        group: group.code(),
        label: i18n::text(locale, wording::group(*group), &[]),
        count: i18n::number(locale, i64::try_from(*count).unwrap_or(i64::MAX)),
    };
    counts.iter().map(chip).collect()
}

/// Counts of states as those of their groups, only of those that there are.
pub(crate) fn group_counts(states: &HashMap<State, usize>) -> Vec<(Group, usize)> {
    let of = |group: Group| states.iter().filter(|(state, _)| state.group() == group).map(|(_, count)| count).sum();
    Group::ALL.iter().map(|group| (*group, of(*group))).filter(|(_, count)| *count > 0).collect()
}

/// Which entries a stream watches.
#[derive(Deserialize)]
pub(crate) struct Watched {
    #[serde(default)]
    ids: String,
}

/// Everything on the screen first, then what changes of it.
///
/// # Errors
/// [`Problem::Request`] when there are too many entries.
pub(crate) async fn stream(
    page: Page,
    roster: Acting,
    config: web::Data<WebConfig>,
    watched: web::Query<Watched>,
) -> Result<impl Responder, Problem> {
    let ids: Vec<EntryId> = watched.ids.split(',').filter_map(|id| id.parse().ok()).map(EntryId).collect();
    if ids.len() > WATCHED_MOST {
        return Err(Problem::Request);
    }
    let (events, receiver) = mpsc::channel(32);
    let feed = roster.feed();
    let watcher = Watcher { roster: roster.clone(), locale: page.locale, zone: page.zone.clone(), ids, events };
    let mut stopping = config.stopping.clone();
    actix_web::rt::spawn(async move {
        tokio::select! {
            () = watcher.run(feed) => {}
            _ = stopping.wait_for(|stop| *stop) => {}
            () = tokio::time::sleep(LIFE) => {}
        }
    });
    let stream = sse::Sse::from_infallible_receiver(receiver)
        .with_keep_alive(HEARTBEAT)
        .with_retry_duration(Duration::from_secs(2));
    // Compression would hold events back until a block is full.
    Ok(stream.customize().insert_header(ContentEncoding::Identity))
}

struct Watcher {
    roster: Roster,
    locale: Locale,
    zone: Zone,
    ids: Vec<EntryId>,
    events: mpsc::Sender<sse::Event>,
}

/// The reader has gone.
struct Gone;

impl Watcher {
    async fn run(self, mut feed: Feed) {
        // What ends this is the reader's going.
        let _ = self.watch(&mut feed).await;
    }

    async fn watch(&self, feed: &mut Feed) -> Result<(), Gone> {
        let mut counts = Vec::new();
        self.send_cells(&self.ids).await?;
        loop {
            self.send_counts(&mut counts).await?;
            let news = tokio::select! {
                news = feed.next() => news,
                () = self.events.closed() => return Err(Gone),
            };
            match news {
                News::Changed(changed) => {
                    let is_shown = |id: &&EntryId| changed.binary_search(id).is_ok();
                    let shown: Vec<EntryId> = self.ids.iter().filter(is_shown).copied().collect();
                    self.send_cells(&shown).await?;
                }
                News::Lagged => self.send_cells(&self.ids).await?,
                News::Over => return Err(Gone),
            }
        }
    }

    async fn send_cells(&self, ids: &[EntryId]) -> Result<(), Gone> {
        for id in ids {
            let status = self.roster.status(*id);
            // A deleted entry has no status any more: its row stays as it was until the page is loaded again.
            if status.state != State::Unknown {
                self.send("status", &Cell::of(self.locale, &self.zone, *id, &status)).await?;
            }
        }
        Ok(())
    }

    async fn send_counts(&self, last: &mut Vec<Chip>) -> Result<(), Gone> {
        let chips = chips(self.locale, &self.roster.counts());
        if chips != *last {
            self.send("counts", &chips).await?;
            *last = chips;
        }
        Ok(())
    }

    async fn send(&self, name: &'static str, value: &impl Serialize) -> Result<(), Gone> {
        let data = sse::Data::new_json(value).map_err(|_| Gone)?.event(name);
        self.events.send(data.into()).await.map_err(|_| Gone)
    }
}
