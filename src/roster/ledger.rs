//! Jobs over many entries: what each does, how far it is, and what did not work.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::clock::wall_ms;
use crate::domain::contract::ContractId;
use crate::domain::entry::EntryId;

/// Most faults that a report keeps.
const FAULTS_MOST: usize = 1_000;
/// Most jobs that are remembered.
const JOBS_MOST: usize = 50;
/// Most proposals of one person that wait for a yes; past it their oldest goes.
const PROPOSALS_EACH: usize = 5;
/// Most entries of all proposals together; past it whoever has most of them loses the oldest.
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
#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// The jobs that were proposals, and whose: a second click on *yes* leads to the same job.
    begun: BTreeMap<u64, (String, u64)>,
}

impl Inner {
    /// Drops proposals until there are few enough; the newest, which is this person's, stays whatever it takes.
    fn spare(&mut self, by: &str) {
        let theirs = self.proposals.values().filter(|one| one.by == by).count();
        let surplus = theirs.saturating_sub(PROPOSALS_EACH);
        let old: Vec<u64> =
            self.proposals.iter().filter(|(_, one)| one.by == by).map(|(id, _)| *id).take(surplus).collect();
        for id in old {
            self.proposals.remove(&id);
        }
        while self.proposals.len() > 1
            && self.proposals.values().map(|one| one.ids.len()).sum::<usize>() > PROPOSED_MOST
        {
            let newest = self.proposals.keys().next_back().copied();
            let mut entries: HashMap<&str, (usize, Reverse<u64>)> = HashMap::new();
            for (id, one) in self.proposals.iter().filter(|(id, _)| Some(**id) != newest) {
                entries.entry(&one.by).or_insert((0, Reverse(*id))).0 += one.ids.len();
            }
            let Some((_, Reverse(oldest))) = entries.into_values().max() else { return };
            self.proposals.remove(&oldest);
        }
    }
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
        inner.spare(by);
        inner.next
    }

    /// Begins what this person was asked about: the job, and what is to be done unless it was begun before. Nothing of
    /// somebody else's.
    pub(super) fn begin(&self, by: &str, proposal: u64) -> Option<(u64, Option<Proposal>)> {
        let inner = &mut *self.inner();
        if let Some((_, job)) = inner.begun.get(&proposal).filter(|(whose, _)| whose == by) {
            return Some((*job, None));
        }
        inner.proposals.get(&proposal).filter(|one| one.by == by)?;
        let begun = inner.proposals.remove(&proposal)?;
        inner.next += 1;
        let job = Job {
            id: inner.next,
            action: begun.action,
            by: begun.by.clone(),
            since: wall_ms(),
            total: begun.ids.len(),
            done: 0,
            faults: Vec::new(),
            failed: 0,
            progress: Progress::Running,
        };
        inner.begun.insert(proposal, (begun.by.clone(), job.id));
        inner.jobs.insert(job.id, job);
        while inner.jobs.len() > JOBS_MOST {
            inner.jobs.pop_first();
        }
        inner.begun.retain(|_, (_, job)| inner.jobs.contains_key(job));
        Some((inner.next, Some(begun)))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_yes_leads_to_the_same_job_and_nobody_takes_the_place_of_others() {
        let jobs = Jobs::default();
        let asked = jobs.propose("ana", Action::Enable, vec![EntryId(1), EntryId(2)]);
        assert_eq!(jobs.begin("bea", asked), None);
        let (job, first) = jobs.begin("ana", asked).unwrap();
        let first = first.map(|one| (one.action, one.ids));
        assert_eq!(first, Some((Action::Enable, vec![EntryId(1), EntryId(2)])));
        assert_eq!((jobs.begin("ana", asked), jobs.begin("bea", asked)), (Some((job, None)), None));
        assert_eq!(jobs.find(job).map(|job| (job.total, job.progress)), Some((2, Progress::Running)));
        // Five each, whatever others do.
        let hers = jobs.propose("ana", Action::Delete, vec![EntryId(1)]);
        let of_bea: Vec<u64> = (0..9).map(|n| jobs.propose("bea", Action::Enable, vec![EntryId(n)])).collect();
        assert!(jobs.begin("bea", of_bea[3]).is_none() && jobs.begin("bea", of_bea[4]).is_some());
        // Whoever has most loses first.
        let many: Vec<EntryId> = (0..1_500_000).map(EntryId).collect();
        let large: Vec<u64> = (0..3).map(|_| jobs.propose("bea", Action::Enable, many.clone())).collect();
        assert!(jobs.begin("ana", hers).is_some() && jobs.begin("bea", large[2]).is_some());
        // The newest stays, however many are as large.
        let jobs_of_many = Jobs::default();
        let alike: Vec<u64> =
            (0..5).map(|n| jobs_of_many.propose(&format!("u{n}"), Action::Enable, many.clone())).collect();
        assert!(jobs_of_many.begin("u4", alike[4]).is_some() && jobs_of_many.begin("u0", alike[0]).is_none());
        // What is not remembered any more cannot be begun again either.
        for n in 0..50 {
            let asked = jobs.propose("eva", Action::Enable, vec![EntryId(n)]);
            assert!(jobs.begin("eva", asked).is_some());
        }
        assert_eq!((jobs.find(job), jobs.begin("ana", asked)), (None, None));
    }
}
