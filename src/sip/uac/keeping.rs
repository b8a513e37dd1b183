//! Bindings and the flows that they came over: what has to be kept alive, and what a broken flow means.

use super::Uac;
use crate::domain::entry::EntryId;
use crate::sip::keep::{FLOW_TIMER_LEAST, FLOW_TIMER_MOST};
use crate::sip::outcome::keeps_flow;
use crate::sip::plan::Goal;
use crate::sip::scan::{Message, Name};
use crate::sip::wire::{Flow, Time, Transmit, number};

/// What keeps a flow alive: an empty request (RFC 5626 §3.5.1).
const KEEP_ALIVE: &[u8] = b"\r\n\r\n";

impl Uac {
    /// A binding was accepted over this flow.
    pub(super) fn bound_over(&mut self, now: Time, slot: u32, flow: &Flow, message: &Message<'_>) {
        let Some(entry) = self.slots.get_mut(slot as usize) else { return };
        let before = entry.kept.take();
        if self.keep.cares(flow, keeps_flow(message)) {
            let asked = message.first(Name::FlowTimer).and_then(|v| number(v, FLOW_TIMER_LEAST, FLOW_TIMER_MOST));
            self.keep.hold(now, flow, slot, asked, &mut self.seed);
            entry.kept = Some(Box::new(flow.clone()));
        }
        if let Some(before) = before.filter(|before| **before != *flow) {
            self.keep.release(&before, slot);
        }
    }

    /// A connection is over: whoever is called over it registers anew, at once and at pace (RFC 5626 §4.5).
    pub fn handle_closed(&mut self, now: Time, flow: &Flow) {
        for slot in self.keep.broken(flow) {
            if let Some(entry) = self.slots.get_mut(slot as usize) {
                entry.kept = None;
                if entry.registration.attempt.is_none() && entry.registration.goal == Goal::Register {
                    entry.registration.refresh_early();
                }
                self.settle(now, slot);
            }
        }
    }

    /// Keep-alives that are due.
    pub(super) fn keep_alive(&mut self, now: Time) {
        while let Some(flow) = self.keep.take_due(now) {
            self.transmits.push_back(Transmit { flow, bytes: KEEP_ALIVE.into() });
        }
    }

    /// A connection that is to be kept, with the milliseconds between its keep-alives; none when it need not be any more.
    pub fn poll_kept(&mut self) -> Option<(Flow, Option<u64>)> {
        self.keep.poll()
    }

    /// Every binding is undone: the engine ends and is not to be called any more.
    pub fn unregister_all(&mut self, now: Time) {
        let all: Vec<EntryId> = self.ids.ids().collect();
        for id in all {
            self.unregister(now, id, true);
        }
    }

    /// Whether nothing is in flight and nothing is left to undo.
    pub fn is_quiet(&self) -> bool {
        self.busy == 0
    }
}
