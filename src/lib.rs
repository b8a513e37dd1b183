//! # Alta
//!
//! Keeps the SIP registrations of a VoIP platform alive at its providers, and says why when one is not.
//!
//! This page is the map. The house has few rooms, and each may look only into those below it:
//!
//! - [`domain`]: what Alta talks about, true by construction. Knows nobody.
//! - [`roster`]: what may be done, the one waist between those who ask and those who do.
//! - [`demo`]: the demo provider, a registrar inside the program; the simulation uses the same one.
//! - [`engine`]: the shell around the user agent: pace, sockets, names, and the thread that they run on.
//! - [`store`]: the database, SQLite or PostgreSQL; passwords sealed.
//! - [`sip`]: the registering user agent, pure: bytes, answers and times in, bytes, questions and events out.
//! - [`clock`] and [`entropy`]: the only doors to time and to chance.

pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod domain;
pub mod engine;
pub mod entropy;
pub mod i18n;
pub mod roster;
pub mod sip;
pub mod store;
pub mod web;
