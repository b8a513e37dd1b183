//! What the tests stand on: the program, waiting, a browser without scripts, the API.

#![allow(dead_code, unused_imports, reason = "the tests that use all of it come with the rooms that they test")]

mod api;
mod program;
mod visitor;
mod wait;

pub(crate) use api::{Answer, Api};
pub(crate) use program::{Home, Program};
pub(crate) use visitor::{Page, Visitor};
pub(crate) use wait::{eventually, wait_for};
