//! The profile's page, and its language and time zone.

use actix_session::Session as Held;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use crate::domain::operator::Session;
use crate::i18n::{Locale, Zone};
use crate::web::csrf::Posted;
use crate::web::field::Choice;
use crate::web::language::language_cookie;
use crate::web::page::{Page, html, see};
use crate::web::problem::Problem;
use crate::web::session::{ID, IDLE_MINUTES};
use crate::web::settings::WebConfig;
use crate::web::who::Acting;
use crate::web::wording;

#[derive(Template)]
#[template(path = "profile/show.html")]
struct Show {
    page: Page,
    name: String,
    role: String,
    saved: Option<String>,
    zones: Vec<Choice>,
    /// Recovery codes that are left, with a second factor.
    left: Option<usize>,
    sessions: Vec<Session>,
    current: String,
}

/// What has just been done.
#[derive(Deserialize)]
pub(crate) struct Saved {
    #[serde(default)]
    saved: String,
}

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct Preferences {
    language: String,
    #[serde(default)]
    zone: String,
}

/// # Errors
/// As every page.
pub(crate) async fn show(
    page: Page,
    roster: Acting,
    held: Held,
    saved: web::Query<Saved>,
) -> Result<HttpResponse, Problem> {
    let operator = page.operator.clone().ok_or(Problem::Forbidden)?;
    let saved = match saved.saved.as_str() {
        "yes" => Some(page.t("profile-saved")),
        "password" => Some(page.t("profile-password-saved")),
        "factor" => Some(page.t("profile-factor-removed")),
        "sessions" => Some(page.t("profile-sessions-ended")),
        _ => None,
    };
    let mut zones =
        vec![Choice { id: String::new(), name: page.t("profile-zone-browser"), chosen: operator.zone.is_none() }];
    zones.extend(Zone::names().into_iter().map(|name| Choice {
        id: name.clone(),
        chosen: operator.zone.as_ref() == Some(&name),
        name: name.replace('_', " "),
    }));
    let title = page.t("profile-title");
    html(&Show {
        name: operator.name.to_string(),
        role: page.t(wording::role(operator.role)),
        saved,
        zones,
        left: roster.recovery_left(operator.id).await?,
        sessions: roster.sessions_of(operator.id, IDLE_MINUTES * 60_000).await?,
        current: held.get::<String>(ID).ok().flatten().unwrap_or_default(),
        page: page.titled(title),
    })
}

/// # Errors
/// As every page.
pub(crate) async fn submit(
    page: Page,
    roster: Acting,
    config: web::Data<WebConfig>,
    form: Posted<Preferences>,
) -> Result<HttpResponse, Problem> {
    let operator = page.operator.as_ref().ok_or(Problem::Forbidden)?;
    let Preferences { language, zone } = form.0;
    let locale = Locale::from_code(&language).ok_or(Problem::Request)?;
    let zone = match zone.as_str() {
        "" => None,
        name => Some(Zone::of(name).map(|_| name.to_owned()).ok_or(Problem::Request)?),
    };
    roster.set_language(operator.id, locale.code()).await;
    roster.set_zone(operator.id, zone).await?;
    let mut response = see("/profile?saved=yes");
    let _ = response.add_cookie(&language_cookie(locale, config.behind_tls));
    Ok(response)
}
