//! Jobs over many entries: what each does, how far it is, and what did not work.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::clock::wall_ms;
use crate::domain::contract::ContractId;
use crate::domain::entry::EntryId;

/// Most faults that a report keeps.
const FAULTS_MOST: usize = 1_000;
/// Most jobs that are remembered.
const JOBS_MOST: usize = 50;
/// Most proposals that wait for somebody's yes, and most entries of all of them together; past it the oldest go.
const PROPOSALS_MOST: usize = 50;
const PROPOSED_MOST: usize = 4_000_000;

/// What is done to each entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Enable,
    Disable,
    /// *Register now*.
    Refresh,
    Unregister,
    Delete,
    /// Into this contract, or out of any.
    Move(Option<ContractId>),
}

/// Why it was not done to one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobFault {
    /// The entry, or the contract that it was to go into, is not there any more.
    Gone,
    /// It cannot be read.
    Damaged,
    /// The database was away.
    Unavailable,
}

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    Running,
    /// Somebody stopped it; what was done stays done.
    Stopped,
    Done,
}

/// A job, as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    pub id: u64,
    pub action: Action,
    /// Who began it.
    pub by: String,
    /// Milliseconds since 1970 UTC.
    pub since: i64,
    pub total: usize,
    /// Entries that were looked at, those with a fault among them.
    pub done: usize,
    /// At most a thousand of them.
    pub faults: Vec<(EntryId, JobFault)>,
    pub failed: usize,
    pub progress: Progress,
}

/// What somebody was shown and asked about: exactly this is done when they say yes, whatever the list is like by then.
#[derive(Clone, Debug)]
pub(super) struct Proposal {
    pub(super) action: Action,
    pub(super) ids: Vec<EntryId>,
    by: String,
}

#[derive(Debug, Default)]
struct Inner {
    next: u64,
    jobs: BTreeMap<u64, Job>,
    proposals: BTreeMap<u64, Proposal>,
}

/// Every job that is remembered, shared.
#[derive(Clone, Debug, Default)]
pub(super) struct Jobs(Arc<Mutex<Inner>>);

impl Jobs {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        // Each change is one step.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A job, as it stands.
    pub(super) fn find(&self, id: u64) -> Option<Job> {
        self.inner().jobs.get(&id).cloned()
    }

    /// Keeps what somebody is asked about; its number.
    pub(super) fn propose(&self, by: &str, action: Action, ids: Vec<EntryId>) -> u64 {
        let inner = &mut *self.inner();
        inner.next += 1;
        inner.proposals.insert(inner.next, Proposal { action, ids, by: by.to_owned() });
        let too_many = |all: &BTreeMap<u64, Proposal>| {
            all.len() > PROPOSALS_MOST || all.values().map(|one| one.ids.len()).sum::<usize>() > PROPOSED_MOST
        };
        while inner.proposals.len() > 1 && too_many(&inner.proposals) {
            inner.proposals.pop_first();
        }
        inner.next
    }

    /// Takes what this person was asked about: once, and nobody else's.
    pub(super) fn accept(&self, by: &str, proposal: u64) -> Option<Proposal> {
        let proposals = &mut self.inner().proposals;
        if proposals.get(&proposal)?.by != by {
            return None;
        }
        proposals.remove(&proposal)
    }

    pub(super) fn add(&self, action: Action, by: String, total: usize) -> u64 {
        let inner = &mut *self.inner();
        inner.next += 1;
        let job = Job {
            id: inner.next,
            action,
            by,
            since: wall_ms(),
            total,
            done: 0,
            faults: Vec::new(),
            failed: 0,
            progress: Progress::Running,
        };
        inner.jobs.insert(job.id, job);
        while inner.jobs.len() > JOBS_MOST {
            inner.jobs.pop_first();
        }
        inner.next
    }

    /// Notes a batch; `false` when the job is to go no further.
    pub(super) fn note(&self, id: u64, done: usize, faults: Vec<(EntryId, JobFault)>) -> bool {
        let inner = &mut *self.inner();
        // One that is not remembered any more is ended.
        let Some(job) = inner.jobs.get_mut(&id) else { return false };
        job.done += done;
        job.failed += faults.len();
        job.faults.extend(faults);
        job.faults.truncate(FAULTS_MOST);
        job.progress == Progress::Running
    }

    pub(super) fn end(&self, id: u64, progress: Progress) {
        if let Some(job) = self.inner().jobs.get_mut(&id).filter(|job| job.progress == Progress::Running) {
            job.progress = progress;
        }
    }
}
