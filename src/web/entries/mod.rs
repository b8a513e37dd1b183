//! The pages of SIP registrations, one file per page action.

pub(crate) mod actions;
pub(crate) mod bulk;
pub(crate) mod columns;
pub(crate) mod create;
pub(crate) mod exchanges;
pub(crate) mod export;
mod fields;
mod history;
pub(crate) mod list;
pub(crate) mod query;
pub(crate) mod remove;
pub(crate) mod show;
pub(crate) mod update;
