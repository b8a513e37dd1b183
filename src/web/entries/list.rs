//! The list of entries: search, filter, sort, page by page, with live status.

use std::collections::HashMap;

use actix_web::{HttpResponse, web};
use askama::Template;

use super::columns::{Column, Columns, heads};
use super::query::{Query, SIZES};
use crate::domain::contract::ContractId;
use crate::domain::status::{Cause, State};
use crate::roster::{ListQuery, Listed, Roster, Total, Under};
use crate::web::field::Choice;
use crate::web::page::{Page, html, see};
use crate::web::problem::Problem;
use crate::web::status::{Cell, Chip, PieceView, chips, moment};
use crate::web::who::Acting;
use crate::web::wording;

struct RowView {
    id: i64,
    name: String,
    ddi: String,
    username: String,
    domain: String,
    contract: String,
    user: String,
    next: Option<PieceView>,
    demo: bool,
    enabled: bool,
    cell: Cell,
}

struct Size {
    size: usize,
    link: String,
    current: bool,
}

/// A group of states over the list: how many, and where they are listed.
struct GroupChip {
    chip: Chip,
    link: String,
    current: bool,
}

/// A filter that is set, and the address of the list without it.
struct Active {
    text: String,
    link: String,
}

#[derive(Template)]
#[template(path = "entries/list.html")]
struct List {
    page: Page,
    saved: Option<String>,
    search: String,
    filter_fields: Vec<(&'static str, String)>,
    csv: String,
    look_fields: Vec<(&'static str, String)>,
    group: String,
    states: Vec<Choice>,
    causes: Vec<Choice>,
    contracts: Vec<Choice>,
    no_contract: bool,
    active: Vec<Active>,
    heads: Vec<Column>,
    columns: Columns,
    rows: Vec<RowView>,
    damaged: usize,
    total: String,
    bulk_all: String,
    /// Nothing is stored at all.
    empty: bool,
    chips: Vec<GroupChip>,
    sizes: Vec<Size>,
    previous: Option<String>,
    next: Option<String>,
    ids: String,
}

/// The list is the home page.
pub(crate) async fn home() -> HttpResponse {
    see("/entries")
}

/// # Errors
/// As every page.
pub(crate) async fn show(
    page: Page,
    roster: Acting,
    columns: Columns,
    query: web::Query<Query>,
) -> Result<HttpResponse, Problem> {
    let query = query.into_inner();
    let filter = query.filter();
    let search = filter.search.clone();
    let found = roster
        .page(ListQuery {
            filter,
            sort: query.sort(),
            descending: query.is_descending(),
            from: query.from(),
            limit: query.per(),
        })
        .await?;
    let contracts = roster.contract_names();
    let names: HashMap<ContractId, &str> = contracts.iter().map(|(id, name)| (*id, name.as_str())).collect();
    let rows: Vec<RowView> = found.items.iter().map(|listed| row(&page, listed, &names)).collect();
    let ids: Vec<String> = rows.iter().map(|row| row.id.to_string()).collect();
    let title = page.t("entries-title");
    let (total, bulk_all) = match found.total {
        Total::Exactly(n) => (page.t1("entries-total", "count", &page.n(n)), page.tn("bulk-all", n)),
        Total::MoreThan(n) => (page.t1("entries-total-more", "count", &page.n(n)), page.tn("bulk-all-more", n)),
    };
    html(&List {
        saved: (query.saved == "deleted").then(|| page.t("saved-deleted")),
        filter_fields: query.filter_fields(),
        csv: query.csv(),
        look_fields: query.look_fields(),
        group: query.group.clone(),
        states: states(&page, &query),
        causes: causes(&page, &query),
        active: active(&page, &query, &names),
        contracts: contract_choices(&contracts, &query),
        no_contract: query.under() == Some(Under::Nothing),
        heads: heads(&page, &query, columns),
        columns,
        empty: found.all == 0 && found.damaged == 0,
        damaged: found.damaged,
        total,
        bulk_all,
        chips: group_chips(&page, &roster, &query),
        sizes: SIZES
            .iter()
            .map(|size| Size {
                size: *size,
                link: query.link(&[("per", &size.to_string())]),
                current: *size == query.per(),
            })
            .collect(),
        previous: found.previous.map(|cursor| query.link(&[("before", &cursor)])),
        next: found.next.map(|cursor| query.link(&[("after", &cursor)])),
        ids: ids.join(","),
        page: page.titled(title),
        search,
        rows,
    })
}

fn row(page: &Page, listed: &Listed, contracts: &HashMap<ContractId, &str>) -> RowView {
    let details = &listed.entry.details;
    RowView {
        id: listed.entry.id.0,
        name: details.name(),
        ddi: details.ddi.to_string(),
        username: details.username.to_string(),
        domain: details.domain.to_string(),
        contract: details.contract.and_then(|id| contracts.get(&id)).map_or_else(String::new, ToString::to_string),
        user: details.effective_user().to_owned(),
        next: listed.status.next_action_at.map(|at| moment(page.locale, at)),
        demo: listed.demo,
        enabled: details.enabled,
        cell: Cell::of(page.locale, &page.zone, listed.entry.id, &listed.status),
    }
}

fn group_chips(page: &Page, roster: &Roster, query: &Query) -> Vec<GroupChip> {
    let chip = |chip: Chip| {
        let current = query.group == chip.group;
        GroupChip { link: query.link(&[("group", if current { "" } else { chip.group })]), current, chip }
    };
    chips(page.locale, &roster.counts()).into_iter().map(chip).collect()
}

fn states(page: &Page, query: &Query) -> Vec<Choice> {
    let choice = |state: &State| Choice {
        id: state.code().to_owned(),
        name: page.t(wording::state(*state)),
        chosen: query.state() == Some(*state),
    };
    State::ALL.iter().map(choice).collect()
}

fn causes(page: &Page, query: &Query) -> Vec<Choice> {
    let choice = |cause: &Cause| Choice {
        id: cause.code().to_owned(),
        name: page.t(wording::cause(*cause).0),
        chosen: query.cause() == Some(*cause),
    };
    let mut all: Vec<Choice> = Cause::ALL.iter().map(choice).collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

fn contract_choices(contracts: &[(ContractId, String)], query: &Query) -> Vec<Choice> {
    let choice = |(id, name): &(ContractId, String)| Choice {
        id: id.to_string(),
        name: name.clone(),
        chosen: query.under() == Some(Under::Contract(*id)),
    };
    contracts.iter().map(choice).collect()
}

/// Every filter that is set, in words.
fn active(page: &Page, query: &Query, contracts: &HashMap<ContractId, &str>) -> Vec<Active> {
    let search = query.q.trim();
    let contract = query.under().map(|under| match under {
        Under::Nothing => page.t("no-contract"),
        Under::Contract(id) => contracts.get(&id).map_or_else(|| id.to_string(), ToString::to_string),
    });
    let set = [
        ("q", (!search.is_empty()).then(|| page.t1("filter-search", "value", search))),
        ("group", query.group().map(|group| page.t(wording::group(group)))),
        ("state", query.state().map(|state| page.t(wording::state(state)))),
        ("cause", query.cause().map(|cause| page.t(wording::cause(cause).0))),
        ("contract", contract),
    ];
    let active =
        |(name, text): (&str, Option<String>)| text.map(|text| Active { text, link: query.link(&[(name, "")]) });
    set.into_iter().filter_map(active).collect()
}
