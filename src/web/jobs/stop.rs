//! Stopping a job: what was done stays done.

use actix_web::{HttpResponse, web};

use crate::web::csrf::{Nothing, Posted};
use crate::web::page::see;
use crate::web::problem::Problem;
use crate::web::who::Acting;

/// # Errors
/// [`Problem::NotFound`].
pub(crate) async fn submit(
    roster: Acting,
    id: web::Path<u64>,
    _form: Posted<Nothing>,
) -> Result<HttpResponse, Problem> {
    roster.job(*id).ok_or(Problem::NotFound)?;
    roster.stop_job(*id);
    Ok(see(&format!("/jobs/{id}")))
}
