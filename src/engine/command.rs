//! What the engine may be told, and what it tells those who keep its memory.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::trials::TrialNews;
use crate::domain::account::Account;
use crate::domain::entry::EntryId;
use crate::domain::status::{Checkpoint, CheckpointBinding};
use crate::domain::trial::Asking;
use crate::sip::timer::Timers;
use crate::sip::{self, Held, Mark, Resume, Time};

/// An entry as the engine is to keep it.
#[derive(Clone, Debug)]
pub struct Put {
    pub id: EntryId,
    pub account: Account,
    pub enabled: bool,
    /// A person waits for it: it overtakes the queue.
    pub urgent: bool,
    /// Used when the entry is new to the engine.
    pub checkpoint: Checkpoint,
}

/// A wish.
#[derive(Debug)]
pub enum Command {
    /// Told there once they are taken in.
    Put(Vec<Put>, oneshot::Sender<()>),
    Remove(EntryId),
    Refresh {
        id: EntryId,
        urgent: bool,
    },
    Unregister {
        id: EntryId,
        urgent: bool,
    },
    /// An account is tried out; each step is told there, until nothing is left of it.
    TryOut(Box<TryOut>, mpsc::UnboundedSender<TrialNews>),
    /// A host name of this program's own means this address, with these timers.
    Pin(String, SocketAddr, Timers),
    /// The loop ends; with `unregister`, every binding is undone first, within the time that that takes at most.
    Stop {
        done: oneshot::Sender<()>,
        unregister: Option<Duration>,
    },
}

/// An account that is to be tried out.
#[derive(Clone, Debug)]
pub struct TryOut {
    /// A number that no entry has: those of entries are above zero.
    pub id: EntryId,
    pub account: Account,
    pub call_id: String,
    pub asking: Asking,
}

/// Both clocks at one moment: how the engine's time and the wall's are turned into each other.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    pub time: Time,
    /// Milliseconds since 1970 UTC.
    pub wall: i64,
}

impl Moment {
    /// The wall-clock time of a time of the engine's.
    pub fn to_wall(self, time: Time) -> i64 {
        let later =
            i64::try_from(time.0).unwrap_or(i64::MAX).saturating_sub(i64::try_from(self.time.0).unwrap_or(i64::MAX));
        self.wall.saturating_add(later)
    }

    /// The engine's time of a wall-clock time; what lies before its start is zero.
    pub fn to_time(self, wall: i64) -> Time {
        let later = wall.saturating_sub(self.wall);
        match u64::try_from(later) {
            Ok(later) => self.time + later,
            Err(_) => self.time.before(later.unsigned_abs()),
        }
    }

    /// An entry as the agent is to keep it.
    pub fn put(self, put: Put) -> sip::Put {
        let Put { id, account, enabled, urgent, checkpoint } = put;
        sip::Put { id, account, enabled, urgent, resume: self.resume(checkpoint) }
    }

    /// What a checkpoint says, on the engine's clock.
    pub fn resume(self, checkpoint: Checkpoint) -> Resume {
        let held =
            checkpoint.binding.map(|b| Held { contact: b.contact, granted: b.granted, until: self.to_time(b.until) });
        Resume {
            call_id: checkpoint.call_id,
            cseq: checkpoint.cseq_reserved,
            raised_expire: checkpoint.raised_expire,
            binding: held,
        }
    }

    /// A mark as the store keeps it.
    pub fn checkpoint(self, mark: Mark) -> Checkpoint {
        let binding = mark.binding.map(|held| CheckpointBinding {
            contact: held.contact,
            granted: held.granted,
            until: self.to_wall(held.until),
        });
        Checkpoint {
            call_id: mark.call_id,
            cseq_reserved: mark.cseq_reserved,
            raised_expire: mark.raised_expire,
            binding,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_clocks_are_turned_into_each_other() {
        let moment = Moment { time: Time(5_000), wall: 1_000_000 };
        assert_eq!(moment.to_wall(Time(6_000)), 1_001_000);
        assert_eq!(moment.to_wall(Time(4_000)), 999_000);
        assert_eq!(moment.to_time(1_001_000), Time(6_000));
        assert_eq!(moment.to_time(999_000), Time(4_000));
        assert_eq!(moment.to_time(0), Time(0));
    }
}
