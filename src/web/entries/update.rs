//! Editing an entry: only this one is touched.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::fields::FormView;
use crate::domain::entry::{EntryId, Fault, Field};
use crate::roster::Roster;
use crate::web::csrf::Posted;
use crate::web::form::{EntryForm, Purpose};
use crate::web::page::{Page, html, html_refused, see};
use crate::web::problem::Problem;
use crate::web::who::Acting;

#[derive(Template)]
#[template(path = "entries/update.html")]
struct Update {
    page: Page,
    heading: String,
    /// Where *Cancel* leads.
    cancel: String,
    form: FormView,
}

async fn template(
    page: Page,
    roster: &Roster,
    id: EntryId,
    form: &EntryForm,
    faults: &[(Field, Fault)],
) -> Result<Update, Problem> {
    let name = roster.find(id).await?.entry.details.name();
    let contracts = roster.contracts().await?;
    let view = FormView::new(&page, form, &contracts, faults, false);
    let heading = page.t1("update-title", "name", &name);
    let title = if faults.is_empty() { heading.clone() } else { format!("{} {heading}", page.t("error-title-prefix")) };
    let view = FormView { entry: Some(id.0), ..view };
    Ok(Update { heading, form: view, cancel: format!("/entries/{id}"), page: page.titled(title) })
}

/// The form with what was typed, and what is wrong with it.
///
/// # Errors
/// As every page.
pub(crate) async fn refused(
    page: Page,
    roster: &Roster,
    id: EntryId,
    form: &EntryForm,
    faults: &[(Field, Fault)],
) -> Result<HttpResponse, Problem> {
    html_refused(&template(page, roster, id, form, faults).await?)
}

/// # Errors
/// As every page.
pub(crate) async fn show(page: Page, roster: Acting, id: web::Path<i64>) -> Result<HttpResponse, Problem> {
    let id = EntryId(*id);
    let form = EntryForm::of(&roster.find(id).await?.entry);
    html(&template(page, &roster, id, &form, &[]).await?)
}

/// # Errors
/// As every page.
pub(crate) async fn submit(
    page: Page,
    roster: Acting,
    id: web::Path<i64>,
    form: Posted<EntryForm>,
) -> Result<HttpResponse, Problem> {
    let (id, form) = (EntryId(*id), form.0);
    let draft = match form.parse(Purpose::Update) {
        Ok(draft) => draft,
        Err(faults) => return refused(page, &roster, id, &form, &faults).await,
    };
    match roster.update(id, draft).await {
        Ok(_) => Ok(see(&format!("/entries/{id}?saved=updated"))),
        Err(error) => refused(page, &roster, id, &form, &error.of_one()?).await,
    }
}
