//! The platform at a glance.

mod day;
pub(crate) mod show;
