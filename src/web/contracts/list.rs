//! The list of contracts.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use crate::domain::contract::Contract;
use crate::roster::Roster;
use crate::web::page::{Page, html};
use crate::web::problem::Problem;

#[derive(Template)]
#[template(path = "contracts/list.html")]
struct List {
    page: Page,
    saved: Option<String>,
    contracts: Vec<Contract>,
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
pub(crate) async fn show(
    page: Page,
    roster: web::Data<Roster>,
    saved: web::Query<Saved>,
) -> Result<HttpResponse, Problem> {
    let contracts = roster.contracts().await?;
    let saved = match saved.saved.as_str() {
        "yes" => Some(page.t1("contracts-saved", "name", &saved.name)),
        "deleted" => Some(page.t("contracts-deleted")),
        _ => None,
    };
    let title = page.t("contracts-title");
    html(&List { page: page.titled(title), saved, contracts })
}
