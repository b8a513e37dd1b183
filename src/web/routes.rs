//! The whole URL table. What is not in it does not exist; what is in it says who may.

use actix_web::web::{self, ServiceConfig};

use super::{
    api, assets, audit, contracts, entries, health, jobs, language, overview, profile, setup, sign_in, sign_in_code,
    status, system, tokens, trials, users,
};
use crate::domain::operator::Right;

/// Who may use a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Public,
    /// Whoever has signed in and has this right.
    Page(Right),
    /// Whoever bears a token with this right.
    Api(Right),
}

use Access::{Api, Page, Public};
use Right::{Administer, Edit, View};

macro_rules! routes {
    ($($path:literal { $($method:ident $access:expr => $handler:path),+ $(,)? })+) => {
        /// Method, path and access of every route.
        pub const TABLE: &[(&str, &str, Access)] = &[$($((stringify!($method), $path, $access),)+)+];

        /// Adds every route.
        pub(crate) fn configure(config: &mut ServiceConfig) {
            $(config.service(web::resource($path)$(.route(routes!(@ $method).to($handler)))+);)+
        }
    };
    (@ GET) => { web::get() };
    (@ POST) => { web::post() };
    (@ PUT) => { web::put() };
    (@ DELETE) => { web::delete() };
}

routes! {
    "/" { GET Page(View) => entries::list::home }
    "/entries" { GET Page(View) => entries::list::show }
    "/entries/new" { GET Page(Edit) => entries::create::show, POST Page(Edit) => entries::create::submit }
    "/entries/demo" { POST Page(Edit) => entries::actions::demo }
    "/entries/bulk" { POST Page(Edit) => entries::bulk::confirm }
    "/entries.csv" { GET Page(View) => entries::export::csv }
    "/entries/columns" { POST Page(View) => entries::columns::choose }
    "/entries/status" { GET Page(View) => status::stream }
    "/entries/{id}" { GET Page(View) => entries::show::show }
    "/entries/{id}/exchanges.txt" { GET Page(View) => entries::exchanges::text }
    "/entries/{id}/edit" { GET Page(Edit) => entries::update::show, POST Page(Edit) => entries::update::submit }
    "/entries/{id}/delete" { GET Page(Edit) => entries::remove::show, POST Page(Edit) => entries::remove::submit }
    "/entries/{id}/refresh" { POST Page(Edit) => entries::actions::refresh }
    "/entries/{id}/test" { POST Page(Edit) => trials::create::of_entry }
    "/trials" { POST Page(Edit) => trials::create::submit }
    "/trials/{id}" { GET Page(Edit) => trials::show::show }
    "/entries/{id}/unregister" { POST Page(Edit) => entries::actions::unregister }
    "/entries/{id}/enable" { POST Page(Edit) => entries::actions::enable }
    "/entries/{id}/disable" { POST Page(Edit) => entries::actions::disable }
    "/contracts" { GET Page(View) => contracts::list::show }
    "/contracts/new" { GET Page(Edit) => contracts::create::show, POST Page(Edit) => contracts::create::submit }
    "/contracts/{id}/edit" { GET Page(Edit) => contracts::update::show, POST Page(Edit) => contracts::update::submit }
    "/contracts/{id}/delete" { GET Page(Edit) => contracts::remove::show, POST Page(Edit) => contracts::remove::submit }
    "/jobs" { POST Page(Edit) => jobs::create::submit }
    "/jobs/{id}" { GET Page(Edit) => jobs::show::show }
    "/jobs/{id}/stop" { POST Page(Edit) => jobs::stop::submit }
    "/overview" { GET Page(View) => overview::show::show }
    "/users" { GET Page(Administer) => users::list::show }
    "/users/new" { GET Page(Administer) => users::create::show, POST Page(Administer) => users::create::submit }
    "/users/{id}/edit" { GET Page(Administer) => users::update::show, POST Page(Administer) => users::update::submit }
    "/users/{id}/password" {
        GET Page(Administer) => users::password::show,
        POST Page(Administer) => users::password::submit,
    }
    "/users/{id}/delete" { GET Page(Administer) => users::remove::show, POST Page(Administer) => users::remove::submit }
    "/tokens" { GET Page(Administer) => tokens::list::show }
    "/tokens/new" { GET Page(Administer) => tokens::create::show, POST Page(Administer) => tokens::create::submit }
    "/tokens/{id}/delete" {
        GET Page(Administer) => tokens::remove::show,
        POST Page(Administer) => tokens::remove::submit,
    }
    "/audit" { GET Page(Administer) => audit::list::show }
    "/users/{id}/factor" { POST Page(Administer) => users::update::remove_factor }
    "/profile" { GET Page(View) => profile::show::show, POST Page(View) => profile::show::submit }
    "/profile/password" { GET Page(View) => profile::password::show, POST Page(View) => profile::password::submit }
    "/profile/factor" { GET Page(View) => profile::factor::show, POST Page(View) => profile::factor::submit }
    "/profile/factor/picture" { GET Page(View) => profile::factor::picture }
    "/profile/factor/codes" { POST Page(View) => profile::factor::download }
    "/profile/factor/remove" { POST Page(View) => profile::factor::remove }
    "/profile/sessions" { POST Page(View) => profile::sessions::end }
    "/system" { GET Page(Administer) => system::show }
    "/sign-in/code" { GET Public => sign_in_code::show, POST Public => sign_in_code::submit }
    "/sign-in" { GET Public => sign_in::show, POST Public => sign_in::submit }
    "/sign-out" { POST Public => sign_in::leave }
    "/setup" { GET Public => setup::show, POST Public => setup::submit }
    "/language" { POST Public => language::submit }
    "/static/{hash}/{file}" { GET Public => assets::show }
    "/favicon.ico" { GET Public => assets::icon }
    "/healthz" { GET Public => health::live }
    "/readyz" { GET Public => health::ready }
    "/api/v1/registrations" { GET Api(View) => api::registrations::list, POST Api(Edit) => api::registrations::create }
    "/api/v1/registrations/{id}" {
        GET Api(View) => api::registrations::show,
        PUT Api(Edit) => api::registrations::update,
        DELETE Api(Edit) => api::registrations::remove,
    }
    "/api/v1/registrations/{id}/status" { GET Api(View) => api::registrations::status }
    "/api/v1/registrations/{id}/refresh" { POST Api(Edit) => api::registrations::refresh }
    "/api/v1/registrations/{id}/unregister" { POST Api(Edit) => api::registrations::unregister }
    "/api/v1/contracts" { GET Api(View) => api::contracts::list, POST Api(Edit) => api::contracts::create }
    "/api/v1/contracts/{id}" {
        GET Api(View) => api::contracts::show,
        PUT Api(Edit) => api::contracts::update,
        DELETE Api(Edit) => api::contracts::remove,
    }
}

/// Who may use this route; `Err(true)` when the path exists with another method.
pub(crate) fn access(method: &str, pattern: Option<&str>) -> Result<Access, bool> {
    let method = if method == "HEAD" { "GET" } else { method };
    let known = |(_, path, _): &&(&str, &str, Access)| Some(*path) == pattern;
    TABLE
        .iter()
        .find(|route| known(route) && route.0 == method)
        .map(|route| route.2)
        .ok_or_else(|| TABLE.iter().any(|route| known(&route)))
}
