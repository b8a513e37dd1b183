//! What a button does to an entry, without a page of its own.

use actix_web::{HttpResponse, web};
use serde::Deserialize;

use crate::domain::entry::{EntryError, EntryId};
use crate::web::address::local;
use crate::web::csrf::{Nothing, Posted};
use crate::web::page::see;
use crate::web::problem::Problem;
use crate::web::who::Acting;

/// Where the button stood.
#[derive(Deserialize)]
pub(crate) struct Back {
    #[serde(default)]
    to: String,
}

/// # Errors
/// As every page.
pub(crate) async fn refresh(roster: Acting, id: web::Path<i64>, form: Posted<Back>) -> Result<HttpResponse, Problem> {
    roster.refresh(EntryId(*id)).await?;
    Ok(back(*id, &form.0.to))
}

/// # Errors
/// As every page.
pub(crate) async fn unregister(
    roster: Acting,
    id: web::Path<i64>,
    form: Posted<Back>,
) -> Result<HttpResponse, Problem> {
    roster.unregister(EntryId(*id)).await?;
    Ok(back(*id, &form.0.to))
}

/// # Errors
/// As every page.
pub(crate) async fn enable(roster: Acting, id: web::Path<i64>, form: Posted<Back>) -> Result<HttpResponse, Problem> {
    roster.enable(EntryId(*id), true).await?;
    Ok(back(*id, &form.0.to))
}

/// # Errors
/// As every page.
pub(crate) async fn disable(roster: Acting, id: web::Path<i64>, form: Posted<Back>) -> Result<HttpResponse, Problem> {
    roster.enable(EntryId(*id), false).await?;
    Ok(back(*id, &form.0.to))
}

/// Adds the demo's three entries; when they are there already, they are shown.
///
/// # Errors
/// As every page.
pub(crate) async fn demo(roster: Acting, _form: Posted<Nothing>) -> Result<HttpResponse, Problem> {
    match roster.try_demo().await {
        Ok(_) | Err(EntryError::Refused(_)) => Ok(see("/entries")),
        Err(error) => Err(error.into()),
    }
}

fn back(id: i64, to: &str) -> HttpResponse {
    if to.is_empty() { see(&format!("/entries/{id}")) } else { see(local(to)) }
}
