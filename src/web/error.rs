//! What a refusal or a failure says: a page that helps, or `application/problem+json` (RFC 9457) for the API.

use std::fmt;

use actix_web::body::BoxBody;
use actix_web::dev::ServiceResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, ContentType};
use actix_web::{HttpResponse, ResponseError};
use askama::Template;
use serde::Serialize;

use super::guard::{Who, is_bare};
use super::page::Page;
use crate::domain::contract::ContractError;
use crate::domain::entry::EntryError;
use crate::roster::Away;

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    NotFound,
    Forbidden,
    /// The form's token does not fit, or the request came from another site.
    Expired,
    Method,
    Request,
    TooLarge,
    Media,
    /// No token, or one that we do not know.
    SignedOut,
    Unavailable,
    Corrupt,
    /// Fields of a JSON body.
    Invalid(Vec<FieldProblem>),
}

/// What is wrong with a field, as the API says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct FieldProblem {
    /// Place in the array that was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<usize>,
    pub field: String,
    pub code: String,
    pub message: String,
}

impl Problem {
    fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Forbidden | Self::Expired => StatusCode::FORBIDDEN,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Request => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Media => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::SignedOut => StatusCode::UNAUTHORIZED,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Corrupt => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }

    /// Message ids of its title and its text.
    fn words(&self) -> (&'static str, &'static str) {
        match self {
            Self::NotFound => ("error-not-found-title", "error-not-found-text"),
            Self::Forbidden => ("error-forbidden-title", "error-forbidden-text"),
            Self::Expired => ("error-expired-title", "error-expired-text"),
            Self::Method => ("error-method-title", "error-method-text"),
            Self::Request => ("error-request-title", "error-request-text"),
            Self::TooLarge => ("error-large-title", "error-large-text"),
            Self::Media => ("error-media-title", "error-media-text"),
            Self::SignedOut => ("error-signed-out-title", "error-signed-out-text"),
            Self::Unavailable => ("error-unavailable-title", "error-unavailable-text"),
            Self::Corrupt => ("error-corrupt-title", "error-corrupt-text"),
            Self::Invalid(_) => ("error-invalid-title", "error-invalid-text"),
        }
    }

    /// An answer that [`render`] puts into words.
    pub(crate) fn answer(self) -> HttpResponse {
        let mut response = HttpResponse::new(self.status());
        response.extensions_mut().insert(self);
        response
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words().0)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status()
    }

    fn error_response(&self) -> HttpResponse {
        self.clone().answer()
    }
}

impl From<EntryError> for Problem {
    fn from(error: EntryError) -> Self {
        match error {
            EntryError::NotFound => Self::NotFound,
            EntryError::Corrupt(_) => Self::Corrupt,
            // Callers with a form show these beside its fields before they come here.
            EntryError::Refused(_) => Self::Request,
            EntryError::Unavailable => Self::Unavailable,
        }
    }
}

impl From<ContractError> for Problem {
    fn from(error: ContractError) -> Self {
        match error {
            ContractError::NotFound => Self::NotFound,
            ContractError::NameTaken(_) => Self::Request,
            ContractError::Unavailable => Self::Unavailable,
        }
    }
}

impl From<Away> for Problem {
    fn from(_: Away) -> Self {
        Self::Unavailable
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    page: Page,
    text: String,
}

#[derive(Serialize)]
struct ProblemJson<'a> {
    r#type: &'static str,
    title: String,
    status: u16,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<&'a [FieldProblem]>,
}

/// Puts a failed response into words; one that has words already stays as it is.
pub(crate) fn render(response: ServiceResponse<BoxBody>, who: &Who) -> ServiceResponse<BoxBody> {
    if response.headers().contains_key(header::CONTENT_TYPE)
        && response.response().extensions().get::<Problem>().is_none()
    {
        let plain =
            response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/plain"));
        if !plain {
            return response;
        }
    }
    let problem =
        response.response().extensions().get::<Problem>().cloned().unwrap_or_else(|| is_bare(response.status()));
    let path = response.request().path().to_owned();
    let page = Page::of(who, response.request(), problem.words().0);
    let text = page.t(problem.words().1);
    let answer = if path.starts_with("/api/") {
        let errors = if let Problem::Invalid(errors) = &problem { Some(errors.as_slice()) } else { None };
        let body = ProblemJson {
            r#type: "about:blank",
            title: page.title.clone(),
            status: problem.status().as_u16(),
            detail: text,
            errors,
        };
        let mut answer = HttpResponse::build(problem.status());
        if problem == Problem::SignedOut {
            answer.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
        }
        answer.content_type("application/problem+json").body(serde_json::to_string(&body).unwrap_or_default())
    } else {
        let body = ErrorPage { page, text }.render().unwrap_or_default();
        HttpResponse::build(problem.status()).insert_header(ContentType::html()).body(body)
    };
    response.into_response(answer)
}
