//! Adding an entry.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::fields::FormView;
use crate::domain::entry::{EntryId, Fault, Field};
use crate::roster::{Roster, preset};
use crate::web::csrf::Posted;
use crate::web::form::{EntryForm, Purpose};
use crate::web::page::{Page, html, html_refused, see};
use crate::web::problem::Problem;
use crate::web::who::Acting;

#[derive(Template)]
#[template(path = "entries/create.html")]
struct Create {
    page: Page,
    /// Where *Cancel* leads.
    cancel: &'static str,
    form: FormView,
}

async fn template(page: Page, roster: &Roster, form: &EntryForm, faults: &[(Field, Fault)]) -> Result<Create, Problem> {
    let contracts = roster.contracts().await?;
    let view = FormView::new(&page, form, &contracts, faults, true);
    let title = page.t("create-title");
    let title = if faults.is_empty() { title } else { format!("{} {title}", page.t("error-title-prefix")) };
    Ok(Create { form: view, cancel: "/entries", page: page.titled(title) })
}

/// The form with what was typed, and what is wrong with it.
///
/// # Errors
/// As every page.
pub(crate) async fn refused(
    page: Page,
    roster: &Roster,
    form: &EntryForm,
    faults: &[(Field, Fault)],
) -> Result<HttpResponse, Problem> {
    html_refused(&template(page, roster, form, faults).await?)
}

/// Another entry that the new one is to begin as, or the provider that it is at.
#[derive(Deserialize)]
pub(crate) struct Begin {
    like: Option<i64>,
    #[serde(default)]
    preset: String,
}

/// # Errors
/// As every page.
pub(crate) async fn show(page: Page, roster: Acting, query: web::Query<Begin>) -> Result<HttpResponse, Problem> {
    let form = match (query.like, preset(&query.preset)) {
        (Some(id), _) => EntryForm::like(&roster.find(EntryId(id)).await?.entry),
        (None, Some(preset)) => EntryForm::at(&query.preset, preset),
        (None, None) => EntryForm::new(),
    };
    html(&template(page, &roster, &form, &[]).await?)
}

/// # Errors
/// As every page.
pub(crate) async fn submit(page: Page, roster: Acting, form: Posted<EntryForm>) -> Result<HttpResponse, Problem> {
    let form = form.0;
    let draft = match form.parse(Purpose::Create) {
        Ok(draft) => draft,
        Err(faults) => return refused(page, &roster, &form, &faults).await,
    };
    match roster.create(vec![draft]).await {
        Ok(listed) if form.then != "again" => {
            let id = listed.first().map(|listed| listed.entry.id.to_string()).unwrap_or_default();
            Ok(see(&format!("/entries/{id}?saved=created")))
        }
        Ok(_) if preset(&form.preset).is_some() => Ok(see(&format!("/entries/new?preset={}", form.preset))),
        Ok(_) => Ok(see("/entries/new")),
        Err(error) => refused(page, &roster, &form, &error.of_one()?).await,
    }
}
