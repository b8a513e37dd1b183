//! The one-time setup: the first administrator.

use actix_session::Session;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::csrf::Posted;
use super::page::{Page, html, html_refused, see};
use super::problem::Problem;
use super::sign_in::enter;
use super::who::Acting;
use super::wording;
use crate::roster::SetupError;

#[derive(Template)]
#[template(path = "setup.html")]
struct Setup {
    page: Page,
    token: String,
    /// Whether the link is ours and unused.
    open: bool,
    name: String,
    name_fault: Option<String>,
    password_fault: Option<String>,
}

/// The link's secret.
#[derive(Deserialize)]
pub(crate) struct Link {
    #[serde(default)]
    token: String,
}

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct SetupForm {
    token: String,
    name: String,
    password: String,
    again: String,
}

/// # Errors
/// As every page.
pub(crate) async fn show(page: Page, roster: Acting, link: web::Query<Link>) -> Result<HttpResponse, Problem> {
    let (token, title) = (link.into_inner().token, page.t("setup-title"));
    let open = roster.setup_fits(&token);
    // The switch must not carry the secret into another address.
    html(&Setup { page: page.titled(title), token, open, name: String::new(), name_fault: None, password_fault: None })
}

/// # Errors
/// As every page.
pub(crate) async fn submit(
    page: Page,
    request: HttpRequest,
    session: Session,
    roster: Acting,
    form: Posted<SetupForm>,
) -> Result<HttpResponse, Problem> {
    let SetupForm { token, name, password, again } = form.0;
    let title = format!("{} {}", page.t("error-title-prefix"), page.t("setup-title"));
    let refused = |open, name_fault, password_fault| {
        html_refused(&Setup {
            page: page.clone().titled(title.clone()),
            token: token.clone(),
            open,
            name: name.clone(),
            name_fault,
            password_fault,
        })
    };
    match roster.set_up(&token, &name, password, &again).await {
        Ok(operator) => {
            enter(&session, &operator, &request)?;
            Ok(see("/entries"))
        }
        Err(SetupError::WrongLink) => refused(false, None, None),
        Err(SetupError::Refused { name, password }) => refused(
            true,
            name.map(|fault| wording::fault(page.locale, &fault)),
            password.map(|fault| page.t(wording::password_fault(fault))),
        ),
        Err(SetupError::Unavailable) => Err(Problem::Unavailable),
    }
}
