//! Who stands in which state, and who fails for which cause: of a million entries, those of interest are found without
//! asking each.

use rustc_hash::FxHashMap;

use super::posted::Facts;
use crate::domain::entry::EntryId;
use crate::domain::set::EntrySet;
use crate::domain::status::{Cause, State};

/// See the module.
#[derive(Debug, Default)]
pub struct Standing {
    states: FxHashMap<State, EntrySet>,
    causes: FxHashMap<Cause, EntrySet>,
}

impl Standing {
    /// What is known of an entry is something else now: `None` is nothing.
    pub fn change(&mut self, id: EntryId, old: Option<Facts>, new: Option<Facts>) {
        moved(&mut self.states, id, old.map(|old| old.state), new.map(|new| new.state));
        moved(&mut self.causes, id, old.and_then(|old| old.cause), new.and_then(|new| new.cause));
    }

    /// How many stand in a state.
    pub fn count(&self, state: State) -> usize {
        self.states.get(&state).map_or(0, EntrySet::len)
    }

    /// Those who stand in a state.
    pub fn in_state(&self, state: State) -> EntrySet {
        self.states.get(&state).cloned().unwrap_or_default()
    }

    /// Those who fail for a cause.
    pub fn failing_for(&self, cause: Cause) -> EntrySet {
        self.causes.get(&cause).cloned().unwrap_or_default()
    }

    /// Everybody of whom something is known.
    pub fn known(&self) -> EntrySet {
        let mut known = EntrySet::default();
        self.states.values().for_each(|set| known |= set);
        known
    }
}

fn moved<K: Eq + std::hash::Hash>(sets: &mut FxHashMap<K, EntrySet>, id: EntryId, old: Option<K>, new: Option<K>) {
    if old == new {
        return;
    }
    if let Some(set) = old.and_then(|old| sets.get_mut(&old)) {
        set.remove(id);
    }
    if let Some(new) = new {
        sets.entry(new).or_default().insert(id);
    }
}
