//! The pages of SIP registrations, one file per page action.

pub(crate) mod actions;
pub(crate) mod create;
mod fields;
pub(crate) mod list;
pub(crate) mod remove;
pub(crate) mod show;
pub(crate) mod update;
