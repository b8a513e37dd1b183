//! What is done to many entries at once, one file per page action.

pub(crate) mod create;
pub(crate) mod show;
pub(crate) mod stop;
