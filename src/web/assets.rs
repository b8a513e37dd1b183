//! Style, scripts and icon: embedded, addressed by the hash of their content, kept by browsers for ever.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use rust_embed::RustEmbed;

use super::problem::Problem;

#[derive(RustEmbed)]
#[folder = "static/"]
struct Files;

fn hash(file: &rust_embed::EmbeddedFile) -> String {
    file.metadata.sha256_hash()[..8].iter().map(|b| format!("{b:02x}")).collect()
}

/// The address of a file.
pub(crate) fn address(name: &str) -> String {
    Files::get(name).map(|file| format!("/static/{}/{name}", hash(&file))).unwrap_or_default()
}

/// # Errors
/// [`Problem::NotFound`], for an old hash, too: its content is gone.
pub(crate) async fn show(path: web::Path<(String, String)>) -> Result<HttpResponse, Problem> {
    let (wanted, name) = path.into_inner();
    let file = Files::get(&name).filter(|file| hash(file) == wanted).ok_or(Problem::NotFound)?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .insert_header((header::CONTENT_TYPE, file.metadata.mimetype().to_owned()))
        .body(file.data.into_owned()))
}

/// Browsers ask for it at this address before they have read the page.
///
/// # Errors
/// [`Problem::NotFound`].
pub(crate) async fn icon() -> Result<HttpResponse, Problem> {
    let file = Files::get("favicon.svg").ok_or(Problem::NotFound)?;
    Ok(HttpResponse::Ok().content_type("image/svg+xml").body(file.data.into_owned()))
}
