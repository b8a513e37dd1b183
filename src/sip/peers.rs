//! What the entries of one hop learn for each other, and which of our addresses leads where.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;

use foldhash::fast::RandomState;

use super::report::How;
use super::target::{Candidate, Target};
use super::wire::Time;
use crate::domain::status::Cause;

/// What the entries of one hop learn for each other.
#[derive(Debug, Default)]
pub struct Health {
    /// Of the last nonces that were used ahead: how many, and how many of those were challenged.
    ahead: u32,
    challenged: u32,
    /// Nonces that were not used ahead since the last trial.
    spared: u32,
    /// The cause that its entries fail with while nobody answers.
    pub outage: Option<Cause>,
    /// Targets that failed, and until when they come last: ten thousand entries do not each find out for themselves.
    avoided: HashMap<Target, Time, RandomState>,
}

/// For how long a target that failed comes last, in milliseconds (RFC 3263 §4.3 leaves it open).
const AVOID: u64 = 300_000;

/// While nonces are taken for one-time ones, one of so many is used ahead all the same, to find out.
const TRIAL_OF: u32 = 8;

impl Health {
    /// Whether the next cached nonce is to be used ahead: not when they are challenged more often than not, but for a
    /// trial now and then. A trial that fails costs no round trip more than asking for a new nonce.
    pub fn uses_ahead(&mut self) -> bool {
        if self.ahead < 4 || self.challenged * 2 <= self.ahead {
            return true;
        }
        self.spared = (self.spared + 1) % TRIAL_OF;
        self.spared == 0
    }

    /// A nonce was used ahead.
    pub fn learn(&mut self, challenged: bool) {
        // One that is taken says that the challenges before it had another reason: the registrar had been restarted.
        if !challenged && self.challenged * 2 > self.ahead {
            (self.ahead, self.challenged) = (0, 0);
        }
        self.ahead += 1;
        self.challenged += u32::from(challenged);
        // Old lessons fade, so that a registrar that changed its ways is found out.
        if self.ahead >= 32 {
            self.ahead /= 2;
            self.challenged /= 2;
        }
    }

    /// A target failed in a way that says something of it.
    pub fn avoid(&mut self, now: Time, target: Target, how: How) {
        let ms = match how {
            How::Silent | How::Busy(None) => AVOID,
            How::Busy(Some(seconds)) => u64::from(seconds) * 1000,
            How::Answered | How::Slow | How::Unsent => return,
        };
        self.avoided.retain(|_, until| *until > now);
        self.avoided.insert(target, now + ms);
    }

    /// A target answered.
    pub fn trust(&mut self, target: Target) {
        self.avoided.remove(&target);
    }

    /// The order in which candidates are tried: the one that served last while it is sound, then as DNS has them, then
    /// those that failed lately, the longest ago first.
    pub fn arrange(&self, now: Time, kept: Option<Target>, candidates: &mut [Candidate]) {
        let avoided = |c: &Candidate| self.avoided.get(&c.target).copied().filter(|until| *until > now);
        candidates.sort_by_key(|c| (avoided(c), Some(c.target) != kept));
    }

    /// An attempt ended, with this cause when it failed.
    pub fn ended(&mut self, how: How, cause: Option<Cause>) {
        self.outage = match how {
            How::Silent => cause,
            How::Unsent => self.outage,
            How::Answered | How::Slow | How::Busy(_) => None,
        };
    }
}

/// The slots that have a request in flight to each target.
#[derive(Debug, Default)]
pub struct Flights(HashMap<Target, BTreeSet<u32>, RandomState>);

impl Flights {
    pub fn take_off(&mut self, to: Target, slot: u32) {
        self.0.entry(to).or_default().insert(slot);
    }

    pub fn land(&mut self, to: Target, slot: u32) {
        if let Some(slots) = self.0.get_mut(&to) {
            slots.remove(&slot);
            if slots.is_empty() {
                self.0.remove(&to);
            }
        }
    }

    /// Those to this target, in order.
    pub fn to(&self, target: Target) -> Vec<u32> {
        self.0.get(&target).into_iter().flatten().copied().collect()
    }
}

/// For how long a route is believed, in milliseconds.
const ROUTE_LIFE: u64 = 60_000;

#[derive(Debug)]
enum Route {
    /// These slots wait for it.
    Asking(Vec<u32>),
    Known(IpAddr, Time),
}

/// Our address as each destination sees it.
#[derive(Debug, Default)]
pub struct Routes(HashMap<IpAddr, Route, RandomState>);

/// What is known of the way to a destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    From(IpAddr),
    /// The slot waits for an answer; `ask` says whether the question is new.
    Waiting {
        ask: bool,
    },
}

impl Routes {
    /// Our address towards `to`, or the promise to tell `slot`.
    pub fn way(&mut self, now: Time, slot: u32, to: IpAddr) -> Way {
        match self.0.get_mut(&to) {
            Some(Route::Known(ip, until)) if *until > now => Way::From(*ip),
            Some(Route::Asking(waiting)) => {
                waiting.push(slot);
                Way::Waiting { ask: false }
            }
            Some(Route::Known(..)) | None => {
                // Destinations that nobody asks for any more would stay for ever.
                self.0.retain(|_, route| !matches!(route, Route::Known(_, until) if *until <= now));
                self.0.insert(to, Route::Asking(vec![slot]));
                Way::Waiting { ask: true }
            }
        }
    }

    /// The answer, and the slots that wait for it.
    pub fn learn(&mut self, now: Time, to: IpAddr, local: Option<IpAddr>) -> Vec<u32> {
        let Some(Route::Asking(waiting)) = self.0.remove(&to) else { return Vec::new() };
        if let Some(ip) = local {
            self.0.insert(to, Route::Known(ip, now + ROUTE_LIFE));
        }
        waiting
    }
}
