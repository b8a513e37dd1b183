//! Our effort to keep one binding. Two facts are kept apart, *is the binding valid* and *how did the last attempt end*;
//! what is shown ([`view`](super::view)) is derived from both, and what people wish ([`wish`](super::wish)) changes both.

use std::sync::Arc;

use arcstr::ArcStr;
use thin_vec::ThinVec;

use super::attempt::{Attempt, End, Failure, Purpose};
use super::digest::Nonce;
use super::plan::{Binding, Goal, Held, Last, Notes, Plan, Put, Rank, same_place};
use super::seed::Seed;
use super::shared::Reached;
use super::timer::{FAREWELL, Load, Timers, refresh_window, rescue, retry_wait};
use super::wire::Time;
use crate::domain::account::Account;
use crate::domain::entry::EntryId;
use crate::domain::status::{CSEQ_RESERVE, Cause, Class, Note, Proposal, State};
use crate::domain::trial::Asking;

/// One entry on the engine's desk.
#[derive(Debug)]
pub struct Registration {
    pub id: EntryId,
    pub account: Arc<Account>,
    pub timers: Arc<Timers>,
    pub goal: Goal,
    pub call_id: ArcStr,
    pub cseq: u32,
    pub reserved: u32,
    pub raised_expire: Option<u32>,
    pub binding: Option<Binding>,
    pub leaving: ThinVec<Binding>,
    pub attempt: Option<Box<Attempt>>,
    pub last: Last,
    /// Failed attempts in a row, and how many of them got no answer at all.
    pub failures: u32,
    pub silences: u32,
    pub plan: Plan,
    pub nonces: Vec<Nonce>,
    /// For whom the nonces are.
    pub nonces_of: Arc<Account>,
    /// Something on the way cannot keep flows (439): they are not asked for again.
    pub outbound_refused: bool,
    /// Where its requests went last.
    pub reached: Option<Arc<Reached>>,
    pub contact: Option<ArcStr>,
    pub proposal: Option<Arc<Proposal>>,
    /// Path and Service-Route of the last good answer.
    pub routes: Option<Box<(Option<String>, Option<String>)>>,
    pub notes: Notes,
    pub last_success: Option<Time>,
    pub asked: u32,
    pub shown: State,
    pub since: Time,
    /// What a restart needs has changed since it was told last.
    pub unsaved: bool,
    /// It is no entry's: it is tried out once, and gone.
    pub trial: Option<Asking>,
}

impl Registration {
    pub fn new(now: Time, put: Put, timers: Arc<Timers>, load: &mut Load, seed: &mut Seed) -> Self {
        let account = Arc::new(put.account);
        let resume = put.resume;
        // A clock that was wrong then, or is now, makes no binding last longer than it was granted.
        let most = |held: Held| Held { until: held.until.min(now + u64::from(held.granted) * 1000), ..held };
        let held = resume.binding.map(most).filter(|held| held.until > now);
        let mut registration = Self {
            id: put.id,
            timers,
            goal: if put.enabled { Goal::Register } else { Goal::Disabled },
            call_id: resume.call_id,
            cseq: resume.cseq,
            reserved: resume.cseq.saturating_add(CSEQ_RESERVE),
            raised_expire: resume.raised_expire,
            binding: None,
            leaving: ThinVec::new(),
            attempt: None,
            last: Last::Never,
            failures: 0,
            silences: 0,
            plan: Plan::Idle,
            nonces: Vec::new(),
            nonces_of: account.clone(),
            outbound_refused: false,
            reached: None,
            contact: None,
            proposal: None,
            routes: None,
            notes: Notes::default(),
            last_success: None,
            asked: account.expire,
            shown: State::Unknown,
            since: now,
            unsaved: false,
            trial: None,
            account,
        };
        if let Some(held) = held {
            registration.resume(now, held, load, seed);
        }
        registration.plan_if_idle(put.urgent);
        registration
    }

