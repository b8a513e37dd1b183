//! Editing a contract.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::form::{ContractForm, FormView, fault_view, fault_views, refusal};
use crate::domain::contract::ContractId;
use crate::roster::Roster;
use crate::web::address::encoded;
use crate::web::csrf::Posted;
use crate::web::field::FaultView;
use crate::web::page::{Page, html, html_refused, see};
use crate::web::problem::Problem;
use crate::web::who::Acting;

#[derive(Template)]
#[template(path = "contracts/update.html")]
struct Update {
    page: Page,
    heading: String,
    id: ContractId,
    form: FormView,
}

async fn template(
    page: Page,
    roster: &Roster,
    id: ContractId,
    form: Option<ContractForm>,
    faults: Vec<FaultView>,
) -> Result<Update, Problem> {
    let stored = roster.contract(id).await?;
    let heading = page.t1("contracts-update-title", "name", &stored.name);
    let form = FormView::new(&page, roster, &form.unwrap_or_else(|| ContractForm::of(&stored)), faults);
    let title = form.marked(&page, heading.clone());
    Ok(Update { page: page.titled(title), heading, id, form })
}

/// # Errors
/// As every page.
pub(crate) async fn show(page: Page, roster: Acting, id: web::Path<i64>) -> Result<HttpResponse, Problem> {
    html(&template(page, &roster, ContractId(*id), None, Vec::new()).await?)
}

/// # Errors
/// As every page.
pub(crate) async fn submit(
    page: Page,
    roster: Acting,
    id: web::Path<i64>,
    form: Posted<ContractForm>,
) -> Result<HttpResponse, Problem> {
    let (id, form) = (ContractId(*id), form.0);
    let draft = match form.parse() {
        Ok(draft) => draft,
        Err(faults) => {
            let faults = fault_views(&page, &faults);
            return html_refused(&template(page, &roster, id, Some(form), faults).await?);
        }
    };
    let name = encoded(draft.name());
    match roster.update_contract(id, draft).await {
        Ok(()) => Ok(see(&format!("/contracts?saved=yes&name={name}"))),
        Err(error) => match refusal(page.locale, &error) {
            Some((field, _, text)) => {
                let faults = vec![fault_view(&page, field, text)];
                html_refused(&template(page, &roster, id, Some(form), faults).await?)
            }
            None => Err(error.into()),
        },
    }
}
