//! People who may sign in: a file for each thing that can be done.

pub(crate) mod create;
pub(crate) mod form;
pub(crate) mod list;
pub(crate) mod password;
pub(crate) mod remove;
pub(crate) mod update;
