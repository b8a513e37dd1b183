//! What a refusal or a failure says: a page that helps, or `application/problem+json` (RFC 9457) for the API.

use actix_web::HttpResponse;
use actix_web::body::BoxBody;
use actix_web::dev::ServiceResponse;
use actix_web::http::header::{self, ContentType};
use askama::Template;
use serde::Serialize;

use super::page::Page;
use super::problem::{FieldProblem, Problem, is_bare};
use super::who::Who;

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
