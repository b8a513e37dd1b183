//! When: transaction timers (RFC 3261 §17.1.2), refresh points, retry classes, and the schedule that remembers them.

use std::collections::{BTreeMap, BTreeSet};

use super::seed::Seed;
use super::wire::Time;
use crate::domain::status::Class;

/// Milliseconds that shape an attempt and its retries. The demo provider shortens them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timers {
    /// First retransmission (RFC 3261 §17.1.1.1).
    pub t1: u64,
    /// Longest wait between retransmissions.
    pub t2: u64,
    /// Timer F: an attempt on one target gives up.
    pub give_up: u64,
    /// First wait of the back-off class; doubles up to `back_off_most`.
    pub back_off: u64,
    pub back_off_most: u64,
    /// First wait of the slow class; doubles up to `slow_most`.
    pub slow: u64,
    pub slow_most: u64,
}

impl Timers {
    /// RFC 3261's T1, T2 and 64·T1, and the retry classes as documented.
    pub const STANDARD: Self = Self {
        t1: 500,
        t2: 4_000,
        give_up: 32_000,
        back_off: 30_000,
        back_off_most: 600_000,
        slow: 900_000,
        slow_most: 3_600_000,
    };
}

/// Longest Retry-After that is honoured, in seconds.
pub const RETRY_AFTER_MOST: u32 = 3600;
/// Longest grant that is believed, in seconds: past it, refreshing once a day is right whatever the number says.
pub const GRANT_MOST: u32 = 86_400;
/// How long an unregister may stand in the way of what follows it, in milliseconds.
pub const FAREWELL: u64 = 5_000;

/// Wait after the `failures`-th failure in a row (from 1), in milliseconds; `None` holds.
pub fn retry_wait(
    class: Class,
    failures: u32,
    retry_after: Option<u32>,
    timers: &Timers,
    seed: &mut Seed,
) -> Option<u64> {
    let (first, most) = match class {
        Class::BackOff => (timers.back_off, timers.back_off_most),
        Class::Slow => (timers.slow, timers.slow_most),
        Class::Hold => return None,
    };
    let full = first.saturating_mul(1 << failures.saturating_sub(1).min(20)).min(most);
    // Jitter of the upper half: never sooner than half of it, and never all at once.
    let wait = seed.between(full / 2, full);
    let asked = retry_after.map_or(0, |seconds| {
        let ms = u64::from(seconds.min(RETRY_AFTER_MOST)) * 1000;
        ms + seed.between(0, ms / 10)
    });
    // The provider's own word replaces a shorter or longer back-off, but never makes a slow one quicker, nor any quicker
    // than a first failure is tried again.
    Some(match (class, asked) {
        (_, 0) => wait,
        (Class::BackOff, asked) => asked.max(first / 2),
        (Class::Slow | Class::Hold, asked) => asked.max(wait),
    })
}

/// The window in which a binding granted for `granted` seconds is refreshed, in milliseconds after its beginning:
/// 80-90 %, or the tenth of its life that ends 200 s before its end when that is earlier, never before half of it. It
/// is always a tenth wide, so that a crowd that registered at once comes apart again.
pub fn refresh_window(granted: u32) -> (u64, u64) {
    let life = u64::from(granted) * 1000;
    let tenth = life / 10;
    let latest = (tenth * 9).min(life.saturating_sub(200_000)).max(tenth * 6);
    let earliest = (tenth * 8).min(latest.saturating_sub(tenth)).max(life / 2);
    (earliest, latest)
}

/// When a failed refresh is tried again while the old binding still lives: after 5-10 s, doubling, with one try always
/// inside the last part of its life. `None` once there is no time left for one.
pub fn rescue(now: Time, until: Time, granted: u32, failures: u32, seed: &mut Seed) -> Option<Time> {
    // The last part leaves room for one whole attempt, or a fifth of a short life.
    let last_call = until.before((u64::from(granted) * 200).min(40_000));
    let wait = seed.between(5_000, 10_000).saturating_mul(1 << failures.saturating_sub(1).min(10));
    let next = now + wait;
    if next <= last_call {
        Some(next)
    } else if now < last_call {
        Some(last_call)
    } else {
        let soon = now + 5_000;
        Some(soon).filter(|soon| *soon < until)
    }
}

