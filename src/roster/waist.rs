//! What every use case stands on: the store, the engine, and the few things that are shared between requests.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;

use crate::clock::{Monotonic, wall_ms};
use crate::domain::audit::Actor;
use crate::engine::Handle;
use crate::store::Store;

use super::ledger::Jobs;
use super::looks::Pulse;
use super::shared::Shared;
use super::throttle::Throttle;
use super::tried::Trials;

/// Argon2 runs at once; each takes 19 MiB and most of a core.
const HASHES_AT_ONCE: usize = 2;

/// See the module. Cheap to clone.
#[derive(Clone)]
pub struct Roster {
    pub(super) store: Store,
    pub(super) engine: Handle,
    pub(super) catalog: Shared,
    pub(super) jobs: Jobs,
    pub(super) trials: Trials,
    pub(super) pulse: Pulse,
    pub(super) clock: Monotonic,
    pub(super) throttle: Arc<Throttle>,
    pub(super) hashing: Arc<Semaphore>,
    /// Hash of the one-time setup secret, while nobody can sign in.
    setup: Arc<Mutex<Option<String>>>,
    /// Where the demo provider listens, once it runs.
    pub(super) demo: Arc<tokio::sync::Mutex<Option<SocketAddr>>>,
    /// Who asks, for the audit.
    pub(super) actor: Arc<Actor>,
}

/// What works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Health {
    pub database: bool,
    pub engine: bool,
}

/// The database, or the thread that asks it, is away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the database is away")]
pub struct Away;

impl Roster {
    /// `setup` is the hash of the one-time setup secret, when nobody can sign in yet.
    pub fn new(store: Store, engine: Handle, setup: Option<String>) -> Self {
        Self {
            store,
            engine,
            catalog: Shared::default(),
            jobs: Jobs::default(),
            trials: Trials::default(),
            pulse: Pulse::default(),
            clock: Monotonic::new(),
            throttle: Arc::default(),
            hashing: Arc::new(Semaphore::new(HASHES_AT_ONCE)),
            setup: Arc::new(Mutex::new(setup)),
            demo: Arc::default(),
            actor: Arc::new(Actor::program()),
        }
    }

    /// The same roster, for what `actor` asks of it.
    #[must_use]
    pub fn acting(&self, actor: Actor) -> Self {
        Self { actor: Arc::new(actor), ..self.clone() }
    }

    /// The same roster, for what somebody of this name asks of it in the same way.
    pub(super) fn named(&self, name: &str) -> Self {
        self.acting(Actor { name: name.to_owned(), ..Actor::clone(&self.actor) })
    }

    /// Asks the store off the async threads.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Store) -> T + Send + 'static,
    ) -> Result<T, Away> {
        let store = self.store.acting(Arc::clone(&self.actor), wall_ms());
        tokio::task::spawn_blocking(move || ask(&store)).await.map_err(|_| Away)
    }

    pub(super) fn setup_secret(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        // It is replaced whole, so a panic elsewhere leaves nothing half-done.
        self.setup.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What works.
    pub async fn health(&self) -> Health {
        let database = self.ask(Store::answers).await.unwrap_or(false);
        Health { database, engine: self.engine.alive() }
    }
}
