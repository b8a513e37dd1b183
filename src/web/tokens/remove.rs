//! Revoking an API token, after a page that names it.

use actix_web::{HttpResponse, web};
use askama::Template;

use crate::domain::operator::Token;
use crate::web::csrf::{Nothing, Posted};
use crate::web::page::{Page, html, see};
use crate::web::problem::Problem;
use crate::web::who::Acting;

#[derive(Template)]
#[template(path = "tokens/remove.html")]
struct Remove {
    page: Page,
    token: Token,
}

/// # Errors
/// As every page.
pub(crate) async fn show(page: Page, roster: Acting, id: web::Path<i64>) -> Result<HttpResponse, Problem> {
    let token = roster.tokens().await?.into_iter().find(|token| token.id == *id).ok_or(Problem::NotFound)?;
    let title = page.t1("tokens-remove-title", "name", &token.name);
    html(&Remove { page: page.titled(title), token })
}

/// # Errors
/// As every page.
pub(crate) async fn submit(
    roster: Acting,
    id: web::Path<i64>,
    _form: Posted<Nothing>,
) -> Result<HttpResponse, Problem> {
    roster.revoke_token(*id).await?;
    Ok(see("/tokens?saved=revoked"))
}
