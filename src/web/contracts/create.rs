//! Adding a contract.

use actix_web::HttpResponse;
use askama::Template;

use super::form::{ContractForm, FormView, fault_view, fault_views, refusal};
use crate::roster::Roster;
use crate::web::address::encoded;
use crate::web::csrf::Posted;
use crate::web::field::FaultView;
use crate::web::page::{Page, html, html_refused, see};
use crate::web::problem::Problem;
use crate::web::who::Acting;

#[derive(Template)]
#[template(path = "contracts/create.html")]
struct Create {
    page: Page,
    form: FormView,
}

fn template(page: Page, roster: &Roster, form: &ContractForm, faults: Vec<FaultView>) -> Create {
    let form = FormView::new(&page, roster, form, faults);
    let title = form.marked(&page, page.t("contracts-create-title"));
    Create { page: page.titled(title), form }
}

/// # Errors
/// As every page.
pub(crate) async fn show(page: Page, roster: Acting) -> Result<HttpResponse, Problem> {
    html(&template(page, &roster, &ContractForm::default(), Vec::new()))
}

/// # Errors
/// As every page.
pub(crate) async fn submit(page: Page, roster: Acting, form: Posted<ContractForm>) -> Result<HttpResponse, Problem> {
    let form = form.0;
    let draft = match form.parse() {
        Ok(draft) => draft,
        Err(faults) => {
            let faults = fault_views(&page, &faults);
            return html_refused(&template(page, &roster, &form, faults));
        }
    };
    let name = encoded(draft.name());
    match roster.create_contract(draft).await {
        Ok(_) => Ok(see(&format!("/contracts?saved=yes&name={name}"))),
        Err(error) => match refusal(page.locale, &error) {
            Some((field, _, text)) => {
                let faults = vec![fault_view(&page, field, text)];
                html_refused(&template(page, &roster, &form, faults))
            }
            None => Err(error.into()),
        },
    }
}
