//! When: transaction timers (RFC 3261 §17.1.2), refresh points, retry classes, and the schedule that remembers them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};

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

/// Milliseconds of a bucket of the schedule, as a power of two.
const BUCKET: u32 = 8;
/// Near ones that are put back when something comes before all of them.
const FEW: usize = 32;
/// No time is planned.
const NEVER: u64 = u64::MAX;

/// Which slot is due when: one time a slot, the earliest first. What lies ahead waits unsorted in buckets of a quarter of a
/// second, and what was planned anew stays in its bucket until that is opened: both cost next to nothing, as most timers
/// never go off.
#[derive(Debug, Default)]
pub struct Schedule {
    /// What counts: the time of each slot.
    times: Vec<u64>,
    /// How many slots have a time, and how many are queued, with those whose time is another one by now.
    planned: usize,
    queued: usize,
    /// Everything up to this bucket is near.
    opened: u64,
    near: BinaryHeap<Reverse<(Time, u32)>>,
    /// By the number of a bucket: milliseconds after its beginning, and the slot.
    far: BTreeMap<u64, Vec<(u32, u32)>>,
}

impl Schedule {
    /// Gives a slot another time, or none.
    pub fn plan(&mut self, slot: u32, time: Option<Time>) {
        let index = slot as usize;
        if index >= self.times.len() {
            self.times.resize(index + 1, NEVER);
        }
        let time = time.filter(|time| time.0 != NEVER);
        let to = time.map_or(NEVER, |time| time.0);
        let from = std::mem::replace(&mut self.times[index], to);
        if from == to {
            return;
        }
        self.planned = self.planned + usize::from(to != NEVER) - usize::from(from != NEVER);
        if let Some(time) = time {
            self.queue(time, slot);
        }
        if self.queued > 2 * self.planned + 1024 {
            self.rebuild();
        }
        self.tidy();
    }

    fn queue(&mut self, time: Time, slot: u32) {
        self.queued += 1;
        let bucket = time.0 >> BUCKET;
        let first = self.near.peek().map_or(self.opened, |Reverse((first, _))| first.0 >> BUCKET);
        if bucket < first && self.near.len() <= FEW {
            // What was near is not any more, or everything that comes later would be near, too.
            std::mem::take(&mut self.near).into_iter().for_each(|Reverse((time, slot))| self.put_far(time, slot));
            self.opened = bucket;
        }
        if bucket <= self.opened {
            self.near.push(Reverse((time, slot)));
        } else {
            self.put_far(time, slot);
        }
    }

    fn put_far(&mut self, time: Time, slot: u32) {
        let bucket = time.0 >> BUCKET;
        // What is left of a time without its bucket fits.
        let within = u32::try_from(time.0 - (bucket << BUCKET)).unwrap_or(0);
        self.far.entry(bucket).or_default().push((within, slot));
    }

    fn is_planned(&self, time: Time, slot: u32) -> bool {
        self.times.get(slot as usize) == Some(&time.0)
    }

    /// Leaves only what counts.
    fn rebuild(&mut self) {
        self.near.clear();
        self.far.clear();
        self.queued = 0;
        let planned: Vec<(Time, u32)> = (0..)
            .zip(&self.times)
            .filter(|(_, time)| **time != NEVER)
            .map(|(slot, time)| (Time(*time), slot))
            .collect();
        planned.into_iter().for_each(|(time, slot)| self.queue(time, slot));
    }

    /// What is first of the near ones counts, unless nothing does.
    fn tidy(&mut self) {
        loop {
            while let Some(Reverse((time, slot))) = self.near.peek().copied() {
                if self.is_planned(time, slot) {
                    return;
                }
                self.near.pop();
                self.queued -= 1;
            }
            let Some((bucket, waiting)) = self.far.pop_first() else { return };
            self.opened = bucket;
            for (within, slot) in waiting {
                let time = Time((bucket << BUCKET) + u64::from(within));
                if self.is_planned(time, slot) {
                    self.near.push(Reverse((time, slot)));
                } else {
                    self.queued -= 1;
                }
            }
        }
    }

    /// The earliest time at which a slot is due.
    pub fn next(&self) -> Option<Time> {
        self.near.peek().map(|Reverse((time, _))| *time)
    }

