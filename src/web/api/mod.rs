//! The JSON API, `/api/v1`: the forms' other face, by the same parser and roster.

pub(crate) mod contracts;
mod json;
pub(crate) mod registrations;
