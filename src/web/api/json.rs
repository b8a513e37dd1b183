//! Bodies in and out.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::web::{Bytes, BytesMut};
use actix_web::{FromRequest, HttpRequest};
use futures_util::StreamExt;
use serde::Serialize;
use serde_json::Value;

use crate::domain::status::Status;
use crate::i18n;
use crate::roster::Listed;
use crate::web::problem::Problem;

/// Most bytes of a body: ten thousand entries with every field full.
const BODY_MOST: usize = 16 * 1024 * 1024;

/// A JSON body.
pub(crate) struct Json(pub Value);

impl FromRequest for Json {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let kind =
            request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let is_json = kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"));
        let payload = payload.take();
        Box::pin(async move {
            if !is_json {
                return Err(Problem::Media);
            }
            let body = read(payload).await?;
            serde_json::from_slice(&body).map(Self).map_err(|_| Problem::Request)
        })
    }
}

async fn read(mut payload: Payload) -> Result<Bytes, Problem> {
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| Problem::Request)?;
        if body.len() + chunk.len() > BODY_MOST {
            return Err(Problem::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// A registration as the API shows it. Blanks are null; the password never is here.
#[derive(Serialize)]
pub(crate) struct Registration {
    id: i64,
    username: String,
    domain: String,
    has_password: bool,
    ddi: String,
    user: Option<String>,
    register_server_uri: Option<String>,
    realm: Option<String>,
    expire: u32,
    enabled: bool,
    contract_id: Option<i64>,
    status: StatusJson,
}

impl From<Listed> for Registration {
    fn from(listed: Listed) -> Self {
        let details = listed.entry.details;
        Self {
            id: listed.entry.id.0,
            username: details.username.to_string(),
            domain: details.domain.to_string(),
            has_password: true,
            ddi: details.ddi.to_string(),
            user: details.user.map(|user| user.to_string()),
            register_server_uri: details.register_server_uri.map(|uri| uri.to_string()),
            realm: details.realm.map(|realm| realm.to_string()),
            expire: details.expire.seconds(),
            enabled: details.enabled,
            contract_id: details.contract.map(|contract| contract.0),
            status: StatusJson::from(listed.status),
        }
    }
}

/// A status as the API shows it; times are RFC 3339 in UTC.
#[derive(Serialize)]
pub(crate) struct StatusJson {
    state: &'static str,
    cause: Option<&'static str>,
    code: Option<u16>,
    reason: Option<String>,
    by: Option<&'static str>,
    detail: Option<String>,
    target: Option<String>,
    transport: Option<&'static str>,
    chain: Option<String>,
    asked: Option<u32>,
    granted: Option<u32>,
    registered_until: Option<String>,
    next_action_at: Option<String>,
    last_success_at: Option<String>,
    attempts: u32,
    call_id: Option<String>,
    cseq: Option<u32>,
    contact: Option<String>,
    path: Option<String>,
    service_route: Option<String>,
    notes: Vec<&'static str>,
}

impl From<Status<i64>> for StatusJson {
    fn from(status: Status<i64>) -> Self {
        let answer = status.answer.as_ref();
        Self {
            state: status.state.code(),
            cause: status.cause.map(|cause| cause.code()),
            code: answer.map(|answer| answer.code),
            reason: answer.map(|answer| answer.reason.clone()),
            by: status.by().map(|by| by.code()),
            detail: status.detail.clone(),
            target: status.target.map(|target| target.to_string()),
            transport: status.transport.map(|transport| transport.as_str()),
            chain: status.chain.as_deref().map(Into::into),
            asked: Some(status.asked).filter(|n| *n > 0),
            granted: status.granted,
            registered_until: status.registered_until.map(i18n::iso),
            next_action_at: status.next_action_at.map(i18n::iso),
            last_success_at: status.last_success_at.map(i18n::iso),
            attempts: status.attempts,
            call_id: Some(status.call_id.to_string()).filter(|id| !id.is_empty()),
            cseq: Some(status.cseq).filter(|n| *n > 0),
            contact: status.contact.as_deref().map(Into::into),
            path: status.path.clone(),
            service_route: status.service_route.clone(),
            notes: status.notes.iter().map(|note| note.code()).collect(),
        }
    }
}
