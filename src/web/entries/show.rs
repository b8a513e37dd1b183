//! The page of an entry: first the sentence, then the facts.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::exchanges::{Rung, ladder};
use super::history::History;
use crate::domain::entry::EntryId;
use crate::domain::status::{State, Status};
use crate::i18n::{self, Value};
use crate::roster::{Listed, Roster};
use crate::web::address::encoded;
use crate::web::page::{Page, html};
use crate::web::problem::Problem;
use crate::web::status::{Cell, PieceView, pieces};
use crate::web::who::Acting;
use crate::web::wording;

/// A line of the facts; a moment carries its machine-readable time.
struct Fact {
    label: String,
    text: String,
    at: Option<String>,
}

#[derive(Template)]
#[template(path = "entries/show.html")]
struct Show {
    page: Page,
    listed: Listed,
    cell: Cell,
    saved: Option<String>,
    since: Vec<PieceView>,
    about: String,
    why: Option<String>,
    who: Option<String>,
    todo: Option<String>,
    notes: Vec<String>,
    facts: Vec<Fact>,
    contract: Option<String>,
    uri: String,
    may_unregister: bool,
    history: History,
    ladder: Vec<Rung>,
    /// What the others of that provider are doing.
    beside: Option<String>,
    beside_link: String,
}

/// What has just been done.
#[derive(Deserialize)]
pub(crate) struct Saved {
    #[serde(default)]
    saved: String,
    /// Only what happened before this event.
    before: Option<i64>,
}

/// # Errors
/// As every page.
pub(crate) async fn show(
    page: Page,
    roster: Acting,
    id: web::Path<i64>,
    saved: web::Query<Saved>,
) -> Result<HttpResponse, Problem> {
    let listed = roster.find(EntryId(*id)).await?;
    let contract = match listed.entry.details.contract {
        Some(id) => roster.contract(id).await.ok().map(|contract| contract.name),
        None => None,
    };
    let name = listed.entry.details.name();
    let before = saved.before;
    let saved = match saved.saved.as_str() {
        "created" => Some(page.t1("saved-created", "name", &name)),
        "updated" => Some(page.t1("saved-updated", "name", &name)),
        _ => None,
    };
    let status = listed.status.clone();
    let page = page.titled(name.clone());
    let words = status.cause.map(wording::cause);
    let history = History::of(&page, &roster, listed.entry.id, &status, before).await?;
    html(&Show {
        cell: Cell::of(page.locale, &page.zone, listed.entry.id, &status),
        since: wording::since(page.locale, &status)
            .map(|line| pieces(page.locale, &page.zone, line))
            .unwrap_or_default(),
        about: page.t(wording::about(status.state)),
        why: words.map(|(meaning, _)| page.t(meaning)),
        who: wording::who_said(page.locale, &status),
        todo: words.map(|(_, todo)| page.t(todo)),
        notes: status.notes.iter().map(|note| page.t(wording::note(*note))).collect(),
        facts: facts(&page, &status),
        uri: listed
            .entry
            .details
            .register_server_uri
            .as_ref()
            .map_or_else(|| format!("sip:{}", listed.entry.details.domain), ToString::to_string),
        may_unregister: matches!(status.state.group().code(), "ok" | "risk" | "working" | "problem"),
        beside: beside(&page, &roster, listed.entry.id).await?,
        beside_link: format!("/entries?q={}", encoded(&listed.entry.details.domain.to_string())),
        history,
        ladder: ladder(&page, &roster.exchanges(listed.entry.id)),
        listed,
        saved,
        contract,
        page,
    })
}

/// Is it us, or them? What the other entries of that domain are doing.
async fn beside(page: &Page, roster: &Roster, id: EntryId) -> Result<Option<String>, Problem> {
    let (others, registered) = roster.beside(id).await?;
    Ok((others > 0).then(|| page.tn1("show-beside", others, "registered", &page.n(registered))))
}

fn fact(page: &Page, label: &str, at: i64) -> Fact {
    Fact { label: page.t(label), text: i18n::date_time(page.locale, &page.zone, at), at: Some(i18n::iso(at)) }
}

/// What is known, in the order in which one asks for it; what is unknown is left out.
fn facts(page: &Page, status: &Status<i64>) -> Vec<Fact> {
    let seconds = |n: u32| i18n::text(page.locale, "seconds", &[("count", Value::Text(&page.n(i64::from(n))))]);
    let plain = |label: &str, text: Option<String>| {
        text.filter(|t| !t.is_empty()).map(|text| Fact { label: page.t(label), text, at: None })
    };
    let moment = |label: &str, at: Option<i64>| at.map(|at| fact(page, label, at));
    let target = status.target.map(|target| {
        let transport = status.transport.map_or("", |t| t.as_str()).to_uppercase();
        format!("{target} ({transport})")
    });
    let answer = status.answer.as_ref();
    let attempts = Some(status.attempts).filter(|n| *n > 0).map(|n| page.n(i64::from(n)));
    let started = status.cseq > 0;
    [
        plain("fact-detail", status.detail.clone()),
        plain("fact-warning", answer.and_then(|a| a.warning.clone())),
        plain("fact-retry-after", answer.and_then(|a| a.retry_after).map(seconds)),
        moment("fact-until", status.registered_until),
        plain("fact-asked", Some(status.asked).filter(|n| *n > 0).map(seconds)),
        plain("fact-granted", status.granted.map(seconds)),
        moment("fact-next", status.next_action_at.filter(|_| status.state != State::Disabled)),
        moment("fact-last-success", status.last_success_at),
        plain("fact-attempts", attempts),
        plain("fact-target", target),
        plain("fact-chain", status.chain.as_deref().map(Into::into)),
        plain("fact-contact", status.contact.as_deref().map(Into::into)),
        plain("fact-proposal", status.proposal.as_ref().map(|p| format!("{} · {}", p.realm, p.algorithm))),
        plain("fact-path", status.path.clone()),
        plain("fact-service-route", status.service_route.clone()),
        plain("fact-call-id", Some(status.call_id.to_string())),
        plain("fact-cseq", started.then(|| status.cseq.to_string())),
    ]
    .into_iter()
    .flatten()
    .collect()
}
