//! Pages and API. Knows neither SQL nor SIP: everything goes through the roster.

mod api;
mod assets;
mod contracts;
mod csrf;
mod entries;
mod error;
mod form;
mod guard;
mod headers;
mod health;
mod language;
mod page;
mod routes;
mod session;
mod setup;
mod sign_in;
mod status;
mod wording;

use std::io;
use std::net::TcpListener;

use actix_session::SessionMiddleware;
use actix_session::config::{BrowserSession, TtlExtensionPolicy};
use actix_web::cookie::{Key, SameSite, time::Duration};
use actix_web::dev::Server;
use actix_web::middleware::{Compress, from_fn};
use actix_web::{App, HttpServer, web};
use tokio::sync::watch;

use crate::roster::Roster;
use session::RosterSessions;

/// How the pages are served.
#[derive(Clone, Debug)]
pub struct WebConfig {
    /// A TLS proxy stands in front: cookies are Secure, and HSTS is sent.
    pub behind_tls: bool,
    /// Becomes true when the program stops, so that streams end.
    pub stopping: watch::Receiver<bool>,
}

/// Minutes for which a session may be idle.
const IDLE_MINUTES: i64 = 30;

/// Serves pages and API on this listener until it is told to stop.
///
/// # Errors
/// What the operating system says.
pub fn serve(listener: TcpListener, roster: Roster, config: WebConfig) -> io::Result<Server> {
    let key = Key::from(&roster.cookie_key());
    let app = move || {
        let lifecycle = BrowserSession::default()
            .state_ttl(Duration::minutes(IDLE_MINUTES))
            .state_ttl_extension_policy(TtlExtensionPolicy::OnEveryRequest);
        let sessions = SessionMiddleware::builder(RosterSessions(roster.clone()), key.clone())
            .cookie_name(cookie_name("alta", config.behind_tls))
            .cookie_secure(config.behind_tls)
            .cookie_http_only(true)
            .cookie_same_site(SameSite::Lax)
            .session_lifecycle(lifecycle)
            .build();
        App::new()
            .app_data(web::Data::new(roster.clone()))
            .app_data(web::Data::new(config.clone()))
            .wrap(from_fn(guard::guard))
            .wrap(sessions)
            .wrap(from_fn(headers::protect))
            .wrap(Compress::default())
            .configure(routes::configure)
    };
    Ok(HttpServer::new(app).listen(listener)?.workers(2).disable_signals().shutdown_timeout(2).run())
}

/// Behind TLS a cookie is pinned to this host by its name; on plain HTTP browsers refuse that prefix.
fn cookie_name(name: &str, behind_tls: bool) -> String {
    if behind_tls { format!("__Host-{name}") } else { name.to_owned() }
}
