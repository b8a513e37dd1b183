//! The program itself: version, database, addresses and settings.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::page::{Page, html};
use super::problem::Problem;
use super::settings::WebConfig;
use super::who::Acting;
use crate::i18n;

#[derive(Template)]
#[template(path = "system/show.html")]
struct Show {
    page: Page,
    facts: Vec<(String, String)>,
    listens: Vec<String>,
    settings: Vec<(&'static str, String)>,
}

/// # Errors
/// As every page.
pub(crate) async fn show(page: Page, roster: Acting, config: web::Data<WebConfig>) -> Result<HttpResponse, Problem> {
    let system = roster.system().await;
    let word = |good: bool| page.t(if good { "system-works" } else { "system-away" });
    let database = if system.is_postgres { "PostgreSQL" } else { "SQLite" };
    let size = system
        .size
        .map(|bytes| format!(" · {}", page.t1("unit-kibibytes", "count", &page.n(bytes / 1024))))
        .unwrap_or_default();
    let dns = config.shown.iter().find(|(name, value)| *name == "dns.server" && !value.is_empty());
    let dns = dns.map(|(_, server)| server.clone());
    let shown = |n: u64| page.n(n);
    let facts = vec![
        (page.t("system-version"), env!("CARGO_PKG_VERSION").to_owned()),
        (page.t("system-node"), system.node),
        (page.t("system-uptime"), i18n::span(i64::try_from(system.uptime).unwrap_or(i64::MAX))),
        (page.t("system-database"), format!("{database} · {}{size}", word(system.health.database))),
        (page.t("system-engine"), word(system.health.engine)),
        (page.t("system-waiting"), page.n(system.waiting)),
        (page.t("system-lag"), page.ms(system.figures.lag)),
        (
            page.t("system-late"),
            page.t2("system-late-text", ("late", &shown(system.figures.late)), ("due", &shown(system.figures.due))),
        ),
        (
            page.t("system-messages"),
            page.t2(
                "system-messages-text",
                ("sent", &shown(system.figures.sent)),
                ("heard", &shown(system.figures.heard)),
            ),
        ),
        (page.t("system-dropped"), shown(system.figures.dropped)),
        (page.t("system-overrun"), system.overrun.map_or_else(|| "–".to_owned(), shown)),
        (page.t("system-processor"), i18n::span(i64::try_from(system.figures.busy / 1000).unwrap_or(i64::MAX))),
        (page.t("system-dns"), dns.unwrap_or_else(|| page.t("system-dns-own"))),
        (page.t("system-key"), system.key),
    ];
    let listens = system.listens.iter().map(|(transport, at)| format!("{} {at}", transport.as_str())).collect();
    let title = page.t("system-title");
    html(&Show { page: page.titled(title), facts, listens, settings: config.shown.clone() })
}
