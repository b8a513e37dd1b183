//! What is shown of a registration: one state from four facts (wanted? bound? in flight? how did the last attempt end?),
//! and the status and checkpoint made of the rest.

use arcstr::ArcStr;

use super::attempt::{Failure, Purpose};
use super::plan::{Goal, Held, Last, Plan, same_place};
use super::registration::Registration;
use super::wire::Time;
use crate::domain::status::{Cause, Class, State, Status};

/// Attempts in a row without an answer that make an entry *unreachable*.
const SILENCES: u32 = 3;

/// What a restart needs, on the engine's clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    pub call_id: ArcStr,
    pub cseq_reserved: u32,
    pub raised_expire: Option<u32>,
    pub binding: Option<Held>,
}

impl Registration {
    /// The state of the table in the documentation.
    pub fn state(&self) -> State {
        let leaving = !self.leaving.is_empty() || self.attempt.is_some();
        match self.goal {
            Goal::Register => self.wanted_state(),
            Goal::Removed => State::Unregistering,
            Goal::Disabled | Goal::Unregistered if leaving => State::Unregistering,
            Goal::Disabled => State::Disabled,
            Goal::Unregistered => State::Unregistered,
        }
    }

    fn wanted_state(&self) -> State {
        if self.binding.is_some() {
            return if matches!(self.last, Last::Bad(_)) { State::AtRisk } else { State::Registered };
        }
        match (&self.attempt, &self.last) {
            (Some(attempt), Last::Bad(failure)) if !attempt.urgent && attempt.purpose == Purpose::Register => {
                // A problem stays one while Alta tries again by itself: only what is new, or asked for, is *registering*.
                let failed = self.failed_state(failure);
                if failed == State::Retrying { State::Registering } else { failed }
            }
            (Some(_), _) => State::Registering,
            (None, Last::Never) => State::Queued,
            // It ran out while its refresh waited for its turn.
            (None, Last::Good) => State::Retrying,
            (None, Last::Bad(failure)) => self.failed_state(failure),
        }
    }

    fn failed_state(&self, failure: &Failure) -> State {
        let cause = failure.cause;
        match cause.class() {
            Class::Hold => State::Misconfigured,
            Class::Slow if cause.is_auth() => State::RejectedAuth,
            Class::Slow => State::Rejected,
            Class::BackOff if cause.is_silence() && self.silences >= SILENCES => State::Unreachable,
            Class::BackOff => State::Retrying,
        }
    }

    /// Everything that is known, on the engine's clock. `outage` is the cause that its registrar's entries fail with,
    /// told when this one could not even try.
    pub fn status(&self, outage: Option<Cause>) -> Status<Time> {
        let failure = match &self.last {
            Last::Bad(failure) if self.goal == Goal::Register => Some(failure),
            Last::Bad(_) | Last::Good | Last::Never => None,
        };
        let waits_out = self.shown == State::Retrying && failure.is_none();
        let held = self.binding.as_ref().map(|binding| &binding.held);
        Status {
            state: self.shown,
            since: Some(self.since),
            cause: failure.map(|f| f.cause).or(outage.filter(|_| waits_out)),
            answer: failure.and_then(|f| f.answer.clone()).map(Box::new),
            detail: failure.and_then(|f| f.detail.clone()),
            target: self.reached.as_ref().map(|reached| reached.target.address),
            transport: self.reached.as_ref().map(|reached| reached.target.transport),
            chain: self.reached.as_ref().map(|reached| reached.chain.clone()).filter(|chain| !chain.is_empty()),
            asked: self.asked,
            granted: held.map(|held| held.granted),
            registered_until: held.map(|held| held.until),
            next_action_at: match self.plan {
                Plan::At(time) => Some(time),
                Plan::Idle | Plan::Ready(_) => None,
            },
            last_success_at: self.last_success,
            attempts: self.failures,
            call_id: self.call_id.clone(),
            cseq: self.cseq,
            contact: self.contact.clone(),
            proposal: self.proposal.clone(),
            path: self.routes.as_ref().and_then(|routes| routes.0.clone()),
            service_route: self.routes.as_ref().and_then(|routes| routes.1.clone()),
            notes: self.notes.all(),
        }
    }

    /// Derives the shown state anew; `true` when it changed.
    pub fn show(&mut self, now: Time) -> bool {
        let state = self.state();
        let changed = state != self.shown;
        if changed {
            self.shown = state;
            self.since = now;
        }
        changed
    }

    /// What a restart needs now.
    pub fn mark(&self) -> Mark {
        Mark {
            call_id: self.call_id.clone(),
            cseq_reserved: self.reserved,
            raised_expire: self.raised_expire,
            // One that is being undone is told as long as it could be undone after a restart: by this very account.
            binding: self
                .binding
                .as_ref()
                .or(self
                    .leaving
                    .first()
                    .filter(|b| self.goal != Goal::Register && same_place(&b.account, &self.account)))
                .map(|binding| binding.held.clone()),
        }
    }
}