    /// The next slot that is due by `now`, taken out.
    pub fn take_due(&mut self, now: Time) -> Option<u32> {
        let Reverse((_, slot)) = self.near.peek().copied().filter(|Reverse((time, _))| *time <= now)?;
        self.near.pop();
        self.queued -= 1;
        self.planned -= 1;
        if let Some(time) = self.times.get_mut(slot as usize) {
            *time = NEVER;
        }
        self.tidy();
        Some(slot)
    }
}

/// How many refreshes are planned for each second, so that new ones are put where the load is least and it stays flat,
/// after an outage too.
#[derive(Debug, Default)]
pub struct Load {
    /// The second that the first count is of.
    first: u64,
    counts: VecDeque<u32>,
}

impl Load {
    /// A time from `low` to `high`: the least loaded second of four that are drawn.
    pub fn place(&mut self, now: Time, low: Time, high: Time, seed: &mut Seed) -> Time {
        let second = now.0 / 1000;
        while self.first < second && self.counts.pop_front().is_some() {
            self.first += 1;
        }
        if self.counts.is_empty() {
            self.first = second;
        }
        // No refresh lies before now; what a clock that was wrong puts more than a day ahead counts with the last second.
        let place = |time: Time| {
            let ahead = (time.0 / 1000).saturating_sub(second).min(u64::from(GRANT_MOST));
            usize::try_from(ahead).unwrap_or(0)
        };
        let mut best = (u32::MAX, low);
        for _ in 0..4 {
            let time = Time(seed.between(low.0, high.0));
            let load = self.counts.get(place(time)).copied().unwrap_or(0);
            if load < best.0 {
                best = (load, time);
            }
        }
        let place = place(best.1);
        if place >= self.counts.len() {
            self.counts.resize(place + 1, 0);
        }
        self.counts[place] += 1;
        best.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_comes_first_whatever_was_planned_before() {
        let (mut schedule, mut seed) = (Schedule::default(), Seed::new([3; 32]));
        let mut expected = std::collections::BTreeSet::new();
        let mut times = std::collections::HashMap::new();
        let mut now = 0;
        for step in 0..50_000u64 {
            let slot = u32::try_from(seed.between(0, 300)).unwrap();
            // Soon, in an hour, or at a time that others have, too.
            let time = match seed.between(0, 3) {
                0 => Some(Time(now + seed.between(0, 500))),
                1 => Some(Time(now + seed.between(0, 3_600_000))),
                2 => Some(Time(now + 500)),
                _ => None,
            };
            schedule.plan(slot, time);
            if let Some(before) = times.remove(&slot) {
                expected.remove(&(before, slot));
            }
            if let Some(time) = time {
                expected.insert((time, slot));
                times.insert(slot, time);
            }
            assert_eq!(schedule.next(), expected.first().map(|(time, _)| *time), "step {step}");
            assert_eq!(schedule.planned, expected.len());
            assert!(schedule.queued <= 2 * schedule.planned + 1025);
            if step % 7 == 0 {
                now += seed.between(0, 2_000);
                while let Some(slot) = schedule.take_due(Time(now)) {
                    assert_eq!(expected.pop_first(), times.remove(&slot).map(|time| (time, slot)), "step {step}");
                }
                assert!(schedule.next().is_none_or(|time| time.0 > now));
            }
        }
    }

    #[test]
    fn the_load_stays_flat_and_small_whatever_the_clock_says() {
        let (mut load, mut seed) = (Load::default(), Seed::new([5; 32]));
        let mut per_second = std::collections::HashMap::new();
        for _ in 0..10_000 {
            let time = load.place(Time(7_000), Time(7_000), Time(106_999), &mut seed);
            *per_second.entry(time.0 / 1000).or_insert(0) += 1;
        }
        assert!(per_second.values().all(|count| (85..=115).contains(count)), "{per_second:?}");
        // A clock that was decades wrong.
        let far = Time(2_000_000_000_000);
        assert_eq!(load.place(Time(8_000), far, far, &mut seed), far);
        assert!(load.counts.len() <= 86_401);
        // Long afterwards, everything that was counted is over.
        load.place(Time(900_000_000), Time(900_000_000), Time(900_001_000), &mut seed);
        assert!(load.counts.len() <= 2);
    }

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
