//! Why something was not done, before it is put into words.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;

use crate::domain::contract::ContractError;
use crate::domain::entry::EntryError;
use crate::roster::{Away, OperatorError, TrialError, UserError};

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
    /// Too often; somebody may come again in a minute.
    TooMany,
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
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Forbidden | Self::Expired => StatusCode::FORBIDDEN,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Request => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Self::Media => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::SignedOut => StatusCode::UNAUTHORIZED,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Corrupt => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }

    /// Message ids of its title and its text.
    pub(crate) fn words(&self) -> (&'static str, &'static str) {
        match self {
            Self::NotFound => ("error-not-found-title", "error-not-found-text"),
            Self::Forbidden => ("error-forbidden-title", "error-forbidden-text"),
            Self::Expired => ("error-expired-title", "error-expired-text"),
            Self::Method => ("error-method-title", "error-method-text"),
            Self::Request => ("error-request-title", "error-request-text"),
            Self::TooLarge => ("error-large-title", "error-large-text"),
            Self::TooMany => ("error-many-title", "error-many-text"),
            Self::Media => ("error-media-title", "error-media-text"),
            Self::SignedOut => ("error-signed-out-title", "error-signed-out-text"),
            Self::Unavailable => ("error-unavailable-title", "error-unavailable-text"),
            Self::Corrupt => ("error-corrupt-title", "error-corrupt-text"),
            Self::Invalid(_) => ("error-invalid-title", "error-invalid-text"),
        }
    }

    /// An answer that the guard puts into words.
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
            ContractError::NameTaken(_) | ContractError::NotListening(_) => Self::Request,
            ContractError::Unavailable => Self::Unavailable,
        }
    }
}

impl From<OperatorError> for Problem {
    fn from(error: OperatorError) -> Self {
        UserError::from(error).into()
    }
}

impl From<UserError> for Problem {
    fn from(error: UserError) -> Self {
        match error {
            UserError::NotFound => Self::NotFound,
            // Callers with a form show these beside its fields before they come here.
            UserError::Refused { .. } | UserError::NameTaken | UserError::LastAdministrator => Self::Request,
            UserError::Unavailable => Self::Unavailable,
        }
    }
}

impl From<TrialError> for Problem {
    fn from(error: TrialError) -> Self {
        match error {
            TrialError::TooMany => Self::TooMany,
            // Callers with a form show these beside its fields before they come here.
            TrialError::Refused(_) => Self::Request,
            TrialError::Entry(error) => error.into(),
        }
    }
}

impl From<Away> for Problem {
    fn from(_: Away) -> Self {
        Self::Unavailable
    }
}

/// The status code of a response that nobody explained.
pub(crate) fn is_bare(status: StatusCode) -> Problem {
    match status.as_u16() {
        404 => Problem::NotFound,
        403 => Problem::Forbidden,
        405 => Problem::Method,
        413 => Problem::TooLarge,
        415 => Problem::Media,
        400..=499 => Problem::Request,
        _ => Problem::Unavailable,
    }
}
