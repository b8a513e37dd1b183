//! API tokens: listed, added, revoked.

pub(crate) mod create;
pub(crate) mod list;
pub(crate) mod remove;
