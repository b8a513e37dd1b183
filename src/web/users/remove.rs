//! Deleting a user, after a page that says what ends with them.

use actix_web::{HttpResponse, web};
use askama::Template;

use crate::domain::operator::{OperatorId, Person};
use crate::roster::UserError;
use crate::web::csrf::{Nothing, Posted};
use crate::web::page::{Page, html, html_refused, see};
use crate::web::problem::Problem;
use crate::web::who::Acting;

#[derive(Template)]
#[template(path = "users/remove.html")]
struct Remove {
    page: Page,
    heading: String,
    person: Person,
    fault: Option<String>,
}

fn heading(page: &Page, person: &Person) -> String {
    page.t1("users-remove-title", "name", person.operator.name.as_str())
}

/// # Errors
/// As every page.
pub(crate) async fn show(page: Page, roster: Acting, id: web::Path<i64>) -> Result<HttpResponse, Problem> {
    let person = roster.person(OperatorId(*id)).await?;
    let heading = heading(&page, &person);
    html(&Remove { page: page.titled(heading.clone()), heading, person, fault: None })
}

/// # Errors
/// As every page.
pub(crate) async fn submit(
    page: Page,
    roster: Acting,
    id: web::Path<i64>,
    _form: Posted<Nothing>,
) -> Result<HttpResponse, Problem> {
    let person = roster.person(OperatorId(*id)).await?;
    match roster.delete_user(person.operator.id).await {
        Ok(()) => Ok(see("/users?saved=deleted")),
        Err(UserError::LastAdministrator) => {
            let (heading, fault) = (heading(&page, &person), Some(page.t("users-last-administrator")));
            let title = format!("{} {heading}", page.t("error-title-prefix"));
            html_refused(&Remove { page: page.titled(title), heading, person, fault })
        }
        Err(error) => Err(error.into()),
    }
}
