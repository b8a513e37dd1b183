//! Tests that run the real program, and the simulation. One binary; what they share lies in `support`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

mod app;
mod catalog;
mod catalog_model;
mod peers;
mod sim;
mod store;
mod support;
