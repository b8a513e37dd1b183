//! The second step of a sign-in.

use actix_session::Session;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::csrf::Posted;
use super::origin;
use super::page::{Page, html, html_refused, see};
use super::problem::Problem;
use super::session::HALF;
use super::settings::WebConfig;
use super::sign_in::{fault, welcome};
use super::who::Acting;
use crate::clock::wall_ms;
use crate::domain::operator::OperatorId;

/// For how long a right password is worth something without a code, in milliseconds.
const PATIENCE: i64 = 5 * 60_000;

#[derive(Template)]
#[template(path = "sign_in_code.html")]
struct Code {
    page: Page,
    to: String,
    fault: Option<String>,
}

/// Where to go afterwards.
#[derive(Deserialize)]
pub(crate) struct Target {
    #[serde(default)]
    to: String,
}

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct CodeForm {
    code: String,
    #[serde(default)]
    to: String,
}

/// Who gave the right password, not long ago.
fn half(session: &Session) -> Option<OperatorId> {
    let (id, at) = session.get::<(i64, i64)>(HALF).ok()??;
    (wall_ms() - at < PATIENCE).then_some(OperatorId(id))
}

/// # Errors
/// As every page.
pub(crate) async fn show(page: Page, session: Session, query: web::Query<Target>) -> Result<HttpResponse, Problem> {
    if half(&session).is_none() {
        return Ok(see("/sign-in"));
    }
    let title = page.t("sign-in-code-title");
    html(&Code { page: page.titled(title), to: query.into_inner().to, fault: None })
}

/// # Errors
/// As every page.
pub(crate) async fn submit(
    page: Page,
    request: HttpRequest,
    session: Session,
    roster: Acting,
    config: web::Data<WebConfig>,
    form: Posted<CodeForm>,
) -> Result<HttpResponse, Problem> {
    let CodeForm { code, to } = form.0;
    let Some(id) = half(&session) else { return Ok(see("/sign-in")) };
    match roster.sign_in_code(id, &code, origin::told(&request)).await {
        Ok(operator) => welcome(&session, &roster, &config, &operator, &request, &to).await,
        Err(error) => {
            let fault = Some(fault(&page, error, "sign-in-code-refused")?);
            let title = format!("{} {}", page.t("error-title-prefix"), page.t("sign-in-code-title"));
            html_refused(&Code { page: page.titled(title), to, fault })
        }
    }
}
