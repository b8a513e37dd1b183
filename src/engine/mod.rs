//! The shell around the user agent: sockets, names, time, and the thread that they run on.

pub mod agent;
pub mod pace;
