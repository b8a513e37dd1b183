//! The language switch.

use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::{HttpResponse, web};
use serde::Deserialize;

use super::address::local;
use super::csrf::Posted;
use super::page::{Page, see};
use super::settings::WebConfig;
use super::who::{Acting, LANGUAGE_COOKIE};
use crate::i18n::Locale;

/// What the switch sends.
#[derive(Deserialize)]
pub(crate) struct Switch {
    language: String,
    #[serde(default)]
    to: String,
}

/// Remembers the language, in the browser and for the person.
pub(crate) async fn submit(
    page: Page,
    roster: Acting,
    config: web::Data<WebConfig>,
    form: Posted<Switch>,
) -> HttpResponse {
    let locale = Locale::from_code(&form.0.language).unwrap_or_default();
    if let Some(operator) = &page.operator {
        roster.set_language(operator.id, locale.code()).await;
    }
    let mut response = see(local(&form.0.to));
    // A cookie of two letters is a valid header.
    let _ = response.add_cookie(&language_cookie(locale, config.behind_tls));
    response
}

/// The cookie that remembers a language for a year.
pub(crate) fn language_cookie(locale: Locale, secure: bool) -> Cookie<'static> {
    Cookie::build(LANGUAGE_COOKIE, locale.code())
        .path("/")
        .http_only(true)
        .secure(secure)
        .same_site(SameSite::Lax)
        .max_age(Duration::days(365))
        .finish()
}
