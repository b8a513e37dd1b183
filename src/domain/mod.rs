//! What Alta talks about, true by construction. Knows nobody: no clock, no socket, no SQL, no language.
//!
//! An [`Entry`](entry::Entry) is what the operator stored; [`account::Account`] is what is derived from it for the
//! wire; a [`status::Status`] is what the engine says about it. Every type here can only hold what is allowed, so the
//! rooms above never check again.

pub mod account;
pub mod audit;
pub mod contract;
pub mod dense;
pub mod entry;
pub mod event;
pub mod fault;
pub mod operator;
pub mod set;
pub mod status;
pub mod terms;
pub mod trial;
pub mod uri;