    /// A binding of an earlier run: it stands, and is refreshed at its own time.
    fn resume(&mut self, now: Time, held: Held, load: &mut Load, seed: &mut Seed) {
        let binding = Binding { held, account: self.account.clone() };
        if self.goal != Goal::Register {
            self.leaving.push(binding);
            return;
        }
        let (granted, until) = (binding.held.granted, binding.held.until);
        self.contact = Some(binding.held.contact.clone());
        self.last = Last::Good;
        self.last_success = Some(until.before(u64::from(granted) * 1000));
        self.plan = Plan::At(refresh_point(now, until, granted, load, seed));
        self.binding = Some(binding);
    }

    /// It is refreshed as soon as its turn comes, whatever its life.
    pub fn refresh_early(&mut self) {
        if let Some(binding) = &self.binding {
            self.plan = Plan::Ready(Rank::Binding(binding.held.until));
        }
    }

    /// Finds something to do, when nothing is planned.
    pub(super) fn plan_if_idle(&mut self, urgent: bool) {
        if self.attempt.is_some() || self.plan != Plan::Idle {
            return;
        }
        self.plan = if !self.leaving.is_empty() {
            Plan::Ready(if urgent { Rank::Urgent } else { Rank::Leave })
        } else if self.goal == Goal::Register {
            Plan::Ready(if urgent { Rank::Urgent } else { Rank::New })
        } else {
            Plan::Idle
        };
    }

    /// Whether nothing is left to do for a deleted entry.
    pub fn is_gone(&self) -> bool {
        self.goal == Goal::Removed && self.attempt.is_none() && self.leaving.is_empty()
    }

    /// Its turn has come: the attempt that it makes now.
    pub fn begin(&mut self, now: Time, from_tag: u64) -> bool {
        let Plan::Ready(rank) = self.plan else { return false };
        let urgent = rank == Rank::Urgent;
        self.plan = Plan::Idle;
        if self.attempt.is_some() {
            return false;
        }
        let mut attempt = match self.leaving.first() {
            Some(binding) => Attempt::new(
                Purpose::Leave,
                binding.account.clone(),
                Some(binding.held.contact.clone()),
                from_tag,
                urgent,
            ),
            None if self.goal == Goal::Register => {
                let purpose = if self.trial == Some(Asking::Query) { Purpose::Query } else { Purpose::Register };
                Attempt::new(purpose, self.account.clone(), None, from_tag, urgent)
            }
            None => return false,
        };
        if attempt.purpose == Purpose::Leave && self.goal == Goal::Register {
            attempt.hurry(now + FAREWELL);
        } else {
            attempt.deadline = Some(now + self.timers.give_up);
        }
        self.attempt = Some(Box::new(attempt));
        true
    }

