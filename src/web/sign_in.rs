//! Signing in and out.

use std::net::{IpAddr, Ipv4Addr};

use actix_session::Session;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::address::local;
use super::csrf::{Nothing, Posted};
use super::language::language_cookie;
use super::page::{Page, html, html_refused, see};
use super::problem::Problem;
use super::session::{CSRF, OPERATOR};
use super::settings::WebConfig;
use crate::domain::operator::Operator;
use crate::entropy;
use crate::i18n::{self, Locale, Value};
use crate::roster::{Roster, SignInError};

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
pub(crate) async fn show(
    page: Page,
    roster: web::Data<Roster>,
    query: web::Query<Target>,
) -> Result<HttpResponse, Problem> {
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
    roster: web::Data<Roster>,
    config: web::Data<WebConfig>,
    form: Posted<SignInForm>,
) -> Result<HttpResponse, Problem> {
    let SignInForm { name, password, to } = form.0;
    let fault = match roster.sign_in(&name, password, from(&request)).await {
        Ok(operator) => {
            enter(&session, &operator)?;
            let mut response = see(local(&to));
            let chosen = roster.language(operator.id).await.as_deref().and_then(Locale::from_code);
            if let Some(locale) = chosen {
                let _ = response.add_cookie(&language_cookie(locale, config.behind_tls));
            }
            return Ok(response);
        }
        Err(SignInError::Refused) => page.t("sign-in-refused"),
        Err(SignInError::Wait(seconds)) => {
            let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
            i18n::text(page.locale, "sign-in-wait", &[("seconds", Value::Number(seconds))])
        }
        Err(SignInError::Unavailable) => return Err(Problem::Unavailable),
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

/// The address that tries to sign in, for the delay of its failures.
fn from(request: &HttpRequest) -> IpAddr {
    request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip())
}

/// Begins a session with a new key, so that one known before is worth nothing.
///
/// # Errors
/// [`Problem::Unavailable`] without random numbers.
pub(crate) fn enter(session: &Session, operator: &Operator) -> Result<(), Problem> {
    let csrf: String =
        entropy::bytes::<16>().map_err(|_| Problem::Unavailable)?.iter().map(|b| format!("{b:02x}")).collect();
    session.clear();
    session.renew();
    session.insert(OPERATOR, operator.id.0).map_err(|_| Problem::Unavailable)?;
    session.insert(CSRF, csrf).map_err(|_| Problem::Unavailable)
}

/// Ends the session.
pub(crate) async fn leave(session: Session, _form: Posted<Nothing>) -> HttpResponse {
    session.purge();
    see("/sign-in")
}
