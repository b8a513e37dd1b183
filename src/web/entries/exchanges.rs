//! The last messages of an entry: a ladder on its page, and a text to send to the provider.

use actix_web::http::header;
use actix_web::{HttpResponse, web};

use crate::domain::entry::EntryId;
use crate::engine::{Exchange, Way};
use crate::i18n;
use crate::web::page::Page;
use crate::web::problem::Problem;
use crate::web::who::Acting;

/// A rung of the ladder.
pub(crate) struct Rung {
    /// Tells it from the others.
    pub key: String,
    pub at: String,
    pub clock: String,
    /// `sent`, `received` or `lost`.
    pub way: &'static str,
    pub spoken: String,
    /// Method, or code and reason.
    pub summary: String,
    pub peer: String,
    pub text: String,
}

pub(crate) fn ladder(page: &Page, exchanges: &[Exchange]) -> Vec<Rung> {
    let rung = |(place, exchange): (usize, &Exchange)| {
        let before = exchanges[..place].iter().filter(|other| other.at == exchange.at).count();
        let (way, spoken) = match exchange.way {
            Way::Sent => ("sent", "exchange-sent"),
            Way::Received => ("received", "exchange-received"),
            Way::Lost => ("lost", "exchange-lost"),
        };
        Rung {
            key: format!("{} {before}", exchange.at),
            at: i18n::iso(exchange.at),
            clock: i18n::date_time(page.locale, &page.zone, exchange.at),
            way,
            spoken: page.t(spoken),
            summary: summary(page, exchange),
            peer: format!("{} {}", exchange.transport.as_str().to_uppercase(), exchange.address),
            text: exchange.text.clone(),
        }
    };
    exchanges.iter().enumerate().map(rung).collect()
}

/// A method, or a code with its reason.
fn summary(page: &Page, exchange: &Exchange) -> String {
    let first = exchange.text.lines().next().unwrap_or_default();
    match (exchange.way, first.strip_prefix("SIP/2.0 ")) {
        (Way::Lost, _) => page.t("exchange-lost"),
        (_, Some(answer)) => answer.to_owned(),
        (_, None) => first.split(' ').next().unwrap_or_default().to_owned(),
    }
}

/// All of them as one text.
///
/// # Errors
/// As every page.
pub(crate) async fn text(roster: Acting, id: web::Path<i64>) -> Result<HttpResponse, Problem> {
    let id = EntryId(*id);
    let name = roster.find(id).await?.entry.details.name();
    let mut out = format!("{name}\n");
    for exchange in roster.exchanges(id) {
        let arrow = match exchange.way {
            Way::Sent => "-->",
            Way::Received => "<--",
            Way::Lost => "-x-",
        };
        let peer = format!("{} {}", exchange.transport.as_str(), exchange.address);
        out.push_str(&format!("\n{} {arrow} {peer}\n{}\n", i18n::iso(exchange.at), exchange.text));
    }
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/plain; charset=utf-8"))
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"exchanges-{id}.txt\"")))
        .body(out))
}
