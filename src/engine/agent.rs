//! The user agent and its pace, put together: what the driver runs on sockets and the tests run in virtual time. Pure.
//!
//! After any `handle_*` or wish, drain `poll_transmit`, `poll_question`, `poll_route`, `poll_kept` and `poll_event`, then read
//! `poll_timeout`.

use std::net::{IpAddr, SocketAddr};

use super::pace::{Pace, PaceConfig};
use crate::domain::account::Account;
use crate::domain::entry::EntryId;
use crate::domain::trial::Asking;
use crate::sip::target::{Answer, Question};
use crate::sip::timer::Timers;
use crate::sip::{Config, Dropped, Event, Flow, Put, Time, Transmit, Uac, Unsent};

/// Attempts that begin in one go. What is due beyond them is due at once: the answers to the first are read in between,
/// before they overrun the socket.
const TURNS_MOST: usize = 128;

/// See the module.
pub struct Agent {
    uac: Uac,
    pace: Pace,
}

impl Agent {
    pub fn new(config: Config, pace: PaceConfig) -> Self {
        Self { uac: Uac::new(config), pace: Pace::new(pace) }
    }

    /// Takes an entry in, or what was edited of it.
    pub fn put(&mut self, now: Time, put: Put) {
        self.uac.put(now, put);
        self.give_turns(now);
    }

    /// The entry is deleted: its binding is undone, then [`Event::Gone`] follows.
    pub fn remove(&mut self, now: Time, id: EntryId) {
        self.uac.remove(now, id);
        self.give_turns(now);
    }

    /// *Register now*: for a person who waits, or for one of many.
    pub fn refresh(&mut self, now: Time, id: EntryId, urgent: bool) {
        self.uac.refresh(now, id, urgent);
        self.give_turns(now);
    }

    /// *Unregister*, until *Register now* or an edit.
    pub fn unregister(&mut self, now: Time, id: EntryId, urgent: bool) {
        self.uac.unregister(now, id, urgent);
        self.give_turns(now);
    }

    /// Tries an account out, beside the entries; see [`Uac::try_out`].
    pub fn try_out(&mut self, now: Time, id: EntryId, account: Account, call_id: String, asking: Asking) {
        self.uac.try_out(now, id, account, call_id, asking);
        self.give_turns(now);
    }

    /// Makes a host name mean one address of this program's own, with timers of its own.
    pub fn pin(&mut self, host: &str, to: SocketAddr, timers: Timers) {
        self.uac.pin(host, to, timers);
    }

    /// These messages are about to be taken, one after the other.
    pub fn glance_at_answered<'a>(&mut self, messages: impl Iterator<Item = &'a [u8]>) {
        self.uac.glance_at_answered(messages);
    }

    /// Takes a message that came over this flow.
    pub fn handle_message(&mut self, now: Time, flow: &Flow, bytes: &[u8]) {
        self.uac.handle_message(now, flow, bytes);
        self.give_turns(now);
    }

    /// What was sent over this flow did not leave, or did not arrive.
    pub fn handle_unsent(&mut self, now: Time, flow: &Flow, why: Unsent, detail: Option<&str>) {
        self.uac.handle_unsent(now, flow, why, detail);
        self.give_turns(now);
    }

    /// A connection is over.
    pub fn handle_closed(&mut self, now: Time, flow: &Flow) {
        self.uac.handle_closed(now, flow);
        self.give_turns(now);
    }

    /// Every binding is undone, as fast as the pace allows.
    pub fn unregister_all(&mut self, now: Time) {
        self.uac.unregister_all(now);
        self.give_turns(now);
    }

    /// Whether nothing is in flight and nothing is left to undo.
    pub fn is_quiet(&self) -> bool {
        self.uac.is_quiet()
    }

    /// Which of our addresses leads to `to`; `None` when there is no way.
    pub fn handle_route(&mut self, now: Time, to: IpAddr, local: Option<IpAddr>) {
        self.uac.handle_route(now, to, local);
        self.give_turns(now);
    }

    /// Takes the resolver's answer to a question.
    pub fn handle_records(&mut self, now: Time, question: &Question, answer: Answer) {
        self.uac.handle_records(now, question, answer);
        self.give_turns(now);
    }

    /// Lets time pass.
    pub fn handle_timeout(&mut self, now: Time) {
        self.uac.handle_timeout(now);
        self.give_turns(now);
    }

    fn give_turns(&mut self, now: Time) {
        for _ in 0..TURNS_MOST {
            self.tell_pace(now);
            let Some((id, peer)) = self.pace.poll(now) else { return };
            if !self.uac.begin(now, id) {
                self.pace.unused(id, &peer);
            }
        }
        self.tell_pace(now);
    }

    fn tell_pace(&mut self, now: Time) {
        while let Some(ready) = self.uac.poll_ready() {
            self.pace.push(ready);
        }
        while let Some(ended) = self.uac.poll_ended() {
            self.pace.ended(now, &ended);
        }
    }

    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        self.uac.poll_transmit()
    }

    /// A question for the resolver; its answer comes back through [`Agent::handle_records`].
    pub fn poll_question(&mut self) -> Option<Question> {
        self.uac.poll_question()
    }

    /// A destination of which our own address is wanted; see [`Agent::handle_route`].
    pub fn poll_route(&mut self) -> Option<IpAddr> {
        self.uac.poll_route()
    }

    /// A connection that is to be kept, with the milliseconds between its keep-alives; none when it need not be any more.
    pub fn poll_kept(&mut self) -> Option<(Flow, Option<u64>)> {
        self.uac.poll_kept()
    }

    pub fn poll_event(&mut self) -> Option<Event> {
        self.uac.poll_event()
    }

    /// When [`Agent::handle_timeout`] is to be called next.
    pub fn poll_timeout(&self) -> Option<Time> {
        [self.uac.poll_timeout(), self.pace.poll_timeout()].into_iter().flatten().min()
    }

    /// What was dropped of what came in.
    pub fn dropped(&self) -> Dropped {
        self.uac.dropped()
    }

    /// How many entries wait for their turn.
    pub fn waiting(&self) -> usize {
        self.pace.waiting()
    }
}
