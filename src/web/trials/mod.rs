//! *Test*: an account is tried out, one file per page action.

pub(crate) mod create;
pub(crate) mod show;
