//! States, what fails most, what happens next, and the last day of contracts and engine.

use std::collections::HashMap;

use actix_web::HttpResponse;
use askama::Template;

use super::day::{self, Chart, Hour, Strip};
use crate::domain::contract::ContractId;
use crate::domain::status::{Cause, Group, State};
use crate::roster::{Filter, ListQuery, Roster, SortBy};
use crate::web::page::{Page, html};
use crate::web::problem::Problem;
use crate::web::status::{Cell, Chip, chips};
use crate::web::who::Acting;
use crate::web::wording;

/// Causes and entries that are shown.
const SHOWN: usize = 10;

struct StateRow {
    label: String,
    group: &'static str,
    count: String,
    link: String,
    /// Thousandths of all entries.
    share: usize,
}

struct CauseRow {
    text: String,
    todo: String,
    count: String,
    link: String,
}

struct EntryRow {
    id: i64,
    name: String,
    cell: Cell,
}

/// Heads of the engine's table, in the order of its cells.
const ENGINE_COLUMNS: [&str; 6] =
    ["engine-sent", "engine-heard", "engine-dropped", "engine-most-waiting", "engine-longest-lag", "engine-processor"];

#[derive(Template)]
#[template(path = "overview/show.html")]
struct Show {
    page: Page,
    chips: Vec<Chip>,
    states: Vec<StateRow>,
    causes: Vec<CauseRow>,
    worst: Vec<EntryRow>,
    strips: Vec<Strip>,
    /// Contracts that are not shown.
    more: Option<String>,
    charts: Vec<Chart>,
    hours: Vec<Hour>,
    ids: String,
}

/// # Errors
/// As every page.
pub(crate) async fn show(page: Page, roster: Acting) -> Result<HttpResponse, Problem> {
    let title = page.t("overview-title");
    let worst = worst(&page, &roster).await?;
    let ids: Vec<String> = worst.iter().map(|row| row.id.to_string()).collect();
    let by_contract = roster.by_contract().await?;
    let (strips, more) = day::strips(&page, &roster, &by_contract);
    let (charts, hours) = day::engine(&page, &roster);
    html(&Show {
        strips,
        more: (more > 0).then(|| page.tn("overview-more", more)),
        charts,
        hours,
        chips: chips(page.locale, &roster.counts()),
        states: states(&page, &by_contract),
        causes: causes(&page, &roster).await?,
        ids: ids.join(","),
        worst,
        page: page.titled(title),
    })
}

fn states(page: &Page, by_contract: &HashMap<Option<ContractId>, HashMap<State, usize>>) -> Vec<StateRow> {
    let count = |state: State| by_contract.values().filter_map(|states| states.get(&state)).sum::<usize>();
    let all: usize = State::ALL.iter().map(|state| count(*state)).sum();
    let row = |state: &State| StateRow {
        label: page.t(wording::state(*state)),
        group: state.group().code(),
        count: page.n(count(*state)),
        link: format!("/entries?state={}", state.code()),
        share: (count(*state) * 1000).checked_div(all).unwrap_or(0),
    };
    State::ALL.iter().filter(|state| count(**state) > 0).map(row).collect()
}

async fn causes(page: &Page, roster: &Roster) -> Result<Vec<CauseRow>, Problem> {
    let mut counts: Vec<(Cause, usize)> = roster.by_cause().await?.into_iter().collect();
    counts.sort_by_key(|(cause, count)| (std::cmp::Reverse(*count), cause.code()));
    let row = |(cause, count): (Cause, usize)| CauseRow {
        text: page.t(wording::cause(cause).0),
        todo: page.t(wording::cause(cause).1),
        count: page.n(count),
        link: format!("/entries?cause={}", cause.code()),
    };
    Ok(counts.into_iter().take(SHOWN).map(row).collect())
}

/// Registrations that still stand and whose refresh fails, those first that are tried again soonest.
async fn worst(page: &Page, roster: &Roster) -> Result<Vec<EntryRow>, Problem> {
    let filter = Filter { group: Some(Group::Risk), ..Filter::default() };
    let query = ListQuery { filter, sort: SortBy::NextAction, limit: SHOWN, ..ListQuery::default() };
    let found = roster.page(query).await?;
    let row = |listed: &crate::roster::Listed| EntryRow {
        id: listed.entry.id.0,
        name: listed.entry.details.name(),
        cell: Cell::of(page.locale, &page.zone, listed.entry.id, &listed.status),
    };
    Ok(found.items.iter().map(row).collect())
}
