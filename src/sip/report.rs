//! What a user agent tells those around it: changes of entries, who waits for a turn, how attempts ended, what was
//! dropped.

use std::sync::Arc;

use super::plan::Rank;
use super::trace::Trace;
use super::view::Mark;
use super::wire::Time;
use crate::domain::account::Peer;
use crate::domain::entry::EntryId;
use crate::domain::status::Status;
use crate::domain::trial::Step;

/// What happened to an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    Changed {
        id: EntryId,
        status: Box<Status<Time>>,
    },
    Checkpoint {
        id: EntryId,
        mark: Mark,
    },
    /// A message that people may want to see.
    Traced {
        id: EntryId,
        trace: Box<Trace>,
    },
    /// A step of a trial.
    Tried {
        id: EntryId,
        step: Box<Step>,
    },
    /// A removed entry has nothing left to undo.
    Gone {
        id: EntryId,
    },
}

/// An entry that waits for its turn to begin an attempt; said again when its rank changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ready {
    pub id: EntryId,
    pub peer: Arc<Peer>,
    pub rank: Rank,
}

/// How an attempt ended, as its registrar's health sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    Answered,
    /// Answered, but not within half of T1: it has more before it than it can do.
    Slow,
    Silent,
    /// 503, with the seconds of its Retry-After.
    Busy(Option<u32>),
    /// Before anything was sent: it tells nothing of the registrar.
    Unsent,
}

/// An attempt that began is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    pub id: EntryId,
    pub peer: Arc<Peer>,
    pub how: How,
}

/// What was dropped, and why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dropped {
    /// No SIP, too large, or cut off.
    pub unreadable: u64,
    /// A response that nobody waits for: late, doubled, forged, or from an address that we did not send to.
    pub unmatched: u64,
}
