//! Ending one's own sessions.

use actix_session::Session;
use actix_web::HttpResponse;
use serde::Deserialize;

use crate::web::csrf::Posted;
use crate::web::page::{Page, see};
use crate::web::problem::Problem;
use crate::web::session::ID;
use crate::web::who::Acting;

/// Which session ends; without a name all others do.
#[derive(Deserialize)]
pub(crate) struct Which {
    #[serde(default)]
    id: String,
}

/// # Errors
/// As every page.
pub(crate) async fn end(
    page: Page,
    roster: Acting,
    session: Session,
    form: Posted<Which>,
) -> Result<HttpResponse, Problem> {
    let operator = page.operator.as_ref().ok_or(Problem::Forbidden)?;
    if form.0.id.is_empty() {
        let current = session.get::<String>(ID).ok().flatten();
        roster.end_sessions(operator.id, current).await?;
    } else {
        roster.end_session_of(operator.id, form.0.id).await?;
    }
    Ok(see("/profile?saved=sessions"))
}
