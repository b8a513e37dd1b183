//! Who is told of the accounts that are tried out.

use std::collections::HashMap;

use tokio::sync::mpsc::UnboundedSender;

use super::ring::Exchange;
use crate::domain::entry::EntryId;
use crate::domain::trial::Step;

/// What is told of a trial. The channel ends when nothing is left of it.
#[derive(Clone, Debug)]
pub enum TrialNews {
    /// When (milliseconds since 1970 UTC), and what.
    Step(i64, Step),
    Message(Exchange),
}

/// See the module.
#[derive(Debug, Default)]
pub struct Trials(HashMap<EntryId, UnboundedSender<TrialNews>>);

impl Trials {
    /// This trial is told of there.
    pub fn add(&mut self, id: EntryId, tell: UnboundedSender<TrialNews>) {
        self.0.insert(id, tell);
    }

    pub fn has(&self, id: EntryId) -> bool {
        self.0.contains_key(&id)
    }

    pub fn tell(&self, id: EntryId, news: TrialNews) {
        if let Some(tell) = self.0.get(&id) {
            // Nobody looks any more: it ends all the same.
            let _ = tell.send(news);
        }
    }

    /// Nothing is left of it; `false` when there was no such trial.
    pub fn end(&mut self, id: EntryId) -> bool {
        self.0.remove(&id).is_some()
    }
}
