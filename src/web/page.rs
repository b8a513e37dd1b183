//! What every template needs: language, who looks at it, and the token of its forms.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{self, ContentType};
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, web};
use askama::Template;

use super::problem::Problem;
use super::settings::WebConfig;
use super::who::Who;
use super::{assets, wording};
use crate::domain::operator::{Operator, Right};
use crate::i18n::{self, Locale, Value, Zone};

/// See the module.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub locale: Locale,
    /// The zone that times are shown in.
    pub zone: Zone,
    pub operator: Option<Operator>,
    pub csrf: String,
    /// Path and query of this page, to come back to.
    pub here: String,
    pub title: String,
    /// Served without TLS.
    pub plain: bool,
}

impl FromRequest for Page {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let who = request.extensions().get::<Who>().cloned();
        ready(who.map(|who| Self::of(&who, request, "app-name")).ok_or(Problem::Unavailable))
    }
}

impl Page {
    /// The page that `who` asks for, with this message as title.
    pub(crate) fn of(who: &Who, request: &HttpRequest, title: &str) -> Self {
        let here = request.uri().path_and_query().map_or("/", |p| p.as_str()).to_owned();
        let is_form_target = request.method() != actix_web::http::Method::GET;
        Self {
            locale: who.locale,
            zone: who.zone.clone(),
            operator: who.operator.clone(),
            csrf: who.csrf.clone(),
            here: if is_form_target { request.path().to_owned() } else { here },
            title: i18n::text(who.locale, title, &[]),
            plain: !request.app_data::<web::Data<WebConfig>>().is_some_and(|config| config.behind_tls),
        }
    }

    /// The same with this title.
    #[must_use]
    pub(crate) fn titled(mut self, title: String) -> Self {
        self.title = title;
        self
    }

    /// A message.
    pub(crate) fn t(&self, id: &str) -> String {
        i18n::text(self.locale, id, &[])
    }

    /// A message with one text.
    pub(crate) fn t1(&self, id: &str, name: &str, value: &str) -> String {
        i18n::text(self.locale, id, &[(name, Value::Text(value))])
    }

    /// A message that counts.
    pub(crate) fn tn(&self, id: &str, count: usize) -> String {
        i18n::text(self.locale, id, &[("count", Value::Number(i64::try_from(count).unwrap_or(i64::MAX)))])
    }

    /// A message with two texts.
    pub(crate) fn t2(&self, id: &str, (first, one): (&str, &str), (second, two): (&str, &str)) -> String {
        i18n::text(self.locale, id, &[(first, Value::Text(one)), (second, Value::Text(two))])
    }

    /// A message that counts, with one text.
    pub(crate) fn tn1(&self, id: &str, count: usize, name: &str, value: &str) -> String {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        i18n::text(self.locale, id, &[("count", Value::Number(count)), (name, Value::Text(value))])
    }

    /// A number as this language writes it.
    pub(crate) fn n(&self, n: impl TryInto<i64>) -> String {
        i18n::number(self.locale, n.try_into().unwrap_or(i64::MAX))
    }

    /// Milliseconds.
    pub(crate) fn ms(&self, n: impl TryInto<i64>) -> String {
        self.t1("unit-milliseconds", "count", &self.n(n))
    }

    pub(crate) fn may_edit(&self) -> bool {
        self.operator.as_ref().is_some_and(|operator| operator.role.grants(Right::Edit))
    }

    pub(crate) fn may_administer(&self) -> bool {
        self.operator.as_ref().is_some_and(|operator| operator.role.grants(Right::Administer))
    }

    /// A moment with its date, as a template shows it.
    pub(crate) fn moment(&self, at: i64) -> Moment {
        Moment { text: i18n::date_time(self.locale, &self.zone, at), iso: i18n::iso(at) }
    }

    /// The name of the zone that was chosen, for scripts; none is the browser's.
    pub(crate) fn zone_name(&self) -> &str {
        self.zone.name().unwrap_or_default()
    }

    /// The name of who is signed in.
    pub(crate) fn user_name(&self) -> &str {
        self.operator.as_ref().map_or("", |operator| operator.name.as_str())
    }

    /// Who is signed in, in words.
    pub(crate) fn signed_in_as(&self) -> String {
        let Some(operator) = &self.operator else { return String::new() };
        let role = self.t(wording::role(operator.role));
        i18n::text(
            self.locale,
            "nav-signed-in-as",
            &[("name", Value::Text(operator.name.as_str())), ("role", Value::Text(&role))],
        )
    }

    /// The address of a file of ours.
    pub(crate) fn asset(&self, file: &str) -> String {
        assets::address(file)
    }

    /// Whether the navigation stands in this part.
    pub(crate) fn is_in(&self, part: &str) -> bool {
        self.here.starts_with(part)
    }
}

/// A moment with its date.
pub(crate) struct Moment {
    pub text: String,
    /// RFC 3339 in UTC.
    pub iso: String,
}

/// A rendered page.
///
/// # Errors
/// [`Problem::Unavailable`] when a template fails, which none does.
pub(crate) fn html(template: &impl Template) -> Result<HttpResponse, Problem> {
    let body = template.render().map_err(|error| {
        tracing::error!(%error, "a template failed");
        Problem::Unavailable
    })?;
    Ok(HttpResponse::Ok().insert_header(ContentType::html()).body(body))
}

/// The same, as the answer to a form with faults.
///
/// # Errors
/// As [`html`].
pub(crate) fn html_refused(template: &impl Template) -> Result<HttpResponse, Problem> {
    let mut response = html(template)?;
    *response.status_mut() = actix_web::http::StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}

/// Sends the browser on after a form was taken.
pub(crate) fn see(address: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, address)).finish()
}
