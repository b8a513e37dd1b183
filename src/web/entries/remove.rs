//! Deleting an entry, after a page that says what goes.

use actix_web::{HttpResponse, web};
use askama::Template;

use crate::domain::entry::{EntryError, EntryId};
use crate::web::csrf::{Nothing, Posted};
use crate::web::page::{Page, html, see};
use crate::web::problem::Problem;
use crate::web::who::Acting;

#[derive(Template)]
#[template(path = "entries/remove.html")]
struct Remove {
    page: Page,
    id: EntryId,
}

/// # Errors
/// As every page.
pub(crate) async fn show(page: Page, roster: Acting, id: web::Path<i64>) -> Result<HttpResponse, Problem> {
    let id = EntryId(*id);
    // A damaged one can be deleted, too: it goes by its number.
    let name = match roster.find(id).await {
        Ok(listed) => listed.entry.details.name(),
        Err(EntryError::Corrupt(id)) => format!("#{id}"),
        Err(error) => return Err(error.into()),
    };
    let title = page.t1("remove-title", "name", &name);
    html(&Remove { page: page.titled(title), id })
}

/// # Errors
/// As every page.
pub(crate) async fn submit(
    roster: Acting,
    id: web::Path<i64>,
    _form: Posted<Nothing>,
) -> Result<HttpResponse, Problem> {
    roster.delete(EntryId(*id)).await?;
    Ok(see("/entries?saved=deleted"))
}
