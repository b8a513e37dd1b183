//! The last messages of each entry, as far as a fixed amount of memory reaches: the oldest of all go first.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::domain::entry::EntryId;
use crate::sip::Transport;
use crate::sip::trace::Way;

/// Most messages of one entry.
const MESSAGES_MOST: usize = 20;
/// Most bytes of text of all together.
const BYTES_MOST: usize = 16 * 1024 * 1024;

/// A message, or the lack of one, without its secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// Milliseconds since 1970 UTC.
    pub at: i64,
    pub way: Way,
    pub address: SocketAddr,
    pub transport: Transport,
    pub text: String,
}

#[derive(Debug, Default)]
struct Inner {
    messages: HashMap<EntryId, VecDeque<Exchange>>,
    /// Whose the messages are, in the order in which they came.
    order: VecDeque<EntryId>,
    bytes: usize,
}

/// See the module. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Ring(Arc<Mutex<Inner>>);

impl Ring {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        // A panic elsewhere leaves whole messages behind.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a message.
    pub fn push(&self, id: EntryId, exchange: Exchange) {
        let inner = &mut *self.inner();
        inner.bytes += exchange.text.len();
        inner.order.push_back(id);
        let mine = inner.messages.entry(id).or_default();
        mine.push_back(exchange);
        if mine.len() > MESSAGES_MOST
            && let Some(old) = mine.pop_front()
        {
            inner.bytes -= old.text.len();
            // Its place in the order finds nothing later, which costs nothing.
        }
        while inner.bytes > BYTES_MOST || inner.order.len() > BYTES_MOST / 64 {
            let Some(oldest) = inner.order.pop_front() else { return };
            let Some(its) = inner.messages.get_mut(&oldest) else { continue };
            if let Some(old) = its.pop_front() {
                inner.bytes -= old.text.len();
            }
            if its.is_empty() {
                inner.messages.remove(&oldest);
            }
        }
    }

    /// The entry is gone.
    pub fn forget(&self, id: EntryId) {
        let inner = &mut *self.inner();
        for old in inner.messages.remove(&id).unwrap_or_default() {
            inner.bytes -= old.text.len();
        }
    }

    /// The messages of an entry, the oldest first.
    pub fn of(&self, id: EntryId) -> Vec<Exchange> {
        self.inner().messages.get(&id).map(|its| its.iter().cloned().collect()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(at: i64, length: usize) -> Exchange {
        let address = "192.0.2.1:5060".parse().unwrap();
        Exchange { at, way: Way::Sent, address, transport: Transport::Udp, text: "x".repeat(length) }
    }

    #[test]
    fn each_entry_has_its_last_and_all_together_a_bound() {
        let ring = Ring::default();
        for at in 0..50 {
            ring.push(EntryId(1), message(at, 10));
        }
        let times: Vec<i64> = ring.of(EntryId(1)).iter().map(|exchange| exchange.at).collect();
        assert_eq!(times, (30..50).collect::<Vec<_>>());
        for id in 2..10_000 {
            ring.push(EntryId(id), message(id, 4096));
        }
        assert!(ring.inner().bytes <= BYTES_MOST && ring.of(EntryId(1)).is_empty());
        assert_eq!(ring.of(EntryId(9_999)).len(), 1);
        ring.forget(EntryId(9_999));
        assert!(ring.of(EntryId(9_999)).is_empty());
        let bytes: usize = ring.inner().messages.values().flatten().map(|exchange| exchange.text.len()).sum();
        assert_eq!(ring.inner().bytes, bytes);
    }
}
