//! What is wanted of a registration, what it has, and what it does next: the closed choices that its machine is made of.

use std::sync::Arc;

use arcstr::ArcStr;

use super::attempt::Failure;
use super::wire::Time;
use crate::domain::account::Account;
use crate::domain::entry::EntryId;
use crate::domain::status::Note;

/// What the engine is told to keep registered, or not.
#[derive(Clone, Debug)]
pub struct Put {
    pub id: EntryId,
    pub account: Account,
    pub enabled: bool,
    /// A person waits for it: it overtakes the queue.
    pub urgent: bool,
    /// Used when the entry is new to the engine.
    pub resume: Resume,
}

/// What is left of an earlier run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resume {
    /// For the whole life of the entry (RFC 3261 §10.2).
    pub call_id: ArcStr,
    /// Every CSeq up to and including this one counts as used.
    pub cseq: u32,
    pub raised_expire: Option<u32>,
    pub binding: Option<Held>,
}

/// A binding as a restart remembers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    pub contact: ArcStr,
    /// Seconds.
    pub granted: u32,
    pub until: Time,
}

/// A binding at the registrar, and for whom it was made.
#[derive(Clone, Debug)]
pub struct Binding {
    pub held: Held,
    pub account: Arc<Account>,
}

/// What is wanted of this entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    Register,
    /// Not enabled.
    Disabled,
    /// The operator asked for it.
    Unregistered,
    /// The entry is deleted: it goes when nothing is left to undo.
    Removed,
}

/// How the last attempt ended.
#[derive(Clone, Debug)]
pub enum Last {
    /// There was none since the entry is what it is now.
    Never,
    Good,
    Bad(Box<Failure>),
}

/// Who goes first when several are due: the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// A person waits.
    Urgent,
    /// A binding to be undone.
    Leave,
    /// A binding that ends then.
    Binding(Time),
    New,
    Retry,
}

/// The notes that are set: of a million registrations, most have none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Notes(u16);

impl Notes {
    /// Sets or clears one; `true` when that changed it.
    pub fn set(&mut self, note: Note, on: bool) -> bool {
        let place = Note::ALL.iter().position(|known| *known == note).unwrap_or_default();
        let bit = 1 << place;
        let was = self.0 & bit != 0;
        self.0 = if on { self.0 | bit } else { self.0 & !bit };
        was != on
    }

    /// Those that are set, in order.
    pub fn all(self) -> Vec<Note> {
        (0..).zip(Note::ALL).filter(|(place, _)| self.0 & (1 << place) != 0).map(|(_, note)| *note).collect()
    }
}

/// What comes next when no attempt is in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Nothing until somebody wishes.
    Idle,
    At(Time),
    /// It waits for its turn.
    Ready(Rank),
}

/// Whether two accounts make the same binding at the same registrar.
pub fn same_place(a: &Account, b: &Account) -> bool {
    a.username == b.username
        && a.domain == b.domain
        && a.contact_user == b.contact_user
        && a.peer.is_where(&b.peer)
        && a.terms.binds_as(&b.terms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_note_has_a_bit_of_its_own() {
        let mut notes = Notes::default();
        assert!(Note::ALL.len() <= 16 && notes.all().is_empty());
        assert!(Note::ALL.iter().all(|note| notes.set(*note, true) && !notes.set(*note, true)));
        assert_eq!(notes.all(), Note::ALL);
        assert!(Note::ALL.iter().all(|note| notes.set(*note, false) && !notes.set(*note, false)));
    }
}
