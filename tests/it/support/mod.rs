//! What the tests stand on: the program, waiting, a browser without scripts, a provider, the API.

mod api;
mod authority;
mod bench;
mod exchange;
mod names;
mod postgres;
mod program;
mod provider;
mod stage;
mod stream;
mod visitor;
mod wait;

pub(crate) use api::{Answer, Api};
pub(crate) use authority::{Authority, Identity};
pub(crate) use bench::Bench;
pub(crate) use exchange::{Exchange, Manner};
pub(crate) use names::NameServer;
pub(crate) use postgres::{DATABASE_PASSWORD, Database};
pub(crate) use program::{Home, Program};
pub(crate) use provider::{PASSWORD, Provider};
pub(crate) use stage::{LIMIT, Stage, reaches};
pub(crate) use stream::Stream;
pub(crate) use visitor::{ADMINISTRATOR, Page, Visitor, encoded, words};
pub(crate) use wait::{PATIENCE, eventually, wait_for};
