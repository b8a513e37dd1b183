//! The shell around the user agent: sockets, names, time, and the thread that they run on.

pub mod agenda;
pub mod agent;
pub mod board;
pub mod command;
pub mod driver;
pub mod feed;
pub mod handle;
pub mod meter;
pub mod pace;
pub mod posted;
pub mod publisher;
pub mod resolver;
pub mod rest;
pub mod ring;
pub mod standing;
pub mod transport;
pub mod trials;

pub use crate::sip::trace::Way;
pub use agenda::{Agenda, Planned};
pub use board::{Board, Facts};
pub use command::{Put, TryOut};
pub use feed::{Feed, News};
pub use handle::{Engine, EngineConfig, Handle, Sockets, StartError, start};
pub use meter::{Figures, Meter};
pub use pace::PaceConfig;
pub use ring::Exchange;
pub use trials::TrialNews;
