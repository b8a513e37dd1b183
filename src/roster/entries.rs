//! Entries: list, add, edit, delete, and what may be wished of their registration.

use tokio::sync::mpsc;

use super::query::SortBy;
use super::waist::{Away, Roster};
use crate::clock::wall_ms;
use crate::demo;
use crate::domain::audit::Deed;
use crate::domain::entry::{Draft, Entry, EntryError, EntryId};
use crate::domain::status::{Cause, Group, State, Status};
use crate::engine::{Feed, Put};
use crate::store::{Loaded, Loading, Store};

impl From<Away> for EntryError {
    fn from(_: Away) -> Self {
        Self::Unavailable
    }
}

/// An entry beside what the engine says of it.
#[derive(Clone, Debug)]
pub struct Listed {
    pub entry: Entry,
    pub status: Status<i64>,
    /// It registers at the demo provider.
    pub demo: bool,
}

pub(super) fn put(loaded: Loaded, urgent: bool) -> Put {
    let details = &loaded.entry.details;
    Put {
        id: loaded.entry.id,
        account: details.account(loaded.password, &loaded.checkpoint.call_id, loaded.terms),
        enabled: details.enabled,
        urgent,
        checkpoint: loaded.checkpoint,
    }
}

impl Roster {
    pub(super) fn listed(&self, entry: Entry) -> Listed {
        let status = self.engine.board().status(entry.id);
        let demo = entry.details.domain.to_string() == demo::DOMAIN;
        Listed { entry, status, demo }
    }

    /// Lets the engine take up what is stored, at the start; what cannot be read shows that it cannot be sent.
    ///
    /// # Errors
    /// [`EntryError::Unavailable`].
    pub async fn take_up(&self, mut loading: Loading) -> Result<(), EntryError> {
        for (id, name) in &loading.contracts {
            self.catalog.write().name_contract(*id, name);
        }
        let (give, mut batches) = mpsc::channel(1);
        let reading = tokio::task::spawn_blocking(move || {
            while let Some(batch) = loading.next_batch()? {
                if give.blocking_send(batch).is_err() {
                    break;
                }
            }
            Ok::<(), EntryError>(())
        });
        let mut taken = None;
        while let Some(batch) = batches.recv().await {
            let loaded = batch.open();
            for id in loaded.corrupt {
                tracing::error!(entry = id.0, "this entry cannot be read; delete it and add it again");
                let cause = Some(Cause::BadConfig);
                let status = Status { state: State::Misconfigured, cause, ..Status::unknown() };
                self.engine.board().post(&mut vec![(id, status)], |_, _| {});
                self.catalog.write().note_damaged(id);
            }
            self.catalog.put(loaded.entries.iter().map(|loaded| &loaded.entry));
            let puts = loaded.entries.into_iter().map(|loaded| put(loaded, false)).collect();
            // An engine that is slower than the database has one batch to take in and one that waits.
            if let Some(before) = taken.replace(self.engine.put_many(puts)) {
                let _ = before.await;
            }
        }
        reading.await.map_err(|_| Away)??;
        self.catalog.write().sort(SortBy::default());
        Ok(())
    }

    /// Stores new entries, all or none, and lets the engine register them.
    ///
    /// # Errors
    /// [`EntryError::Refused`] with every fault, or [`EntryError::Unavailable`].
    pub async fn create(&self, drafts: Vec<Draft>) -> Result<Vec<Listed>, EntryError> {
        let loaded = self.ask(move |store| store.insert(&drafts, wall_ms())).await??;
        // One is somebody's, who waits; many go out at pace.
        let urgent = loaded.len() == 1;
        let entries: Vec<Entry> = loaded.iter().map(|loaded| loaded.entry.clone()).collect();
        self.catalog.put(&entries);
        self.engine.put_many(loaded.into_iter().map(|loaded| put(loaded, urgent)).collect());
        Ok(entries.into_iter().map(|entry| self.listed(entry)).collect())
    }

    /// Changes an entry; only this one is touched, and its registrar only when something changed that it sees.
    ///
    /// # Errors
    /// See [`EntryError`].
    pub async fn update(&self, id: EntryId, draft: Draft) -> Result<Listed, EntryError> {
        let loaded = self.ask(move |store| store.update(id, &draft, wall_ms())).await??;
        let entry = loaded.entry.clone();
        self.catalog.put([&entry]);
        self.engine.put(put(loaded, true));
        Ok(self.listed(entry))
    }

    /// Enables or disables an entry.
    ///
    /// # Errors
    /// See [`EntryError`].
    pub async fn enable(&self, id: EntryId, enabled: bool) -> Result<Listed, EntryError> {
        let entry = self.ask(move |store| store.find(id)).await??;
        let mut details = entry.details;
        details.enabled = enabled;
        self.update(id, Draft { details, password: None }).await
    }

    /// Deletes an entry; its binding is undone at the registrar.
    ///
    /// # Errors
    /// [`EntryError::NotFound`] or [`EntryError::Unavailable`].
    pub async fn delete(&self, id: EntryId) -> Result<(), EntryError> {
        self.ask(move |store| store.delete(id)).await??;
        self.catalog.write().remove(id);
        self.engine.remove(id);
        Ok(())
    }

    /// An entry and its status.
    ///
    /// # Errors
    /// See [`EntryError`].
    pub async fn find(&self, id: EntryId) -> Result<Listed, EntryError> {
        let entry = self.ask(move |store| store.find(id)).await??;
        Ok(self.listed(entry))
    }

    /// *Register now*.
    ///
    /// # Errors
    /// See [`EntryError`].
    pub async fn refresh(&self, id: EntryId) -> Result<(), EntryError> {
        self.told(id, Deed::EntryRefreshed).await?;
        self.engine.refresh(id, true);
        Ok(())
    }

    /// *Unregister*, until *Register now*, an edit or a restart.
    ///
    /// # Errors
    /// See [`EntryError`].
    pub async fn unregister(&self, id: EntryId) -> Result<(), EntryError> {
        self.told(id, Deed::EntryUnregistered).await?;
        self.engine.unregister(id, true);
        Ok(())
    }

    /// Writes down what is wished of an entry that exists.
    async fn told(&self, id: EntryId, deed: Deed) -> Result<(), EntryError> {
        let note = move |store: &Store| -> Result<(), EntryError> {
            let name = store.find(id)?.details.name();
            store.note(deed, Some(id.0), &name, &[]).map_err(|_| EntryError::Unavailable)
        };
        self.ask(note).await?
    }

    /// What the engine says of an entry.
    pub fn status(&self, id: EntryId) -> Status<i64> {
        self.engine.board().status(id)
    }

    /// How many entries stand in each group.
    pub fn counts(&self) -> Vec<(Group, usize)> {
        self.engine.board().counts()
    }

    /// What changes from now on.
    pub fn feed(&self) -> Feed {
        self.engine.board().subscribe()
    }
}
