//! Forms that were really ours: the body is read once, its token compared, and only then is it a form.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use serde::de::DeserializeOwned;
use subtle::ConstantTimeEq;

use super::problem::Problem;
use super::who::Who;

/// Most bytes of a form.
const FORM_MOST: usize = 64 * 1024;

/// A form whose token fits whoever sends it.
pub(crate) struct Posted<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Posted<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let expected = request.extensions().get::<Who>().map(|who| who.csrf.clone()).unwrap_or_default();
        let body = web::Bytes::from_request(request, payload);
        let length =
            request.headers().get("content-length").and_then(|v| v.to_str().ok()).and_then(|v| v.parse::<usize>().ok());
        Box::pin(async move {
            if length.is_some_and(|length| length > FORM_MOST) {
                return Err(Problem::TooLarge);
            }
            let body = body.await.map_err(|_| Problem::TooLarge)?;
            if body.len() > FORM_MOST {
                return Err(Problem::TooLarge);
            }
            let fields: Vec<(String, String)> = serde_html_form::from_bytes(&body).map_err(|_| Problem::Request)?;
            let token = fields.iter().find(|(name, _)| name == "csrf").map_or("", |(_, value)| value);
            if expected.is_empty() || !bool::from(token.as_bytes().ct_eq(expected.as_bytes())) {
                return Err(Problem::Expired);
            }
            serde_html_form::from_bytes(&body).map(Self).map_err(|_| Problem::Request)
        })
    }
}

/// A form that carries nothing but its token.
#[derive(serde::Deserialize)]
pub(crate) struct Nothing {}
