//! Adding an API token, which is shown this once.

use actix_web::HttpResponse;
use askama::Template;
use serde::Deserialize;

use crate::domain::operator::Role;
use crate::web::csrf::Posted;
use crate::web::field::Choice;
use crate::web::page::{Page, html, html_refused};
use crate::web::problem::Problem;
use crate::web::users::form::{Faults, faults, marked, roles};
use crate::web::who::Acting;

/// Days that a token may last, to choose from.
const DAYS: [u32; 3] = [30, 90, 365];

#[derive(Template)]
#[template(path = "tokens/create.html")]
struct Create {
    page: Page,
    name: String,
    roles: Vec<Choice>,
    days: Vec<Choice>,
    faults: Faults,
}

#[derive(Template)]
#[template(path = "tokens/show.html")]
struct Show {
    page: Page,
    name: String,
    token: String,
}

/// What the form sends.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct TokenForm {
    name: String,
    role: String,
    days: String,
}

fn template(page: Page, form: TokenForm, faults: Faults) -> Create {
    let mut days: Vec<Choice> = DAYS
        .iter()
        .map(|days| Choice {
            id: days.to_string(),
            name: page.tn("tokens-days", *days as usize),
            chosen: form.days == days.to_string(),
        })
        .collect();
    days.insert(0, Choice { id: String::new(), name: page.t("tokens-for-ever"), chosen: form.days.is_empty() });
    Create { roles: roles(&page, &form.role), page, name: form.name, days, faults }
}

/// # Errors
/// As every page.
pub(crate) async fn show(page: Page) -> Result<HttpResponse, Problem> {
    let title = page.t("tokens-create-title");
    let form = TokenForm { role: Role::Viewer.to_string(), days: DAYS[1].to_string(), ..TokenForm::default() };
    html(&template(page.titled(title), form, Faults::default()))
}

/// # Errors
/// As every page.
pub(crate) async fn submit(page: Page, roster: Acting, form: Posted<TokenForm>) -> Result<HttpResponse, Problem> {
    let form = form.0;
    let role: Role = form.role.parse().map_err(|_| Problem::Request)?;
    let days = match form.days.as_str() {
        "" => None,
        days => Some(days.parse().ok().filter(|days| DAYS.contains(days)).ok_or(Problem::Request)?),
    };
    match roster.add_token(&form.name, role, days).await {
        Ok(token) => {
            let title = page.t("tokens-made-title");
            html(&Show { page: page.titled(title), name: form.name.trim().to_owned(), token })
        }
        Err(error) => {
            let faults = Faults { name_label: Some("tokens-name"), ..faults(&page, error, "tokens-name-taken")? };
            let title = marked(&page, &page.t("tokens-create-title"));
            html_refused(&template(page.titled(title), form, faults))
        }
    }
}