    /// The attempt in flight is over.
    pub fn finish(&mut self, now: Time, end: End, load: &mut Load, seed: &mut Seed) {
        let Some(attempt) = self.attempt.take() else { return };
        if self.trial.is_some() && attempt.purpose != Purpose::Leave {
            return self.tried(now, &attempt, &end);
        }
        match (attempt.purpose, end) {
            (Purpose::Leave, _) => {
                self.leaving.remove(0);
                self.unsaved = true;
            }
            (Purpose::Register, End::Bound { sent_at, contact, asked, granted, rewritten, unproven }) => {
                self.note(Note::ServerUnproven, unproven);
                let until = sent_at + u64::from(granted) * 1000;
                let binding = Binding { held: Held { contact, granted, until }, account: attempt.account.clone() };
                self.unsaved = true;
                if attempt.superseded && !(self.goal == Goal::Register && same_place(&attempt.account, &self.account)) {
                    self.leaving.push(binding);
                } else {
                    self.bound(now, asked, binding, rewritten, load, seed);
                }
                if attempt.superseded {
                    self.plan = Plan::Idle;
                } else if attempt.unsure {
                    self.plan = Plan::Ready(Rank::Urgent);
                }
            }
            (Purpose::Register | Purpose::Query, _) if attempt.superseded => {}
            (Purpose::Register | Purpose::Query, End::Unbound | End::Listed { .. } | End::Bound { .. }) => {
                self.failed(now, Failure::ours(Cause::BadResponse, None), seed)
            }
            (Purpose::Register | Purpose::Query, End::Failed(failure)) => self.failed(now, failure, seed),
        }
        // What waited behind it has its turn now.
        if attempt.superseded || attempt.purpose == Purpose::Leave {
            self.plan_if_idle(attempt.urgent_next);
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn bound(&mut self, now: Time, asked: u32, binding: Binding, rewritten: bool, load: &mut Load, seed: &mut Seed) {
        let granted = binding.held.granted;
        self.failures = 0;
        self.silences = 0;
        self.last = Last::Good;
        self.last_success = Some(now);
        self.asked = asked;
        self.note(Note::GrantedLess, granted < asked);
        self.note(Note::ContactRewritten, rewritten);
        self.plan = Plan::At(refresh_point(now, binding.held.until, granted, load, seed));
        self.binding = Some(binding);
    }

    fn failed(&mut self, now: Time, failure: Failure, seed: &mut Seed) {
        let cause = failure.cause;
        self.failures = self.failures.saturating_add(1);
        self.silences = if cause.is_silence() { self.silences.saturating_add(1) } else { 0 };
        if matches!(cause, Cause::ZeroExpires | Cause::NoBinding) && self.binding.take().is_some() {
            self.unsaved = true;
        }
        if matches!(cause, Cause::AuthRejected | Cause::Forbidden | Cause::NonceStaleLoop) {
            self.nonces.clear();
        }
        let retry_after = failure.answer.as_ref().and_then(|answer| answer.retry_after);
        self.last = Last::Bad(Box::new(failure));
        let by_class = retry_wait(cause.class(), self.failures, retry_after, &self.timers, seed).map(|wait| now + wait);
        let held = self.binding.as_ref().map(|binding| &binding.held).filter(|held| held.until > now);
        let rescue = held
            .filter(|_| cause.class() == Class::BackOff && retry_after.is_none_or(|seconds| seconds == 0))
            .and_then(|held| rescue(now, held.until, held.granted, self.failures, seed));
        self.plan = rescue.or(by_class).map_or(Plan::Idle, Plan::At);
    }

    /// Sets or clears a note; `true` when that changed it.
    pub fn note(&mut self, note: Note, on: bool) -> bool {
        self.notes.set(note, on)
    }

    /// Drops a binding that has run out; `true` when one has.
    pub fn expire(&mut self, now: Time) -> bool {
        let over = self.binding.as_ref().is_some_and(|binding| binding.held.until <= now);
        if over {
            self.binding = None;
            self.unsaved = true;
        }
        self.leaving.retain(|binding| binding.held.until > now || self.attempt.is_some());
        over
    }

    /// The rank with which it waits for its turn, once its time has come.
    pub fn ready(&mut self, now: Time) -> Option<Rank> {
        let Plan::At(time) = self.plan else { return None };
        if time > now {
            return None;
        }
        let rank = match (&self.binding, &self.last) {
            (Some(binding), _) => Rank::Binding(binding.held.until),
            (None, Last::Never) => Rank::New,
            (None, Last::Good | Last::Bad(_)) => Rank::Retry,
        };
        self.plan = Plan::Ready(rank);
        Some(rank)
    }

    /// When time alone changes something here.
    pub fn poll_timeout(&self) -> Option<Time> {
        let planned = match self.plan {
            Plan::At(time) => Some(time),
            Plan::Idle | Plan::Ready(_) => None,
        };
        let attempt = self.attempt.as_ref().and_then(|attempt| attempt.poll_timeout());
        let binding = self.binding.as_ref().map(|binding| binding.held.until);
        [planned, attempt, binding].into_iter().flatten().min()
    }
}

/// When a binding of `granted` seconds that ends at `until` is refreshed; reckoned from its end, since it may have begun
/// before time did.
fn refresh_point(now: Time, until: Time, granted: u32, load: &mut Load, seed: &mut Seed) -> Time {
    let life = u64::from(granted) * 1000;
    let (low, high) = refresh_window(granted);
    load.place(now, until.before(life - low).max(now), until.before(life - high).max(now), seed)
}
