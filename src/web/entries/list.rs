//! The list of entries: search, sort, page by page, with live status.

use std::collections::HashMap;

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use crate::domain::contract::ContractId;
use crate::roster::Roster;
use crate::store::{EntryQuery, From, SortColumn};
use crate::web::address::encoded;
use crate::web::page::{Page, html, see};
use crate::web::problem::Problem;
use crate::web::status::{Cell, Chip, chips};

/// How many rows a page may have.
const SIZES: [u32; 3] = [25, 50, 100];

struct RowView {
    id: i64,
    name: String,
    ddi: String,
    username: String,
    domain: String,
    contract: String,
    demo: bool,
    enabled: bool,
    cell: Cell,
}

struct Column {
    label: String,
    /// `ascending`, `descending`, or none.
    sorted: &'static str,
    link: String,
    hint: String,
}

struct Size {
    size: u32,
    link: String,
    current: bool,
}

#[derive(Template)]
#[template(path = "entries/list.html")]
struct List {
    page: Page,
    saved: Option<String>,
    search: String,
    sort: String,
    order: String,
    per: u32,
    columns: Vec<Column>,
    rows: Vec<RowView>,
    corrupt: usize,
    total: String,
    /// Nothing is stored at all.
    empty: bool,
    chips: Vec<Chip>,
    sizes: Vec<Size>,
    previous: Option<String>,
    next: Option<String>,
    ids: String,
}

/// What the address says.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Query {
    q: String,
    sort: String,
    order: String,
    per: String,
    after: String,
    before: String,
    saved: String,
}

impl Query {
    fn column(&self) -> SortColumn {
        COLUMNS.iter().find(|(name, _, _)| *name == self.sort).map_or(SortColumn::Ddi, |(_, column, _)| *column)
    }

    fn per(&self) -> u32 {
        self.per.parse().ok().filter(|n| SIZES.contains(n)).unwrap_or(25)
    }

    fn from(&self) -> From {
        match (self.after.parse(), self.before.parse()) {
            (Ok(cursor), _) => From::After(cursor),
            (Err(()), Ok(cursor)) => From::Before(cursor),
            (Err(()), Err(())) => From::Start,
        }
    }

    /// The address of the list with these changes; everything else stays.
    fn link(&self, changes: &[(&str, &str)]) -> String {
        let mut values = vec![("q", self.q.as_str()), ("sort", &self.sort), ("order", &self.order), ("per", &self.per)];
        for (name, value) in changes {
            values.retain(|(n, _)| n != name);
            values.push((name, value));
        }
        let parts: Vec<String> =
            values.iter().filter(|(_, v)| !v.is_empty()).map(|(n, v)| format!("{n}={}", encoded(v))).collect();
        if parts.is_empty() { "/entries".to_owned() } else { format!("/entries?{}", parts.join("&")) }
    }
}

/// Name in the address, column, and message id, in the order of the screen.
const COLUMNS: [(&str, SortColumn, &str); 4] = [
    ("ddi", SortColumn::Ddi, "field-ddi"),
    ("username", SortColumn::Username, "field-username"),
    ("domain", SortColumn::Domain, "field-domain"),
    ("contract", SortColumn::Contract, "field-contract"),
];

/// The list is the home page.
pub(crate) async fn home() -> HttpResponse {
    see("/entries")
}

/// # Errors
/// As every page.
pub(crate) async fn show(
    page: Page,
    roster: web::Data<Roster>,
    query: web::Query<Query>,
) -> Result<HttpResponse, Problem> {
    let query = query.into_inner();
    let search = query.q.trim().chars().take(200).collect::<String>();
    let found = roster
        .page(EntryQuery {
            search: search.clone(),
            contract: None,
            sort: query.column(),
            descending: query.order == "desc",
            from: query.from(),
            limit: query.per(),
        })
        .await?;
    let contracts: HashMap<ContractId, String> =
        roster.contracts().await?.into_iter().map(|c| (c.id, c.name)).collect();
    let rows: Vec<RowView> = found
        .items
        .iter()
        .map(|listed| {
            let details = &listed.entry.details;
            RowView {
                id: listed.entry.id.0,
                name: details.name(),
                ddi: details.ddi.to_string(),
                username: details.username.to_string(),
                domain: details.domain.to_string(),
                contract: details.contract.and_then(|id| contracts.get(&id).cloned()).unwrap_or_default(),
                demo: listed.demo,
                enabled: details.enabled,
                cell: Cell::of(page.locale, listed.entry.id, &listed.status),
            }
        })
        .collect();
    let ids: Vec<String> = rows.iter().map(|row| row.id.to_string()).collect();
    let title = page.t("entries-title");
    html(&List {
        saved: (query.saved == "deleted").then(|| page.t("saved-deleted")),
        columns: columns(&page, &query),
        empty: found.total == 0 && search.is_empty(),
        corrupt: found.corrupt.len(),
        total: page.n(found.total),
        chips: chips(page.locale, &roster.counts()),
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
        sort: query.sort.clone(),
        order: query.order.clone(),
        per: query.per(),
        ids: ids.join(","),
        page: page.titled(title),
        search,
        rows,
    })
}

fn columns(page: &Page, query: &Query) -> Vec<Column> {
    let column = |(name, column, label): &(&str, SortColumn, &str)| {
        let current = query.column() == *column;
        let descending = query.order == "desc";
        let label = page.t(label);
        Column {
            sorted: match (current, descending) {
                (false, _) => "none",
                (true, false) => "ascending",
                (true, true) => "descending",
            },
            link: query.link(&[("sort", name), ("order", if current && !descending { "desc" } else { "" })]),
            hint: page.t1("entries-sort-by", "column", &label),
            label,
        }
    };
    COLUMNS.iter().map(column).collect()
}
