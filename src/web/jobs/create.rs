//! Beginning what was asked for and confirmed.

use actix_web::HttpResponse;

use crate::web::csrf::Posted;
use crate::web::entries::bulk::BulkForm;
use crate::web::page::{Page, see};
use crate::web::problem::Problem;
use crate::web::who::Acting;

/// # Errors
/// [`Problem::Request`] when nothing that we know is to be done.
pub(crate) async fn submit(page: Page, roster: Acting, form: Posted<BulkForm>) -> Result<HttpResponse, Problem> {
    let form = form.0;
    let action = form.action().ok_or(Problem::Request)?;
    let ids = form.entries(&roster).await?;
    let by = page.operator.as_ref().map_or("", |operator| operator.name.as_str());
    let job = roster.start_job(by, action, ids);
    Ok(see(&format!("/jobs/{job}")))
}
