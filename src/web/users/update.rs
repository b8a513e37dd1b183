//! Changing name and role of a user.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::form::{Faults, UserForm, faults, marked, roles};
use crate::domain::operator::{OperatorId, Person, Role};
use crate::web::address::encoded;
use crate::web::csrf::{Nothing, Posted};
use crate::web::field::Choice;
use crate::web::page::{Page, html, html_refused, see};
use crate::web::problem::Problem;
use crate::web::who::Acting;

#[derive(Template)]
#[template(path = "users/update.html")]
struct Update {
    page: Page,
    heading: String,
    person: Person,
    name: String,
    roles: Vec<Choice>,
    faults: Faults,
}

fn heading(page: &Page, person: &Person) -> String {
    page.t1("users-update-title", "name", person.operator.name.as_str())
}

/// # Errors
/// As every page.
pub(crate) async fn show(page: Page, roster: Acting, id: web::Path<i64>) -> Result<HttpResponse, Problem> {
    let person = roster.person(OperatorId(*id)).await?;
    let heading = heading(&page, &person);
    let roles = roles(&page, person.operator.role.as_str());
    let name = person.operator.name.to_string();
    html(&Update { page: page.titled(heading.clone()), heading, person, name, roles, faults: Faults::default() })
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
    let role: Role = form.role.parse().map_err(|_| Problem::Request)?;
    match roster.update_user(id, &form.name, role).await {
        Ok(()) => Ok(see(&format!("/users?saved=yes&name={}", encoded(form.name.trim())))),
        Err(error) => {
            let faults = faults(&page, error, "users-name-taken")?;
            let person = roster.person(id).await?;
            let (heading, roles) = (heading(&page, &person), roles(&page, role.as_str()));
            let page = page.clone().titled(marked(&page, &heading));
            html_refused(&Update { page, heading, person, name: form.name, roles, faults })
        }
    }
}

/// Takes the second factor of somebody away, when they lost it.
///
/// # Errors
/// As every page.
pub(crate) async fn remove_factor(
    roster: Acting,
    id: web::Path<i64>,
    _form: Posted<Nothing>,
) -> Result<HttpResponse, Problem> {
    let person = roster.person(OperatorId(*id)).await?;
    roster.remove_factor(person.operator.id).await?;
    Ok(see(&format!("/users?saved=factor&name={}", encoded(person.operator.name.as_str()))))
}
