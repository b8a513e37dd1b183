//! The pages of contracts, one file per page action.

pub(crate) mod create;
pub(crate) mod form;
pub(crate) mod list;
pub(crate) mod remove;
pub(crate) mod update;
