//! Turning one's own second factor on and off.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use qrcode::QrCode;
use qrcode::render::svg;
use serde::Deserialize;

use crate::domain::operator::Operator;
use crate::roster::{CodeError, PasswordError};
use crate::web::csrf::Posted;
use crate::web::origin;
use crate::web::page::{Page, html, html_refused, see};
use crate::web::problem::Problem;
use crate::web::sign_in::wait;
use crate::web::who::Acting;

#[derive(Template)]
#[template(path = "profile/factor.html")]
struct Factor {
    page: Page,
    /// Whether it is on.
    on: bool,
    secret: String,
    fault: Option<String>,
}

#[derive(Template)]
#[template(path = "profile/codes.html")]
struct Codes {
    page: Page,
    codes: Vec<String>,
    joined: String,
}

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct CodeForm {
    code: String,
}

/// What the download's form sends.
#[derive(Deserialize)]
pub(crate) struct CodesForm {
    codes: String,
}

/// What turning it off asks for.
#[derive(Deserialize)]
pub(crate) struct RemoveForm {
    password: String,
}

fn signed_in(page: &Page) -> Result<Operator, Problem> {
    page.operator.clone().ok_or(Problem::Forbidden)
}

async fn template(page: Page, roster: &Acting, fault: Option<String>) -> Result<Factor, Problem> {
    let operator = signed_in(&page)?;
    let on = roster.recovery_left(operator.id).await?.is_some();
    let secret = if on { String::new() } else { roster.offered_factor(&operator).await?.0 };
    let groups: Vec<String> = secret.as_bytes().chunks(4).map(|g| String::from_utf8_lossy(g).into_owned()).collect();
    let title = page.t("profile-factor-title");
    let title = if fault.is_some() { format!("{} {title}", page.t("error-title-prefix")) } else { title };
    Ok(Factor { page: page.titled(title), on, secret: groups.join(" "), fault })
}

/// # Errors
/// As every page.
pub(crate) async fn show(page: Page, roster: Acting) -> Result<HttpResponse, Problem> {
    html(&template(page, &roster, None).await?)
}

/// The picture that an authenticator reads, while it is offered.
///
/// # Errors
/// [`Problem::NotFound`] once it is on.
pub(crate) async fn picture(page: Page, roster: Acting) -> Result<HttpResponse, Problem> {
    let operator = signed_in(&page)?;
    if roster.recovery_left(operator.id).await?.is_some() {
        return Err(Problem::NotFound);
    }
    let (_, address) = roster.offered_factor(&operator).await?;
    let code = QrCode::new(address.as_bytes()).map_err(|_| Problem::Unavailable)?;
    let picture = code.render::<svg::Color<'_>>().min_dimensions(240, 240).build();
    Ok(HttpResponse::Ok().content_type("image/svg+xml").body(picture))
}

/// # Errors
/// As every page.
pub(crate) async fn submit(page: Page, roster: Acting, form: Posted<CodeForm>) -> Result<HttpResponse, Problem> {
    let operator = signed_in(&page)?;
    match roster.confirm_factor(operator.id, &form.0.code).await {
        Ok(codes) => {
            let title = page.t("profile-codes-title");
            html(&Codes { page: page.titled(title), joined: codes.join(" "), codes })
        }
        Err(CodeError::Wrong) => {
            let fault = page.t("sign-in-code-refused");
            html_refused(&template(page, &roster, Some(fault)).await?)
        }
        Err(CodeError::Wait(seconds)) => {
            let fault = wait(&page, seconds);
            html_refused(&template(page, &roster, Some(fault)).await?)
        }
        Err(CodeError::Unavailable) => Err(Problem::Unavailable),
    }
}

/// The recovery codes as a file: the page that shows them hands them back, and only what they are is handed out.
///
/// # Errors
/// [`Problem::Request`] for anything else.
pub(crate) async fn download(page: Page, roster: Acting, form: Posted<CodesForm>) -> Result<HttpResponse, Problem> {
    let operator = signed_in(&page)?;
    let codes: Vec<&str> = form.0.codes.split(' ').take(20).collect();
    if !roster.are_recovery_codes(operator.id, &codes).await? {
        return Err(Problem::Request);
    }
    Ok(HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .insert_header((header::CONTENT_DISPOSITION, "attachment; filename=\"alta-recovery-codes.txt\""))
        .body(format!("{}\n", codes.join("\n"))))
}

/// # Errors
/// As every page.
pub(crate) async fn remove(
    page: Page,
    request: HttpRequest,
    roster: Acting,
    form: Posted<RemoveForm>,
) -> Result<HttpResponse, Problem> {
    let operator = signed_in(&page)?;
    let fault = match roster.confirm_password(&operator, form.0.password, origin::told(&request)).await {
        Ok(()) => {
            roster.remove_factor(operator.id).await?;
            return Ok(see("/profile?saved=factor"));
        }
        Err(PasswordError::Wait(seconds)) => wait(&page, seconds),
        Err(PasswordError::Wrong | PasswordError::Refused(_)) => page.t("profile-password-wrong"),
        Err(PasswordError::Unavailable) => return Err(Problem::Unavailable),
    };
    html_refused(&template(page, &roster, Some(fault)).await?)
}
