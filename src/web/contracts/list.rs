//! The list of contracts.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use crate::domain::contract::Contract;
use crate::web::page::{Page, html};
use crate::web::problem::Problem;
use crate::web::status::{Chip, chips, group_counts};
use crate::web::who::Acting;

#[derive(Template)]
#[template(path = "contracts/list.html")]
struct List {
    page: Page,
    saved: Option<String>,
    rows: Vec<Row>,
}

/// A contract, and how its entries stand.
struct Row {
    contract: Contract,
    chips: Vec<Chip>,
}

/// What has just been done.
#[derive(Deserialize)]
pub(crate) struct Saved {
    #[serde(default)]
    saved: String,
    #[serde(default)]
    name: String,
}

/// # Errors
/// As every page.
pub(crate) async fn show(page: Page, roster: Acting, saved: web::Query<Saved>) -> Result<HttpResponse, Problem> {
    let by_contract = roster.by_contract().await?;
    let row = |contract: Contract| {
        let counts = by_contract.get(&Some(contract.id)).map(group_counts).unwrap_or_default();
        Row { chips: chips(page.locale, &counts), contract }
    };
    let rows: Vec<Row> = roster.contracts().await?.into_iter().map(row).collect();
    let saved = match saved.saved.as_str() {
        "yes" => Some(page.t1("contracts-saved", "name", &saved.name)),
        "deleted" => Some(page.t("contracts-deleted")),
        _ => None,
    };
    let title = page.t("contracts-title");
    html(&List { page: page.titled(title), saved, rows })
}
