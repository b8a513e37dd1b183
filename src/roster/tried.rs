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
/// More steps than any test has.
const OVER: usize = usize::MAX;

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
        error.of_one().map_or_else(Self::Entry, Self::Refused)
    }
}

#[derive(Debug)]
struct Kept {
    by: String,
    trial: Trial,
    /// How many steps there are; [`OVER`] when no more will come.
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

/// The place of a test that is begun. Whatever becomes of it, the test does not run for ever: it is over when this is
/// dropped, and forgotten when nothing was told of it.
#[derive(Debug)]
pub(super) struct Place {
    trials: Trials,
    pub(super) id: u64,
    told: bool,
}

impl Place {
    /// Takes what is told of the test until it is over.
    pub(super) async fn follow(mut self, mut told: UnboundedReceiver<TrialNews>) {
        self.told = true;
        while let Some(news) = told.recv().await {
            self.trials.change(self.id, |trial| match news {
                TrialNews::Step(at, step) if is_worth_telling(trial, &step) => trial.steps.push((at, step)),
                TrialNews::Message(exchange) if trial.exchanges.len() < STEPS_MOST => trial.exchanges.push(exchange),
                TrialNews::Step(..) | TrialNews::Message(_) => {}
            });
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.told {
            self.trials.change(self.id, |trial| trial.running = false);
        } else {
            self.trials.inner().trials.remove(&self.id);
        }
    }
}

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
    pub(super) fn begin(&self, now: u64, by: &str, name: String, entry: Option<EntryId>) -> Result<Place, TrialError> {
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
        Ok(Place { trials: self.clone(), id: inner.last, told: false })
    }

    fn change(&self, id: u64, change: impl FnOnce(&mut Trial)) {
        if let Some(kept) = self.inner().trials.get_mut(&id) {
            change(&mut kept.trial);
            kept.changed.send_replace(if kept.trial.running { kept.trial.steps.len() } else { OVER });
        }
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
        let first: Vec<Place> = (0..3).map(|_| begin(0, "ana").unwrap()).collect();
        assert_eq!(begin(0, "ana").unwrap_err(), TrialError::TooMany, "three of hers run");
        drop(first);
        (1..8).for_each(|n| drop(begin(n * 1000, "ana").unwrap()));
        assert_eq!(begin(9_500, "ana").unwrap_err(), TrialError::TooMany, "ten within a minute");
        assert!(begin(9_500, "bea").is_ok());
        let place = begin(60_000, "ana").unwrap();
        assert!(trials.find("ana", place.id).is_some() && trials.find("bea", place.id).is_none());
        let others: Vec<_> = (0..60).filter_map(|n| begin(200_000, &format!("u{n}")).ok()).collect();
        assert_eq!(others.len(), RUNNING_MOST - 1);
        drop(others);
        for n in 0..200 {
            begin(1_000_000 + n * WITHIN, "zoe").unwrap().told = true;
        }
        assert_eq!(trials.inner().trials.len(), TRIALS_MOST);
    }

    #[tokio::test]
    async fn who_waits_is_woken_by_steps_and_by_the_end() {
        let trials = Trials::default();
        let place = trials.begin(0, "ana", "7@sip.example".into(), None).unwrap();
        let id = place.id;
        let (tell, told) = tokio::sync::mpsc::unbounded_channel();
        let following = tokio::spawn(place.follow(told));
        let (_, mut changed) = trials.find("ana", id).unwrap();
        let trying = || TrialNews::Step(0, Step::Heard { code: 100, reason: String::new(), proposal: None });
        // The second one is not worth telling.
        (0..2).for_each(|_| tell.send(trying()).unwrap());
        assert_eq!(*changed.wait_for(|steps| *steps > 0).await.unwrap(), 1);
        drop(tell);
        assert_eq!(*changed.wait_for(|steps| *steps > 1).await.unwrap(), OVER);
        following.await.unwrap();
        let (trial, _) = trials.find("ana", id).unwrap();
        assert!(!trial.running && trial.steps.len() == 1);
        // One that was given up before it began leaves nothing.
        let place = trials.begin(0, "ana", "7@sip.example".into(), None).unwrap();
        let id = place.id;
        drop(place);
        assert!(trials.find("ana", id).is_none());
    }
}
