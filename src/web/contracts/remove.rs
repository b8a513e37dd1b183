//! Deleting a contract, after a page that asks what becomes of its entries.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use crate::domain::contract::{Contract, ContractId, Orphans};
use crate::web::csrf::Posted;
use crate::web::page::{Page, html, see};
use crate::web::problem::Problem;
use crate::web::who::Acting;

#[derive(Template)]
#[template(path = "contracts/remove.html")]
struct Remove {
    page: Page,
    contract: Contract,
    text: String,
}

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct RemoveForm {
    #[serde(default)]
    entries: String,
}

/// # Errors
/// As every page.
pub(crate) async fn show(page: Page, roster: Acting, id: web::Path<i64>) -> Result<HttpResponse, Problem> {
    let contract = roster.contract(ContractId(*id)).await?;
    let title = page.t1("contracts-remove-title", "name", &contract.name);
    let text = page.tn("contracts-remove-text", usize::try_from(contract.entries).unwrap_or(0));
    html(&Remove { page: page.titled(title), contract, text })
}

/// # Errors
/// As every page.
pub(crate) async fn submit(
    roster: Acting,
    id: web::Path<i64>,
    form: Posted<RemoveForm>,
) -> Result<HttpResponse, Problem> {
    let orphans = match form.0.entries.as_str() {
        "delete" => Orphans::Delete,
        "keep" | "" => Orphans::Keep,
        _ => return Err(Problem::Request),
    };
    roster.delete_contract(ContractId(*id), orphans).await?;
    Ok(see("/contracts?saved=deleted"))
}
