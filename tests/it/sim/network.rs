//! The network between the agent and its hosts: datagrams are lost, doubled, delayed and garbled; connections only delay.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use alta::sip::Transport;
use alta::sip::seed::Seed;
use alta::sip::target::Target;

/// What the network does to datagrams, each way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Link {
    /// Percent that are lost, that come twice, and that come to us with a byte changed.
    pub loss: u64,
    pub twice: u64,
    pub garbled: u64,
    /// Least and most milliseconds that one travels; different ones overtake each other.
    pub latency: (u64, u64),
    /// Nothing gets through from then to then.
    pub cut: (u64, u64),
}

impl Default for Link {
    fn default() -> Self {
        Self { loss: 0, twice: 0, garbled: 0, latency: (20, 20), cut: (0, 0) }
    }
}

/// What a parcel is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum What {
    Message,
    /// It could not be delivered, as we are told.
    Unsent(u8),
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Parcel {
    pub at: u64,
    sequence: u64,
    pub to_us: bool,
    pub peer: Target,
    pub what: What,
    pub bytes: Vec<u8>,
}

/// See the module.
pub(crate) struct Network {
    pub link: Link,
    travelling: BinaryHeap<Reverse<Parcel>>,
    sequence: u64,
    seed: Seed,
}

impl Network {
    pub(crate) fn new(seed: Seed) -> Self {
        Self { link: Link::default(), travelling: BinaryHeap::new(), sequence: 0, seed }
    }

    /// When the next parcel arrives.
    pub(crate) fn next(&self) -> Option<u64> {
        self.travelling.peek().map(|Reverse(parcel)| parcel.at)
    }

    /// The next parcel that has arrived.
    pub(crate) fn take(&mut self, now: u64) -> Option<Parcel> {
        self.next().filter(|at| *at <= now)?;
        self.travelling.pop().map(|Reverse(parcel)| parcel)
    }

    /// What was on its way to us finds nobody.
    pub(crate) fn lose_ours(&mut self) {
        self.travelling.retain(|Reverse(parcel)| !parcel.to_us);
    }

    /// We are told after `delay` that something could not be delivered.
    pub(crate) fn unsent(&mut self, now: u64, peer: Target, index: u8, delay: u64) {
        self.sequence += 1;
        let (at, sequence) = (now + delay, self.sequence);
        let parcel = Parcel { at, sequence, to_us: true, peer, what: What::Unsent(index), bytes: Vec::new() };
        self.travelling.push(Reverse(parcel));
    }

    /// A message travels, after `delay`.
    pub(crate) fn travel(&mut self, now: u64, to_us: bool, peer: Target, bytes: Vec<u8>, delay: u64) {
        let link = self.link;
        let is_datagram = peer.transport == Transport::Udp;
        let copies = 1 + u64::from(is_datagram && self.seed.between(1, 100) <= link.twice);
        for _ in 0..copies {
            let at = now + delay + self.seed.between(link.latency.0, link.latency.1);
            let lost = is_datagram && self.seed.between(1, 100) <= link.loss;
            if !lost && !(link.cut.0..link.cut.1).contains(&now) {
                self.sequence += 1;
                let (sequence, mut bytes) = (self.sequence, bytes.clone());
                if to_us && is_datagram && self.seed.between(1, 100) <= link.garbled {
                    let at = self.seed.between(0, bytes.len() as u64 - 1) as usize;
                    bytes[at] = self.seed.bits() as u8;
                }
                self.travelling.push(Reverse(Parcel { at, sequence, to_us, peer, what: What::Message, bytes }));
            }
        }
    }
}
