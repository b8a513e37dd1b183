//! The list of API tokens.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use crate::clock::wall_ms;
use crate::domain::operator::Token;
use crate::web::page::{Page, html};
use crate::web::problem::Problem;
use crate::web::who::Acting;
use crate::web::wording;

#[derive(Template)]
#[template(path = "tokens/list.html")]
struct List {
    page: Page,
    saved: Option<String>,
    tokens: Vec<Token>,
    now: i64,
}

/// What has just been done.
#[derive(Deserialize)]
pub(crate) struct Saved {
    #[serde(default)]
    saved: String,
}

/// # Errors
/// As every page.
pub(crate) async fn show(page: Page, roster: Acting, saved: web::Query<Saved>) -> Result<HttpResponse, Problem> {
    let tokens = roster.tokens().await?;
    let saved = (saved.saved == "revoked").then(|| page.t("tokens-revoked"));
    let title = page.t("tokens-title");
    html(&List { page: page.titled(title), saved, tokens, now: wall_ms() })
}
