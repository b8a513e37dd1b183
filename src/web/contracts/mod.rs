//! The pages of contracts, one file per page action.

pub(crate) mod create;
mod form;
pub(crate) mod list;
pub(crate) mod remove;
pub(crate) mod update;
