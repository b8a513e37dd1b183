//! The audit: who did what, when and from where.

pub(crate) mod list;
