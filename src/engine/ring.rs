//! The last messages of each entry, as far as a fixed amount of memory reaches: the oldest of all go first.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::domain::entry::EntryId;
use crate::sip::Transport;
use crate::sip::trace::Way;

/// Most messages of one entry.
const MESSAGES_MOST: usize = 20;
/// Most bytes of all together.
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
    messages: HashMap<EntryId, VecDeque<(u64, Exchange)>>,
    /// Whose the messages are and which, in the order in which they came; some may be gone already.
    order: VecDeque<(EntryId, u64)>,
    /// How many messages there are, and what they take.
    count: usize,
    bytes: usize,
    last: u64,
}

/// What a message takes, its places in the lists included.
fn cost(exchange: &Exchange) -> usize {
    exchange.text.len() + size_of::<(u64, Exchange)>() + 2 * size_of::<(EntryId, u64)>()
}

impl Inner {
    /// The oldest message of an entry goes.
    fn drop_oldest(&mut self, id: EntryId) {
        let Some(its) = self.messages.get_mut(&id) else { return };
        if let Some((_, old)) = its.pop_front() {
            self.bytes -= cost(&old);
            self.count -= 1;
        }
        if its.is_empty() {
            self.messages.remove(&id);
        }
    }
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
        inner.last += 1;
        inner.bytes += cost(&exchange);
        inner.count += 1;
        inner.order.push_back((id, inner.last));
        let mine = inner.messages.entry(id).or_default();
        mine.push_back((inner.last, exchange));
        if mine.len() > MESSAGES_MOST {
            inner.drop_oldest(id);
        }
        while inner.bytes > BYTES_MOST {
            let Some((oldest, number)) = inner.order.pop_front() else { return };
            let first = inner.messages.get(&oldest).and_then(|its| its.front());
            if first.is_some_and(|(first, _)| *first == number) {
                inner.drop_oldest(oldest);
            }
        }
        // Places of messages that went another way are swept out now and then.
        if inner.order.len() > 2 * inner.count + 1024 {
            let messages = &inner.messages;
            let is_there = |(id, number): &(EntryId, u64)| {
                messages.get(id).and_then(|its| its.front()).is_some_and(|(first, _)| first <= number)
            };
            inner.order.retain(is_there);
        }
    }

    /// The entry is gone.
    pub fn forget(&self, id: EntryId) {
        let inner = &mut *self.inner();
        for (_, old) in inner.messages.remove(&id).unwrap_or_default() {
            inner.bytes -= cost(&old);
            inner.count -= 1;
        }
    }

    /// The messages of an entry, the oldest first.
    pub fn of(&self, id: EntryId) -> Vec<Exchange> {
        self.inner()
            .messages
            .get(&id)
            .map(|its| its.iter().map(|(_, exchange)| exchange.clone()).collect())
            .unwrap_or_default()
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
        let bytes: usize = ring.inner().messages.values().flatten().map(|(_, exchange)| cost(exchange)).sum();
        assert_eq!(ring.inner().bytes, bytes);
    }

    #[test]
    fn a_busy_entry_keeps_its_newest_and_takes_nothing_from_quiet_ones() {
        let ring = Ring::default();
        ring.push(EntryId(1), message(0, 10));
        for at in 0..300_000 {
            ring.push(EntryId(2), message(at, 0));
        }
        assert_eq!(ring.of(EntryId(1)).len(), 1);
        for id in 3..2_000 {
            ring.push(EntryId(id), message(id, 4096));
        }
        let times: Vec<i64> = ring.of(EntryId(2)).iter().map(|exchange| exchange.at).collect();
        assert_eq!(times, (299_980..300_000).collect::<Vec<_>>());
        let inner = ring.inner();
        assert!(inner.order.len() <= 2 * inner.count + 1024);
    }
}
