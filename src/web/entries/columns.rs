//! Columns of the list: which there are, which somebody wants to see, and how they are sorted by.

use std::future::{Ready, ready};

use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::query::Query;
use crate::roster::SortBy;
use crate::web::address::local;
use crate::web::csrf::Posted;
use crate::web::page::{Page, see};
use crate::web::problem::Problem;
use crate::web::settings::WebConfig;

/// Keeps the choice in the browser.
const COOKIE: &str = "columns";

/// The columns that may be left out. DDI and status are always there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Columns {
    pub username: bool,
    pub domain: bool,
    pub contract: bool,
    pub user: bool,
    pub next: bool,
}

impl Columns {
    const USUAL: Self = Self { username: true, domain: true, contract: true, user: false, next: false };

    fn read(text: &str) -> Self {
        let has = |name: &str| text.split('.').any(|part| part == name);
        Self {
            username: has("username"),
            domain: has("domain"),
            contract: has("contract"),
            user: has("user"),
            next: has("next"),
        }
    }

    /// Name, whether it is wanted, and the id of its label.
    fn all(self) -> [(&'static str, bool, &'static str); 5] {
        [
            ("username", self.username, "field-username"),
            ("domain", self.domain, "field-domain"),
            ("contract", self.contract, "field-contract"),
            ("user", self.user, "field-user"),
            ("next", self.next, "field-next"),
        ]
    }

    /// The columns to choose from, with their labels.
    pub(super) fn choices(self, page: &Page) -> Vec<(&'static str, bool, String)> {
        self.all().into_iter().map(|(name, wanted, label)| (name, wanted, page.t(label))).collect()
    }
}

impl FromRequest for Columns {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(request.cookie(COOKIE).map_or(Self::USUAL, |cookie| Self::read(cookie.value()))))
    }
}

/// The head of a column.
pub(super) struct Column {
    pub name: &'static str,
    pub label: String,
    /// `ascending`, `descending`, or none.
    pub sorted: &'static str,
    /// Sorts by it.
    pub link: String,
    pub hint: String,
}

/// The heads of all columns, in the order of the screen.
pub(super) fn heads(page: &Page, query: &Query, columns: Columns) -> Vec<Column> {
    let all = [
        ("ddi", SortBy::Ddi, "field-ddi", true),
        ("username", SortBy::Username, "field-username", columns.username),
        ("domain", SortBy::Domain, "field-domain", columns.domain),
        ("contract", SortBy::Contract, "field-contract", columns.contract),
        ("user", SortBy::User, "field-user", columns.user),
        ("status", SortBy::Status, "field-status", true),
        ("next", SortBy::NextAction, "field-next", columns.next),
    ];
    let head = |(name, sort, label, wanted): (&'static str, SortBy, &str, bool)| {
        let current = sort == query.sort();
        let label = page.t(label);
        let order = if current && !query.is_descending() { "desc" } else { "" };
        wanted.then(|| Column {
            name,
            sorted: match (current, query.is_descending()) {
                (false, _) => "none",
                (true, false) => "ascending",
                (true, true) => "descending",
            },
            link: query.link(&[("sort", name), ("order", order)]),
            hint: page.t1("entries-sort-by", "column", &label),
            label,
        })
    };
    all.into_iter().filter_map(head).collect()
}

/// Which were ticked.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Ticked {
    username: String,
    domain: String,
    contract: String,
    user: String,
    next: String,
    to: String,
}

/// Remembers the choice in the browser.
pub(crate) async fn choose(config: web::Data<WebConfig>, form: Posted<Ticked>) -> HttpResponse {
    let form = form.0;
    let ticked = [&form.username, &form.domain, &form.contract, &form.user, &form.next];
    let names = ticked.into_iter().map(String::as_str).filter(|name| name.bytes().all(|b| b.is_ascii_lowercase()));
    let value = names.filter(|name| !name.is_empty()).collect::<Vec<_>>().join(".");
    let cookie = Cookie::build(COOKIE, format!("{value}."))
        .path("/")
        .max_age(Duration::days(365))
        .same_site(SameSite::Lax)
        .http_only(true)
        .secure(config.behind_tls)
        .finish();
    let mut response = see(local(&form.to));
    // A cookie of letters and dots is always a valid header.
    let _ = response.add_cookie(&cookie);
    response
}
