//! What is wished of a registration: edits, *Register now*, *Unregister*, and what they mean for a binding that stands and
//! an attempt that is on its way.

use std::sync::Arc;

use super::attempt::Purpose;
use super::plan::{Goal, Last, Notes, Plan, Put, Rank, same_place};
use super::registration::Registration;
use super::timer::{FAREWELL, Timers};
use super::wire::Time;

/// Milliseconds within which a registrar that is there answers.
const ANSWERED_WITHIN: u64 = 2_000;
/// Most old bindings that wait to be undone.
const LEAVING_MOST: usize = 4;

impl Registration {
    /// What was edited. Nothing is sent when nothing changed that a registrar sees.
    pub fn change(&mut self, now: Time, put: Put, timers: Arc<Timers>) {
        let account = Arc::new(put.account);
        let goal = if put.enabled { Goal::Register } else { Goal::Disabled };
        if goal == self.goal && account.is_sent_as(&self.account) {
            self.account = account;
            return;
        }
        self.timers = timers;
        let moved = !same_place(&account, &self.account);
        if moved {
            self.leave_binding();
            self.contact = None;
            self.reached = None;
            self.outbound_refused = false;
            self.proposal = None;
        }
        if moved || account.expire != self.account.expire {
            self.raised_expire = None;
        }
        self.account = account;
        self.goal = goal;
        self.forget_failures();
        if goal != Goal::Register {
            self.leave_binding();
        }
        self.supersede(now, put.urgent);
        if self.attempt.is_none() {
            self.plan = Plan::Idle;
        }
        self.plan_if_idle(put.urgent);
        // What was accepted before the change is still shown, but has to prove itself again.
        if self.binding.is_some() && self.goal == Goal::Register && self.attempt.is_none() {
            self.plan = Plan::Ready(if put.urgent { Rank::Urgent } else { Rank::New });
        }
    }

    fn forget_failures(&mut self) {
        self.failures = 0;
        self.silences = 0;
        self.last = if self.binding.is_some() { Last::Good } else { Last::Never };
        self.notes = Notes::default();
    }

    /// *Register now*: for a person who waits, or for one of many.
    pub fn refresh(&mut self, urgent: bool) {
        match self.goal {
            Goal::Disabled | Goal::Removed => return,
            Goal::Unregistered => {
                self.goal = Goal::Register;
                self.last = Last::Never;
            }
            Goal::Register => {}
        }
        match &mut self.attempt {
            // One in flight is what was asked for (RFC 3261 §10.2: no second one while it is pending).
            Some(attempt) => attempt.urgent |= urgent,
            None if urgent => self.plan = Plan::Ready(Rank::Urgent),
            None => {
                self.plan = Plan::Ready(self.binding.as_ref().map_or(Rank::New, |b| Rank::Binding(b.held.until)));
            }
        }
    }

    /// Somebody else undid the Contact that it may have registered. Whoever is to stay unregistered does.
    pub fn make_sure(&mut self) {
        if self.goal != Goal::Register {
            return;
        }
        match &mut self.attempt {
            Some(attempt) => attempt.unsure = true,
            None if self.binding.is_some() => self.plan = Plan::Ready(Rank::Urgent),
            None => {}
        }
    }

    /// *Unregister*, or the entry was deleted.
    pub fn stop(&mut self, now: Time, goal: Goal, urgent: bool) {
        if goal == Goal::Unregistered && self.goal != Goal::Register {
            return;
        }
        self.goal = goal;
        self.leave_binding();
        self.forget_failures();
        self.supersede(now, urgent);
        if self.attempt.is_none() {
            self.plan = Plan::Idle;
        }
        self.plan_if_idle(urgent);
    }

    fn leave_binding(&mut self) {
        if let Some(binding) = self.binding.take() {
            self.unsaved = true;
            if self.leaving.len() < LEAVING_MOST {
                self.leaving.push(binding);
            }
        }
    }

    /// Something else waits behind the attempt in flight: it gets five more seconds, or, when nobody has answered yet, what
    /// is left of the time in which somebody who is there does. Without the answer, nobody knows what is to be undone.
    fn supersede(&mut self, now: Time, urgent: bool) {
        let Some(attempt) = &mut self.attempt else { return };
        attempt.urgent_next = urgent;
        let answered_by = attempt.transaction().map(|transaction| transaction.sent.at + ANSWERED_WITHIN);
        match attempt.purpose {
            Purpose::Register if !attempt.heard && self.goal == Goal::Register => match answered_by {
                Some(by) if by > now => {
                    attempt.superseded = true;
                    attempt.hurry(by);
                }
                Some(_) | None => self.attempt = None,
            },
            Purpose::Register => {
                attempt.superseded = true;
                attempt.hurry(now + FAREWELL);
            }
            Purpose::Leave if self.goal == Goal::Register => attempt.hurry(now + FAREWELL),
            Purpose::Query => self.attempt = None,
            Purpose::Leave => {}
        }
    }

    /// The address that we announce is another one than the binding has (a setting changed, or our own address): the
    /// old one goes first. `true` when there is one.
    pub fn contact_moved(&mut self, contact: &str) -> bool {
        if self.binding.as_ref().is_none_or(|binding| *binding.held.contact == *contact) {
            return false;
        }
        let urgent = self.attempt.take().is_some_and(|attempt| attempt.urgent);
        self.leave_binding();
        self.plan = Plan::Idle;
        self.plan_if_idle(urgent);
        true
    }
}
