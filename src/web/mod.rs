//! Pages and API. Knows neither SQL nor SIP: everything goes through the roster.

mod address;
mod api;
mod assets;
mod audit;
mod contracts;
mod csrf;
mod entries;
mod error;
mod field;
mod form;
mod guard;
mod headers;
mod health;
mod jobs;
mod language;
mod origin;
mod overview;
mod page;
mod problem;
mod profile;
mod routes;
mod server;
mod session;
mod settings;
mod setup;
mod sign_in;
mod sign_in_code;
mod status;
mod system;
mod tokens;
mod users;
mod who;
pub(crate) mod wording;

pub use routes::{Access, TABLE};
pub use server::serve;
pub use settings::WebConfig;
