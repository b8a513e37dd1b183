//! Beginning what was asked for and confirmed.

use actix_web::HttpResponse;
use serde::Deserialize;

use crate::web::csrf::Posted;
use crate::web::page::{Page, see};
use crate::web::problem::Problem;
use crate::web::who::Acting;

/// Which of the things that were asked about is confirmed.
#[derive(Deserialize)]
pub(crate) struct Confirmed {
    proposal: u64,
}

/// # Errors
/// [`Problem::Expired`] when that is not theirs to confirm, or not any more.
pub(crate) async fn submit(page: Page, roster: Acting, form: Posted<Confirmed>) -> Result<HttpResponse, Problem> {
    let job = roster.start_job(page.user_name(), form.0.proposal).ok_or(Problem::Expired)?;
    Ok(see(&format!("/jobs/{job}")))
}
