//! Tests of accounts that are remembered, in memory: how far each is, and who may begin another.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::watch;

use crate::clock::wall_ms;
use crate::domain::entry::{EntryError, EntryId, Fault, Field};
use crate::domain::trial::Step;
use crate::engine::{Exchange, TrialNews};

/// Tests that one person may begin within [`WITHIN`] milliseconds: providers ban those who keep trying.
const STARTS_MOST: usize = 10;
const WITHIN: u64 = 60_000;
/// Tests that run at once: of one person, and of everybody.
const RUNNING_EACH: usize = 3;
const RUNNING_MOST: usize = 50;
/// Tests that are remembered.
const TRIALS_MOST: usize = 100;
/// Steps and messages of one test that are kept.
const STEPS_MOST: usize = 100;

/// A test, as it stands.
#[derive(Clone, Debug, Default)]
pub struct Trial {
    pub id: u64,
    /// `username@domain`.
    pub name: String,
    /// The entry that it was about.
    pub entry: Option<EntryId>,
    /// When (milliseconds since 1970 UTC), and what.
    pub steps: Vec<(i64, Step)>,
    /// The messages, without their secrets.
    pub exchanges: Vec<Exchange>,
    pub running: bool,
}

/// Why no test was begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrialError {
    Refused(Vec<(Field, Fault)>),
    /// They began too many within a minute, or too many run.
    TooMany,
    Entry(EntryError),
}

impl From<EntryError> for TrialError {
    fn from(error: EntryError) -> Self {
        match error {
            EntryError::Refused(faults) => {
                Self::Refused(faults.into_iter().map(|(_, field, fault)| (field, fault)).collect())
            }
            EntryError::NotFound | EntryError::Corrupt(_) | EntryError::Unavailable => Self::Entry(error),
        }
    }
}

#[derive(Debug)]
struct Kept {
    by: String,
    trial: Trial,
    /// Says how many steps there are, and 0 once more when it is over.
    changed: watch::Sender<usize>,
}

#[derive(Debug, Default)]
struct Inner {
    last: u64,
    trials: BTreeMap<u64, Kept>,
    /// When each person began tests, in milliseconds since the start.
    starts: HashMap<String, VecDeque<u64>>,
}

/// Every test that is remembered, shared.
#[derive(Clone, Debug, Default)]
pub(super) struct Trials(Arc<Mutex<Inner>>);

/// Not every *trying* that somebody repeats, but always how it ends.
fn is_worth_telling(trial: &Trial, step: &Step) -> bool {
    let is_end = matches!(step, Step::Found(_) | Step::Undone(_));
    let repeats = matches!(step, Step::Heard { code: 100..=199, .. })
        && trial.steps.last().is_some_and(|(_, last)| matches!(last, Step::Heard { code: 100..=199, .. }));
    is_end || (!repeats && trial.steps.len() < STEPS_MOST)
}

impl Trials {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        // Each change is one step.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for a new test of this person, unless they have to wait.
    pub(super) fn begin(&self, now: u64, by: &str, name: String, entry: Option<EntryId>) -> Result<u64, TrialError> {
        let inner = &mut *self.inner();
        let running = inner.trials.values().filter(|kept| kept.trial.running);
        let theirs = running.clone().filter(|kept| kept.by == by).count();
        inner.starts.retain(|_, starts| starts.back().is_some_and(|last| now.saturating_sub(*last) < WITHIN));
        let starts = inner.starts.entry(by.to_owned()).or_default();
        starts.retain(|start| now.saturating_sub(*start) < WITHIN);
        if starts.len() >= STARTS_MOST || theirs >= RUNNING_EACH || running.count() >= RUNNING_MOST {
            return Err(TrialError::TooMany);
        }
        starts.push_back(now);
        // Numbers of an earlier run are not given again: a page of that time must not show another test.
        inner.last = (inner.last + 1).max(u64::try_from(wall_ms()).unwrap_or(0));
        let trial = Trial { id: inner.last, name, entry, running: true, ..Trial::default() };
        let changed = watch::Sender::new(0);
        inner.trials.insert(inner.last, Kept { by: by.to_owned(), trial, changed });
        while inner.trials.len() > TRIALS_MOST {
            let over = inner.trials.iter().find(|(_, kept)| !kept.trial.running).map(|(id, _)| *id);
            let Some(over) = over else { break };
            inner.trials.remove(&over);
        }
        Ok(inner.last)
    }

    /// It was not begun after all.
    pub(super) fn cancel(&self, id: u64) {
        self.inner().trials.remove(&id);
    }

    fn change(&self, id: u64, change: impl FnOnce(&mut Trial)) {
        if let Some(kept) = self.inner().trials.get_mut(&id) {
            change(&mut kept.trial);
            kept.changed.send_replace(kept.trial.steps.len());
        }
    }

    /// Takes what is told of a test until it is over.
    pub(super) async fn follow(self, id: u64, mut told: UnboundedReceiver<TrialNews>) {
        while let Some(news) = told.recv().await {
            self.change(id, |trial| match news {
                TrialNews::Step(at, step) if is_worth_telling(trial, &step) => trial.steps.push((at, step)),
                TrialNews::Message(exchange) if trial.exchanges.len() < STEPS_MOST => trial.exchanges.push(exchange),
                TrialNews::Step(..) | TrialNews::Message(_) => {}
            });
        }
        self.change(id, |trial| trial.running = false);
    }

    /// A test of this person, and what says that it goes on.
    pub(super) fn find(&self, by: &str, id: u64) -> Option<(Trial, watch::Receiver<usize>)> {
        let inner = self.inner();
        let kept = inner.trials.get(&id).filter(|kept| kept.by == by)?;
        Some((kept.trial.clone(), kept.changed.subscribe()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_tests_without_end() {
        let trials = Trials::default();
        let begin = |now, by: &str| trials.begin(now, by, "7@sip.example".into(), None);
        let end = |id| trials.change(id, |trial| trial.running = false);
        let first: Vec<u64> = (0..3).map(|_| begin(0, "ana").unwrap()).collect();
        assert_eq!(begin(0, "ana"), Err(TrialError::TooMany), "three of hers run");
        first.into_iter().for_each(end);
        (1..8).for_each(|n| end(begin(n * 1000, "ana").unwrap()));
        assert_eq!(begin(9_500, "ana"), Err(TrialError::TooMany), "ten within a minute");
        assert!(begin(9_500, "bea").is_ok());
        let id = begin(60_000, "ana").unwrap();
        assert!(trials.find("ana", id).is_some() && trials.find("bea", id).is_none());
        let others: Vec<_> = (0..60).map(|n| begin(200_000, &format!("u{n}"))).collect();
        assert_eq!(others.iter().filter(|one| one.is_ok()).count(), RUNNING_MOST - 2);
        for n in 0..200 {
            let last = trials.inner().last;
            end(last);
            let _ = begin(1_000_000 + n * WITHIN, "zoe");
        }
        assert!(trials.inner().trials.len() <= TRIALS_MOST);
    }
}
