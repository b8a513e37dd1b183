//! Who asks, whether they may, and how a refusal looks. Every request passes here; what the table does not grant is
//! denied.

use actix_session::SessionExt;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::cookie::{Cookie, SameSite};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{self, AcceptLanguage, Header, HeaderMap};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpResponse, web};

use super::address::encoded;
use super::error::render;
use super::origin;
use super::problem::Problem;
use super::routes::{Access, access};
use super::session::{CSRF, OPERATOR, ROLE};
use super::settings::{WebConfig, cookie_name};
use super::who::{LANGUAGE_COOKIE, Who};
use crate::domain::audit::{Actor, Via};
use crate::domain::operator::{OperatorId, Token};
use crate::entropy;
use crate::i18n::{Locale, Zone};
use crate::roster::Roster;

/// Name of the cookie that ties a form to the browser that asked for it, before there is a session.
const FORM_COOKIE: &str = "alta-form";

/// The middleware.
///
/// # Errors
/// Never its own: refusals are answers.
pub(crate) async fn guard(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let roster = request.app_data::<web::Data<Roster>>().cloned();
    let config = request.app_data::<web::Data<WebConfig>>().cloned();
    let (Some(roster), Some(config)) = (roster, config) else {
        return Ok(request.into_response(HttpResponse::InternalServerError().finish()));
    };
    let form_cookie =
        request.cookie(&cookie_name(FORM_COOKIE, config.behind_tls)).map(|cookie| cookie.value().to_owned());
    let given = form_cookie.clone().filter(|value| value.len() == 32);
    let fresh = if given.is_none() {
        entropy::bytes::<16>().ok().map(|b| b.iter().map(|b| format!("{b:02x}")).collect::<String>())
    } else {
        None
    };
    let csrf = given.or(fresh.clone()).unwrap_or_default();
    let is_api = request.path().starts_with("/api/");
    let actor = Actor {
        name: String::new(),
        via: if is_api { Via::Api } else { Via::Pages },
        from: origin::address(&request, &config),
    };
    let mut who = Who { operator: None, csrf, locale: locale_of(&request), zone: Zone::default(), actor };
    let refusal = refuse(&request, &roster, &mut who).await.err();
    request.extensions_mut().insert(who.clone());
    let mut response = match refusal {
        None => next.call(request).await?.map_into_boxed_body(),
        Some(Refusal::SignIn) => {
            let back = request.uri().path_and_query().map_or("/", |p| p.as_str());
            let to = if request.method() == Method::GET {
                format!("/sign-in?to={}", encoded(back))
            } else {
                "/sign-in".to_owned()
            };
            request.into_response(HttpResponse::SeeOther().insert_header((header::LOCATION, to)).finish())
        }
        Some(Refusal::Problem(problem)) => request.into_response(problem.answer()),
    };
    if response.status().is_client_error() || response.status().is_server_error() {
        response = render(response, &who);
    }
    let is_page =
        response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if let Some(fresh) = fresh.filter(|_| is_page) {
        let cookie = Cookie::build(cookie_name(FORM_COOKIE, config.behind_tls), fresh)
            .path("/")
            .http_only(true)
            .secure(config.behind_tls)
            .same_site(SameSite::Lax)
            .finish();
        // A cookie of hexadecimal digits is a valid header.
        let _ = response.response_mut().add_cookie(&cookie);
    }
    Ok(response)
}

enum Refusal {
    /// A page that needs somebody who has signed in.
    SignIn,
    Problem(Problem),
}

async fn refuse(request: &ServiceRequest, roster: &Roster, who: &mut Who) -> Result<(), Refusal> {
    let pattern = request.match_pattern();
    let known = access(request.method().as_str(), pattern.as_deref());
    let access = match known {
        Ok(access) => access,
        Err(exists) => {
            let _ = sign_in(request, roster, who).await;
            return Err(Refusal::Problem(if exists { Problem::Method } else { Problem::NotFound }));
        }
    };
    match access {
        Access::Api(right) => {
            let token = bearer(request, roster).await?;
            who.actor.name = token.name;
            if token.role.grants(right) { Ok(()) } else { Err(Refusal::Problem(Problem::Forbidden)) }
        }
        Access::Public | Access::Page(_) => {
            if request.method() == Method::POST && !same_site(request.headers()) {
                return Err(Refusal::Problem(Problem::Expired));
            }
            if pattern.as_deref().is_some_and(|pattern| pattern.starts_with("/static/") || pattern.ends_with('z')) {
                return Ok(());
            }
            sign_in(request, roster, who).await?;
            match (access, &who.operator) {
                (Access::Page(right), Some(operator)) if operator.role.grants(right) => Ok(()),
                (Access::Page(_), Some(_)) => Err(Refusal::Problem(Problem::Forbidden)),
                (Access::Page(_), None) => Err(Refusal::SignIn),
                (Access::Public | Access::Api(_), _) => Ok(()),
            }
        }
    }
}

/// Whose session this is.
async fn sign_in(request: &ServiceRequest, roster: &Roster, who: &mut Who) -> Result<(), Refusal> {
    let session = request.get_session();
    let Ok(Some(id)) = session.get::<i64>(OPERATOR) else { return Ok(()) };
    match roster.operator(OperatorId(id)).await {
        Ok(Some(operator)) => {
            if let Ok(Some(csrf)) = session.get::<String>(CSRF) {
                who.csrf = csrf;
            }
            // A key from before a change of role is worth nothing after it.
            if session.get::<String>(ROLE).ok().flatten().as_deref() != Some(operator.role.as_str()) {
                session.renew();
                session.insert(ROLE, operator.role.as_str()).map_err(|_| Refusal::Problem(Problem::Unavailable))?;
            }
            who.actor.name = operator.name.to_string();
            who.zone = operator.zone.as_deref().and_then(Zone::of).unwrap_or_default();
            who.operator = Some(operator);
        }
        // Whoever was deleted is signed out.
        Ok(None) => session.purge(),
        Err(_) => return Err(Refusal::Problem(Problem::Unavailable)),
    }
    Ok(())
}

async fn bearer(request: &ServiceRequest, roster: &Roster) -> Result<Token, Refusal> {
    let value = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token =
        value.and_then(|value| value.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let Some((_, token)) = token else { return Err(Refusal::Problem(Problem::SignedOut)) };
    match roster.bearer(token.trim()).await {
        Ok(Some(token)) => Ok(token),
        Ok(None) => Err(Refusal::Problem(Problem::SignedOut)),
        Err(_) => Err(Refusal::Problem(Problem::Unavailable)),
    }
}

/// Whether a request that changes something came from one of our own pages, as far as the browser says (Fetch Metadata,
/// and Origin for older ones). The form's token says it once more.
fn same_site(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match text("sec-fetch-site") {
        Some(site) => matches!(site, "same-origin" | "none"),
        None => match (text("origin"), text("host")) {
            (None, _) => true,
            (Some(origin), Some(host)) => origin.split_once("://").is_some_and(|(_, origin)| origin == host),
            (Some(_), None) => false,
        },
    }
}

fn locale_of(request: &ServiceRequest) -> Locale {
    let chosen = request.cookie(LANGUAGE_COOKIE).and_then(|cookie| Locale::from_code(cookie.value()));
    chosen.unwrap_or_else(|| {
        let ranked: Vec<String> = AcceptLanguage::parse(request)
            .map(|accepted| {
                accepted.ranked().into_iter().filter_map(|tag| tag.item().map(ToString::to_string)).collect()
            })
            .unwrap_or_default();
        Locale::negotiate(ranked.iter().map(String::as_str))
    })
}
