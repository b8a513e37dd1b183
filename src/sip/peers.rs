//! What the entries of one hop learn for each other, and which of our addresses leads where.

use std::collections::HashMap;
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
        // Mostly none is avoided, and only to look for this one would cost a hash.
        if !self.avoided.is_empty() {
            self.avoided.remove(&target);
        }
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

/// The slots that have a request in flight to each target. Nearly all land without being asked for, so that they stay until
/// they are, or until there are more of them than of the others.
#[derive(Debug, Default)]
pub struct Flights {
    slots: HashMap<Target, Vec<u32>, RandomState>,
    /// How many there are, and how many were left when those that had landed were swept out.
    queued: usize,
    swept: usize,
}

impl Flights {
    /// A request of a slot left; `flies` tells whether one still has a request in flight to a target.
    pub fn take_off(&mut self, to: Target, slot: u32, flies: impl Fn(u32, Target) -> bool) {
        self.slots.entry(to).or_default().push(slot);
        self.queued += 1;
        if self.queued > 2 * self.swept + 1024 {
            self.slots.retain(|to, slots| {
                sweep(slots, |slot| flies(slot, *to));
                !slots.is_empty()
            });
            self.queued = self.slots.values().map(Vec::len).sum();
            self.swept = self.queued;
        }
    }

    /// Those that have one in flight to this target, in order.
    pub fn to(&mut self, target: Target, flies: impl Fn(u32, Target) -> bool) -> Vec<u32> {
        let Some(slots) = self.slots.get_mut(&target) else { return Vec::new() };
        let before = slots.len();
        sweep(slots, |slot| flies(slot, target));
        self.queued -= before - slots.len();
        slots.clone()
    }
}

/// Leaves those that fly, each once and in order.
fn sweep(slots: &mut Vec<u32>, flies: impl Fn(u32) -> bool) {
    slots.sort_unstable();
    slots.dedup();
    slots.retain(|slot| flies(*slot));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sip::wire::Transport;

    #[test]
    fn who_flies_is_found_and_who_landed_takes_no_room_for_long() {
        let to = |port| Target { transport: Transport::Udp, address: ([192, 0, 2, 1], port).into() };
        let mut flights = Flights::default();
        for slot in 0..100_000u32 {
            // The last ten are in flight, and go to one of three.
            let flies = |one: u32, at: Target| one + 10 > slot && at == to((one % 3) as u16);
            flights.take_off(to((slot % 3) as u16), slot, flies);
            flights.take_off(to((slot % 3) as u16), slot, flies);
            assert!(flights.queued <= 1024 + 2 * 20 + 1, "{}", flights.queued);
        }
        let last = |one: u32, at: Target| one >= 99_990 && at == to((one % 3) as u16);
        let queued = flights.queued;
        assert_eq!(flights.to(to(0), last), [99_990, 99_993, 99_996, 99_999]);
        let left: usize = flights.slots.values().map(Vec::len).sum();
        assert!(flights.queued < queued && flights.queued == left);
        assert!(flights.to(to(3), last).is_empty());
        flights.take_off(to(4), 7, |_, _| false);
        (0..2_000).for_each(|slot| flights.take_off(to(5), slot, |_, at| at == to(5)));
        assert_eq!(flights.slots.len(), 1);
    }
}
