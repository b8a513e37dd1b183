//! The database: SQLite or PostgreSQL behind one connection type. Calls block, so they run off the async threads.
//!
//! Intent is stored, facts are not: a status is never read from here. What a restart needs of a binding is a checkpoint.

mod audit;
mod bulk;
mod checkpoints;
mod contracts;
mod entries;
mod events;
mod factors;
mod loading;
mod operators;
mod pool;
mod schema;
mod seal;
mod sessions;
mod tokens;
mod trials;

pub use entries::Loaded;
pub use loading::{Batch, LoadedForEngine, Loading};
pub use operators::OperatorError;
pub use pool::{OpenError, Probe, Store};
pub use seal::{KeyError, SealKey};
pub use trials::TrialBasis;
