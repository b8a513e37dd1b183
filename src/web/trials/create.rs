//! Beginning a test: of what was typed, or of an entry as it is stored.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Deserialize;

use crate::domain::entry::EntryId;
use crate::roster::TrialError;
use crate::web::csrf::{Nothing, Posted};
use crate::web::entries::{create, update};
use crate::web::form::{EntryForm, Purpose};
use crate::web::page::{Page, see};
use crate::web::problem::Problem;
use crate::web::who::Acting;

/// What was typed so far.
#[derive(Deserialize)]
pub(crate) struct TrialForm {
    /// The entry that is being edited; blank for a new one.
    #[serde(default)]
    entry: String,
    /// A script shows each step as it comes.
    #[serde(default)]
    live: String,
    #[serde(flatten)]
    form: EntryForm,
}

/// # Errors
/// As every page, and [`Problem::TooMany`].
pub(crate) async fn submit(page: Page, roster: Acting, form: Posted<TrialForm>) -> Result<HttpResponse, Problem> {
    let TrialForm { entry, live, form } = form.0;
    let entry = if entry.is_empty() { None } else { Some(EntryId(entry.parse().map_err(|_| Problem::Request)?)) };
    let purpose = if entry.is_some() { Purpose::Update } else { Purpose::Create };
    let begun = match form.parse(purpose) {
        Ok(draft) => roster.start_trial(page.user_name(), draft, entry).await,
        Err(faults) => Err(TrialError::Refused(faults)),
    };
    let is_live = live == "on";
    let mut response = match (begun, entry) {
        (Err(TrialError::Refused(faults)), None) => create::refused(page, &roster, &form, &faults).await?,
        (Err(TrialError::Refused(faults)), Some(id)) => update::refused(page, &roster, id, &form, &faults).await?,
        (begun, _) => shown(begun?, is_live),
    };
    // A script takes from it what is wrong; browsers would tell it as a page that failed.
    if is_live && response.status().is_client_error() {
        *response.status_mut() = StatusCode::OK;
    }
    Ok(response)
}

/// # Errors
/// As every page, and [`Problem::TooMany`].
pub(crate) async fn of_entry(
    page: Page,
    roster: Acting,
    id: web::Path<i64>,
    _form: Posted<Nothing>,
) -> Result<HttpResponse, Problem> {
    Ok(shown(roster.start_trial_of(page.user_name(), EntryId(*id)).await?, false))
}

/// Without a script, most tests are over by the time that their page is shown.
fn shown(id: u64, is_live: bool) -> HttpResponse {
    see(&if is_live { format!("/trials/{id}") } else { format!("/trials/{id}?until=end") })
}
