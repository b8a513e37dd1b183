//! The catalog, shared between those who ask and those who change.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::catalog::Catalog;
use super::query::SortBy;
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

    /// To be read in the order of a column.
    pub(super) fn sorted(&self, column: SortBy) -> RwLockReadGuard<'_, Catalog> {
        let catalog = self.read();
        if catalog.is_sorted(column) {
            return catalog;
        }
        drop(catalog);
        self.write().sort(column);
        self.read()
    }

    /// Takes entries in, or what was edited of them.
    pub(super) fn put<'a>(&self, entries: impl IntoIterator<Item = &'a Entry>) {
        let mut catalog = self.write();
        for entry in entries {
            catalog.put(entry.id, &entry.details);
        }
    }
}
