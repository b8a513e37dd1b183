//! Signing in and out.

use actix_session::Session;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::address::{encoded, local};
use super::csrf::{Nothing, Posted};
use super::language::language_cookie;
use super::origin;
use super::page::{Page, html, html_refused, see};
use super::problem::Problem;
use super::session::{AGENT, CSRF, FROM, HALF, ID, OPERATOR, ROLE, SINCE};
use super::settings::WebConfig;
use super::who::Acting;
use crate::clock::wall_ms;
use crate::domain::operator::{Operator, OperatorId};
use crate::entropy;
use crate::i18n::{self, Locale, Value};
use crate::roster::{Entered, Roster, SignInError};

/// Most characters of a browser's name of itself.
const AGENT_MOST: usize = 200;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn {
    page: Page,
    name: String,
    to: String,
    fault: Option<String>,
    needs_setup: bool,
}

/// Where to go afterwards.
#[derive(Deserialize)]
pub(crate) struct Target {
    #[serde(default)]
    to: String,
}

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct SignInForm {
    name: String,
    password: String,
    #[serde(default)]
    to: String,
}

/// # Errors
/// As every page.
pub(crate) async fn show(page: Page, roster: Acting, query: web::Query<Target>) -> Result<HttpResponse, Problem> {
    if page.operator.is_some() {
        return Ok(see(local(&query.to)));
    }
    let page = page.clone().titled(page.t("sign-in-title"));
    html(&SignIn {
        page,
        name: String::new(),
        to: query.into_inner().to,
        fault: None,
        needs_setup: roster.setup_is_open(),
    })
}

/// # Errors
/// As every page.
pub(crate) async fn submit(
    page: Page,
    request: HttpRequest,
    session: Session,
    roster: Acting,
    config: web::Data<WebConfig>,
    form: Posted<SignInForm>,
) -> Result<HttpResponse, Problem> {
    let SignInForm { name, password, to } = form.0;
    let from = origin::told(&request);
    let fault = match roster.sign_in(&name, password, from).await {
        Ok(Entered::Whole(operator)) => return welcome(&session, &roster, &config, &operator, &request, &to).await,
        Ok(Entered::Half(id)) => {
            half(&session, id)?;
            return Ok(see(&format!("/sign-in/code?to={}", encoded(&to))));
        }
        Err(error) => fault(&page, error, "sign-in-refused")?,
    };
    let title = format!("{} {}", page.t("error-title-prefix"), page.t("sign-in-title"));
    html_refused(&SignIn {
        page: page.titled(title),
        name,
        to,
        fault: Some(fault),
        needs_setup: roster.setup_is_open(),
    })
}

/// Remembers for a while who gave the right password; nobody is signed in by that.
fn half(session: &Session, id: OperatorId) -> Result<(), Problem> {
    session.clear();
    session.renew();
    session.insert(HALF, (id.0, wall_ms())).map_err(|_| Problem::Unavailable)
}

/// Signs somebody in, in their language.
///
/// # Errors
/// [`Problem::Unavailable`] without random numbers.
pub(crate) async fn welcome(
    session: &Session,
    roster: &Roster,
    config: &WebConfig,
    operator: &Operator,
    request: &HttpRequest,
    to: &str,
) -> Result<HttpResponse, Problem> {
    enter(session, operator, request)?;
    let mut response = see(local(to));
    let chosen = roster.preferences(operator.id).await.0.as_deref().and_then(Locale::from_code);
    if let Some(locale) = chosen {
        let _ = response.add_cookie(&language_cookie(locale, config.behind_tls));
    }
    Ok(response)
}

/// What a failure to sign in says.
///
/// # Errors
/// [`Problem::Unavailable`].
pub(crate) fn fault(page: &Page, error: SignInError, refused: &str) -> Result<String, Problem> {
    match error {
        SignInError::Refused => Ok(page.t(refused)),
        SignInError::Wait(seconds) => Ok(wait(page, seconds)),
        SignInError::Unavailable => Err(Problem::Unavailable),
    }
}

/// How long somebody has to wait.
pub(crate) fn wait(page: &Page, seconds: u64) -> String {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    i18n::text(page.locale, "sign-in-wait", &[("seconds", Value::Number(seconds))])
}

/// Begins a session with a new key, so that one known before is worth nothing.
///
/// # Errors
/// [`Problem::Unavailable`] without random numbers.
pub(crate) fn enter(session: &Session, operator: &Operator, request: &HttpRequest) -> Result<(), Problem> {
    let random = || -> Result<String, Problem> {
        let bytes = entropy::bytes::<16>().map_err(|_| Problem::Unavailable)?;
        Ok(bytes.iter().map(|b| format!("{b:02x}")).collect())
    };
    let agent = request.headers().get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let agent: String = agent.chars().filter(|c| !c.is_control()).take(AGENT_MOST).collect();
    session.clear();
    session.renew();
    let held = session
        .insert(OPERATOR, operator.id.0)
        .and_then(|()| session.insert(ROLE, operator.role.as_str()))
        .and_then(|()| session.insert(SINCE, wall_ms()))
        .and_then(|()| session.insert(FROM, origin::known(request).map(|from| from.to_string()).unwrap_or_default()))
        .and_then(|()| session.insert(AGENT, agent));
    held.map_err(|_| Problem::Unavailable)?;
    session.insert(ID, random()?).map_err(|_| Problem::Unavailable)?;
    session.insert(CSRF, random()?).map_err(|_| Problem::Unavailable)
}

/// Ends the session.
pub(crate) async fn leave(page: Page, roster: Acting, session: Session, _form: Posted<Nothing>) -> HttpResponse {
    if let Some(operator) = &page.operator {
        roster.farewell(operator).await;
    }
    session.purge();
    see("/sign-in")
}
