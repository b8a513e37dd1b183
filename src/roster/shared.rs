//! The catalog, shared between those who ask and those who change.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::catalog::Catalog;
use crate::domain::entry::Entry;

/// The catalog, shared.
#[derive(Clone, Debug, Default)]
pub(super) struct Shared(Arc<RwLock<Catalog>>);

impl Shared {
    // Each change is made while nobody looks; one that panicked leaves an entry out at worst.
    pub(super) fn read(&self) -> RwLockReadGuard<'_, Catalog> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn write(&self) -> RwLockWriteGuard<'_, Catalog> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes entries in, or what was edited of them.
    pub(super) fn put<'a>(&self, entries: impl IntoIterator<Item = &'a Entry>) {
        let mut catalog = self.write();
        for entry in entries {
            catalog.put(entry.id, &entry.details);
        }
    }
}
