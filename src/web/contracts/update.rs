//! Editing a contract.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::form::{ContractFaults, ContractForm, marked};
use crate::domain::contract::{ContractError, ContractId};
use crate::roster::Roster;
use crate::web::address::encoded;
use crate::web::csrf::Posted;
use crate::web::page::{Page, html, html_refused, see};
use crate::web::problem::Problem;

#[derive(Template)]
#[template(path = "contracts/update.html")]
struct Update {
    page: Page,
    heading: String,
    id: ContractId,
    form: ContractForm,
    faults: ContractFaults,
}

async fn template(
    page: Page,
    roster: &Roster,
    id: ContractId,
    form: Option<ContractForm>,
    faults: ContractFaults,
) -> Result<Update, Problem> {
    let stored = roster.contract(id).await?;
    let heading = page.t1("contracts-update-title", "name", &stored.name);
    let title = marked(&page, heading.clone(), &faults);
    let form = form.unwrap_or(ContractForm { name: stored.name, description: stored.description });
    Ok(Update { page: page.titled(title), heading, id, form, faults })
}

/// # Errors
/// As every page.
pub(crate) async fn show(page: Page, roster: web::Data<Roster>, id: web::Path<i64>) -> Result<HttpResponse, Problem> {
    html(&template(page, &roster, ContractId(*id), None, ContractFaults::default()).await?)
}

/// # Errors
/// As every page.
pub(crate) async fn submit(
    page: Page,
    roster: web::Data<Roster>,
    id: web::Path<i64>,
    form: Posted<ContractForm>,
) -> Result<HttpResponse, Problem> {
    let (id, form) = (ContractId(*id), form.0);
    let draft = match form.parse(&page) {
        Ok(draft) => draft,
        Err(faults) => return html_refused(&template(page, &roster, id, Some(form), faults).await?),
    };
    let name = encoded(draft.name());
    match roster.update_contract(id, draft).await {
        Ok(()) => Ok(see(&format!("/contracts?saved=yes&name={name}"))),
        Err(ContractError::NameTaken(_)) => {
            let faults = ContractFaults::name_taken(&page);
            html_refused(&template(page, &roster, id, Some(form), faults).await?)
        }
        Err(error) => Err(error.into()),
    }
}
