//! The list of users.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use crate::domain::operator::Person;
use crate::web::page::{Page, html};
use crate::web::problem::Problem;
use crate::web::who::Acting;
use crate::web::wording;

#[derive(Template)]
#[template(path = "users/list.html")]
struct List {
    page: Page,
    saved: Option<String>,
    people: Vec<Person>,
}

/// What has just been done.
#[derive(Deserialize)]
pub(crate) struct Saved {
    #[serde(default)]
    saved: String,
    #[serde(default)]
    name: String,
}

/// # Errors
/// As every page.
pub(crate) async fn show(page: Page, roster: Acting, saved: web::Query<Saved>) -> Result<HttpResponse, Problem> {
    let people = roster.people().await?;
    let saved = match saved.saved.as_str() {
        "yes" => Some(page.t1("users-saved", "name", &saved.name)),
        "password" => Some(page.t1("users-password-saved", "name", &saved.name)),
        "factor" => Some(page.t1("users-factor-removed", "name", &saved.name)),
        "deleted" => Some(page.t("users-deleted")),
        _ => None,
    };
    let title = page.t("users-title");
    html(&List { page: page.titled(title), saved, people })
}
