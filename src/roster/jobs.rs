//! What is done to many entries at once: in the background, in batches, with a report at the end. The engine's pace governs
//! what is sent. Jobs live in memory: a restart ends them, and what they did stays.

use std::collections::HashSet;

use super::entries::put;
use super::ledger::{Action, Job, JobFault, Progress, Proposal};
use super::waist::Roster;
use crate::clock::wall_ms;
use crate::domain::audit::Deed;
use crate::domain::entry::{EntryError, EntryId};
use crate::store::Loaded;

/// Entries of one batch, which is one transaction.
const BATCH: usize = 500;

impl Roster {
    /// Keeps what somebody is about to be asked; the number that [`Roster::start_job`] takes.
    pub fn propose_job(&self, by: &str, action: Action, ids: Vec<EntryId>) -> u64 {
        self.jobs.propose(by, action, ids)
    }

    /// Begins what this person was asked about, unless it was begun before; the job's number. Nothing when it is too old,
    /// or was somebody else's.
    pub fn start_job(&self, by: &str, proposal: u64) -> Option<u64> {
        let (job, begun) = self.jobs.begin(by, proposal)?;
        let Some(Proposal { action, ids, .. }) = begun else { return Some(job) };
        let roster = self.clone();
        tokio::spawn(async move {
            for batch in ids.chunks(BATCH) {
                let faults = roster.act(action, batch.to_vec()).await;
                if !roster.jobs.note(job, batch.len(), faults) {
                    return;
                }
            }
            roster.jobs.end(job, Progress::Done);
        });
        Some(job)
    }

    pub fn job(&self, id: u64) -> Option<Job> {
        self.jobs.find(id)
    }

    /// Ends a job after the batch that is under way.
    pub fn stop_job(&self, id: u64) {
        self.jobs.end(id, Progress::Stopped);
    }

    /// Does it to one batch; those that it was not done to.
    async fn act(&self, action: Action, ids: Vec<EntryId>) -> Vec<(EntryId, JobFault)> {
        let wanted = ids.clone();
        let now = wall_ms();
        let done = match action {
            Action::Enable | Action::Disable => {
                let enabled = action == Action::Enable;
                self.changed(move |store| store.enable_many(&ids, enabled, now)).await
            }
            Action::Move(contract) => self.changed(move |store| store.move_many(&ids, contract, now)).await,
            Action::Delete => self.deleted(ids).await,
            Action::Refresh | Action::Unregister => self.wished(action, ids).await,
        };
        match done {
            Ok(done) => {
                let damaged = self.catalog.read();
                let fault = |id: EntryId| (id, if damaged.has(id) { JobFault::Damaged } else { JobFault::Gone });
                wanted.into_iter().filter(|id| !done.contains(id)).map(fault).collect()
            }
            Err(error) => {
                let fault = match error {
                    EntryError::NotFound | EntryError::Refused(_) => JobFault::Gone,
                    EntryError::Corrupt(_) => JobFault::Damaged,
                    EntryError::Unavailable => JobFault::Unavailable,
                };
                wanted.into_iter().map(|id| (id, fault)).collect()
            }
        }
    }

    async fn changed(
        &self,
        change: impl FnOnce(&crate::store::Store) -> Result<Vec<Loaded>, EntryError> + Send + 'static,
    ) -> Result<HashSet<EntryId>, EntryError> {
        let loaded = self.ask(change).await??;
        self.catalog.put(loaded.iter().map(|loaded| &loaded.entry));
        let done = loaded.iter().map(|loaded| loaded.entry.id).collect();
        self.engine.put_many(loaded.into_iter().map(|loaded| put(loaded, false)).collect());
        Ok(done)
    }

    async fn deleted(&self, ids: Vec<EntryId>) -> Result<HashSet<EntryId>, EntryError> {
        let gone = self.ask(move |store| store.delete_many(&ids)).await??;
        let mut catalog = self.catalog.write();
        for id in &gone {
            catalog.remove(*id);
            self.engine.remove(*id);
        }
        Ok(gone.into_iter().collect())
    }

    async fn wished(&self, action: Action, ids: Vec<EntryId>) -> Result<HashSet<EntryId>, EntryError> {
        let deed = if action == Action::Unregister { Deed::EntryUnregistered } else { Deed::EntryRefreshed };
        let there = self.ask(move |store| store.wish_many(&ids, deed)).await??;
        // In the order of their numbers, neighbours stand beside each other in the engine's memory.
        for id in &there {
            match action {
                Action::Unregister => self.engine.unregister(*id, false),
                Action::Enable | Action::Disable | Action::Refresh | Action::Delete | Action::Move(_) => {
                    self.engine.refresh(*id, false);
                }
            }
        }
        Ok(there.into_iter().collect())
    }
}
