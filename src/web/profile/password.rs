//! Changing one's own password.

use actix_session::Session;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use crate::roster::PasswordError;
use crate::web::csrf::Posted;
use crate::web::origin;
use crate::web::page::{Page, html, html_refused, see};
use crate::web::problem::Problem;
use crate::web::session::ID;
use crate::web::sign_in::wait;
use crate::web::who::Acting;
use crate::web::wording;

#[derive(Template)]
#[template(path = "profile/password.html")]
struct Password {
    page: Page,
    current_fault: Option<String>,
    password_fault: Option<String>,
}

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct PasswordForm {
    current: String,
    password: String,
    again: String,
}

/// # Errors
/// As every page.
pub(crate) async fn show(page: Page) -> Result<HttpResponse, Problem> {
    let title = page.t("profile-password-title");
    html(&Password { page: page.titled(title), current_fault: None, password_fault: None })
}

/// # Errors
/// As every page.
pub(crate) async fn submit(
    page: Page,
    request: HttpRequest,
    session: Session,
    roster: Acting,
    form: Posted<PasswordForm>,
) -> Result<HttpResponse, Problem> {
    let operator = page.operator.clone().ok_or(Problem::Forbidden)?;
    let PasswordForm { current, password, again } = form.0;
    let keep = session.get::<String>(ID).ok().flatten();
    let from = origin::told(&request);
    let (current_fault, password_fault) =
        match roster.change_password(&operator, current, password, &again, keep, from).await {
            Ok(()) => return Ok(see("/profile?saved=password")),
            Err(PasswordError::Wrong) => (Some(page.t("profile-password-wrong")), None),
            Err(PasswordError::Wait(seconds)) => (Some(wait(&page, seconds)), None),
            Err(PasswordError::Refused(fault)) => (None, Some(page.t(wording::password_fault(fault)))),
            Err(PasswordError::Unavailable) => return Err(Problem::Unavailable),
        };
    let title = format!("{} {}", page.t("error-title-prefix"), page.t("profile-password-title"));
    html_refused(&Password { page: page.titled(title), current_fault, password_fault })
}
