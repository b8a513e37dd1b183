//! Flows that carry bindings: which have to be kept alive and how often (RFC 5626 §4.4), and who has to register anew when
//! one of them breaks (§4.5).

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::seed::Seed;
use super::wire::{Flow, Time, Transport};

/// Bounds of what a registrar may ask for in Flow-Timer, in seconds.
pub const FLOW_TIMER_LEAST: u32 = 10;
pub const FLOW_TIMER_MOST: u32 = 3_600;
/// Seconds between keep-alives over a connection when the registrar names none (§4.4.1).
const FLOW_TIMER_USUAL: u32 = 120;

#[derive(Debug)]
struct Kept {
    slots: BTreeSet<u32>,
    /// When the next keep-alive goes out; connections send their own.
    due: Option<Time>,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Keep {
    /// Milliseconds between keep-alives over datagrams; none go out when unset.
    datagrams: Option<u64>,
    flows: BTreeMap<Flow, Kept>,
    due: BTreeSet<(Time, Flow)>,
    told: VecDeque<(Flow, Option<u64>)>,
}

impl Keep {
    pub fn new(datagrams: Option<u64>) -> Self {
        Self { datagrams, ..Self::default() }
    }

    /// Whether a binding over this flow is to be looked after: `outbound` says that the registrar keeps the flow.
    pub fn cares(&self, flow: &Flow, outbound: bool) -> bool {
        match flow.target.transport {
            Transport::Udp => self.datagrams.is_some(),
            Transport::Tcp | Transport::Tls => outbound,
        }
    }

    /// A binding depends on this flow from now on; `flow_timer` is what the registrar asks for, in seconds.
    pub fn hold(&mut self, now: Time, flow: &Flow, slot: u32, flow_timer: Option<u32>, seed: &mut Seed) {
        if let Some(kept) = self.flows.get_mut(flow) {
            kept.slots.insert(slot);
            return;
        }
        let due = match flow.target.transport {
            Transport::Udp => self.datagrams.map(|every| now + every),
            Transport::Tcp | Transport::Tls => {
                // Between 80 and 100 % of it, so that nobody's keep-alives meet (§4.4).
                let most = u64::from(flow_timer.unwrap_or(FLOW_TIMER_USUAL)) * 1000;
                self.told.push_back((flow.clone(), Some(seed.between(most * 8 / 10, most))));
                None
            }
        };
        self.due.extend(due.map(|due| (due, flow.clone())));
        self.flows.insert(flow.clone(), Kept { slots: BTreeSet::from([slot]), due });
    }

    /// A binding does not depend on this flow any more.
    pub fn release(&mut self, flow: &Flow, slot: u32) {
        let Some(kept) = self.flows.get_mut(flow) else { return };
        kept.slots.remove(&slot);
        if kept.slots.is_empty() {
            self.forget(flow);
            if flow.target.transport != Transport::Udp {
                self.told.push_back((flow.clone(), None));
            }
        }
    }

    fn forget(&mut self, flow: &Flow) -> BTreeSet<u32> {
        let Some(kept) = self.flows.remove(flow) else { return BTreeSet::new() };
        if let Some(due) = kept.due {
            self.due.remove(&(due, flow.clone()));
        }
        kept.slots
    }

    /// The flow is no more; gives back whose bindings depended on it.
    pub fn broken(&mut self, flow: &Flow) -> BTreeSet<u32> {
        self.forget(flow)
    }

    /// The next flow over which a keep-alive is due.
    pub fn take_due(&mut self, now: Time) -> Option<Flow> {
        let every = self.datagrams?;
        let (time, _) = self.due.first()?;
        if *time > now {
            return None;
        }
        let (_, flow) = self.due.pop_first()?;
        self.flows.get_mut(&flow)?.due = Some(now + every);
        self.due.insert((now + every, flow.clone()));
        Some(flow)
    }

    /// A connection that is to be kept, with the milliseconds between its keep-alives; none when it need not be any more.
    pub fn poll(&mut self) -> Option<(Flow, Option<u64>)> {
        self.told.pop_front()
    }

    pub fn poll_timeout(&self) -> Option<Time> {
        self.due.first().map(|(time, _)| *time)
    }
}
