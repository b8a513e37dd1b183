//! Giving a user another password, when they lost theirs.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::form::{Faults, UserForm, faults, marked};
use crate::domain::operator::{OperatorId, Person};
use crate::web::address::encoded;
use crate::web::csrf::Posted;
use crate::web::page::{Page, html, html_refused, see};
use crate::web::problem::Problem;
use crate::web::who::Acting;

#[derive(Template)]
#[template(path = "users/password.html")]
struct Password {
    page: Page,
    heading: String,
    person: Person,
    faults: Faults,
}

fn heading(page: &Page, person: &Person) -> String {
    page.t1("users-password-title", "name", person.operator.name.as_str())
}

/// # Errors
/// As every page.
pub(crate) async fn show(page: Page, roster: Acting, id: web::Path<i64>) -> Result<HttpResponse, Problem> {
    let person = roster.person(OperatorId(*id)).await?;
    let heading = heading(&page, &person);
    html(&Password { page: page.titled(heading.clone()), heading, person, faults: Faults::default() })
}

/// # Errors
/// As every page.
pub(crate) async fn submit(
    page: Page,
    roster: Acting,
    id: web::Path<i64>,
    form: Posted<UserForm>,
) -> Result<HttpResponse, Problem> {
    let (id, form) = (OperatorId(*id), form.0);
    let person = roster.person(id).await?;
    match roster.reset_password(id, form.password, &form.again).await {
        Ok(()) => Ok(see(&format!("/users?saved=password&name={}", encoded(person.operator.name.as_str())))),
        Err(error) => {
            let faults = faults(&page, error, "users-name-taken")?;
            let heading = heading(&page, &person);
            let page = page.clone().titled(marked(&page, &heading));
            html_refused(&Password { page, heading, person, faults })
        }
    }
}
