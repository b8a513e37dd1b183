//! The server: every request passes the layers in this order, outermost last.

use std::io;
use std::net::TcpListener;

use actix_session::SessionMiddleware;
use actix_session::config::{BrowserSession, TtlExtensionPolicy};
use actix_web::cookie::{Key, SameSite, time::Duration};
use actix_web::dev::Server;
use actix_web::middleware::{Compress, from_fn};
use actix_web::{App, HttpServer, web};

use super::session::{IDLE_MINUTES, RosterSessions};
use super::settings::{WebConfig, cookie_name};
use super::{guard, headers, routes};
use crate::roster::Roster;

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
