//! Adding a contract.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::form::{ContractFaults, ContractForm, marked};
use crate::domain::contract::ContractError;
use crate::roster::Roster;
use crate::web::address::encoded;
use crate::web::csrf::Posted;
use crate::web::page::{Page, html, html_refused, see};
use crate::web::problem::Problem;

#[derive(Template)]
#[template(path = "contracts/create.html")]
struct Create {
    page: Page,
    form: ContractForm,
    faults: ContractFaults,
}

fn template(page: Page, form: ContractForm, faults: ContractFaults) -> Create {
    let title = marked(&page, page.t("contracts-create-title"), &faults);
    Create { page: page.titled(title), form, faults }
}

/// # Errors
/// As every page.
pub(crate) async fn show(page: Page) -> Result<HttpResponse, Problem> {
    html(&template(page, ContractForm::default(), ContractFaults::default()))
}

/// # Errors
/// As every page.
pub(crate) async fn submit(
    page: Page,
    roster: web::Data<Roster>,
    form: Posted<ContractForm>,
) -> Result<HttpResponse, Problem> {
    let form = form.0;
    let draft = match form.parse(&page) {
        Ok(draft) => draft,
        Err(faults) => return html_refused(&template(page, form, faults)),
    };
    let name = encoded(draft.name());
    match roster.create_contract(draft).await {
        Ok(_) => Ok(see(&format!("/contracts?saved=yes&name={name}"))),
        Err(ContractError::NameTaken(_)) => {
            let faults = ContractFaults::name_taken(&page);
            html_refused(&template(page, form, faults))
        }
        Err(error) => Err(error.into()),
    }
}