/// Which slot is due when: one time a slot, the earliest first.
#[derive(Debug, Default)]
pub struct Schedule(BTreeSet<(Time, u32)>);

impl Schedule {
    /// Moves a slot from the time it had to the time it has.
    pub fn change(&mut self, slot: u32, from: Option<Time>, to: Option<Time>) {
        if from == to {
            return;
        }
        if let Some(from) = from {
            self.0.remove(&(from, slot));
        }
        if let Some(to) = to {
            self.0.insert((to, slot));
        }
    }

    /// The earliest time at which a slot is due.
    pub fn next(&self) -> Option<Time> {
        self.0.first().map(|(time, _)| *time)
    }

    /// The next slot that is due by `now`, taken out.
    pub fn take_due(&mut self, now: Time) -> Option<u32> {
        if self.next()? > now {
            return None;
        }
        self.0.pop_first().map(|(_, slot)| slot)
    }
}

/// How many refreshes are planned for each second, so that new ones are put where the load is least and it stays flat,
/// after an outage too.
#[derive(Debug, Default)]
pub struct Load(BTreeMap<u64, u32>);

impl Load {
    /// A time from `low` to `high`: the least loaded second of four that are drawn.
    pub fn place(&mut self, now: Time, low: Time, high: Time, seed: &mut Seed) -> Time {
        while self.0.first_key_value().is_some_and(|(second, _)| *second < now.0 / 1000) {
            self.0.pop_first();
        }
        let mut best = (u32::MAX, low);
        for _ in 0..4 {
            let time = Time(seed.between(low.0, high.0));
            let load = self.0.get(&(time.0 / 1000)).copied().unwrap_or(0);
            if load < best.0 {
                best = (load, time);
            }
        }
        *self.0.entry(best.1.0 / 1000).or_default() += 1;
        best.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refresh_points_leave_room_for_whole_attempts() {
        for (granted, window) in [
            (3600, (2_880_000, 3_240_000)),
            (1800, (1_420_000, 1_600_000)),
            (300, (150_000, 180_000)),
            (60, (30_000, 36_000)),
            (600, (340_000, 400_000)),
            (1, (500, 600)),
            (86_400, (69_120_000, 77_760_000)),
        ] {
            assert_eq!(refresh_window(granted), window, "{granted}");
        }
    }

    #[test]
    fn classes_double_up_to_their_most_and_honour_retry_after() {
        let mut seed = Seed::new([0; 32]);
        let mut wait = |class, failures, after| retry_wait(class, failures, after, &Timers::STANDARD, &mut seed);
        for (failures, low, high) in [
            (1, 15_000, 30_000),
            (2, 30_000, 60_000),
            (5, 240_000, 480_000),
            (6, 300_000, 600_000),
            (4_000_000_000, 300_000, 600_000),
        ] {
            assert!(wait(Class::BackOff, failures, None).is_some_and(|w| (low..=high).contains(&w)), "{failures}");
        }
        assert!(wait(Class::Slow, 1, None).is_some_and(|w| (450_000..=900_000).contains(&w)));
        assert!(wait(Class::Slow, 9, None).is_some_and(|w| (1_800_000..=3_600_000).contains(&w)));
        assert!(wait(Class::BackOff, 1, Some(120)).is_some_and(|w| (120_000..=132_000).contains(&w)));
        assert_eq!(wait(Class::BackOff, 9, Some(1)), Some(15_000));
        assert!(wait(Class::BackOff, 1, Some(u32::MAX)).is_some_and(|w| w <= 3_960_000));
        assert!(wait(Class::Slow, 1, Some(1)).is_some_and(|w| w >= 450_000));
        assert_eq!(wait(Class::Hold, 1, Some(1)), None);
    }

    #[test]
    fn a_failed_refresh_is_always_tried_once_in_the_last_part() {
        let mut seed = Seed::new([0; 32]);
        let until = Time(300_000);
        let (mut now, mut tries) = (Time(182_000), Vec::new());
        for failures in 1..20 {
            let Some(next) = rescue(now, until, 300, failures, &mut seed) else { break };
            tries.push(next);
            now = next + 32_000;
        }
        assert!(tries.iter().any(|t| t.0 >= 260_000) && tries.iter().all(|t| *t < until), "{tries:?}");
    }
}
