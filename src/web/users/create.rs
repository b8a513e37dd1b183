//! Adding a user.

use actix_web::HttpResponse;
use askama::Template;

use super::form::{Faults, UserForm, faults, marked, roles};
use crate::domain::operator::Role;
use crate::web::address::encoded;
use crate::web::csrf::Posted;
use crate::web::field::Choice;
use crate::web::page::{Page, html, html_refused, see};
use crate::web::problem::Problem;
use crate::web::who::Acting;

#[derive(Template)]
#[template(path = "users/create.html")]
struct Create {
    page: Page,
    name: String,
    roles: Vec<Choice>,
    faults: Faults,
}

/// # Errors
/// As every page.
pub(crate) async fn show(page: Page) -> Result<HttpResponse, Problem> {
    let (title, roles) = (page.t("users-create-title"), roles(&page, Role::Viewer.as_str()));
    html(&Create { page: page.titled(title), name: String::new(), roles, faults: Faults::default() })
}

/// # Errors
/// As every page.
pub(crate) async fn submit(page: Page, roster: Acting, form: Posted<UserForm>) -> Result<HttpResponse, Problem> {
    let form = form.0;
    let role: Role = form.role.parse().map_err(|_| Problem::Request)?;
    match roster.add_user(&form.name, role, form.password, &form.again).await {
        Ok(made) => Ok(see(&format!("/users?saved=yes&name={}", encoded(made.name.as_str())))),
        Err(error) => {
            let faults = faults(&page, error, "users-name-taken")?;
            let (title, roles) = (marked(&page, &page.t("users-create-title")), roles(&page, role.as_str()));
            html_refused(&Create { page: page.titled(title), name: form.name, roles, faults })
        }
    }
}
