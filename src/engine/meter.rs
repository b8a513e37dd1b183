//! How the engine does: what it sends and hears, how late it is, how much of a core it takes; minute by minute for a day.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::clock::wall_ms;

/// Milliseconds after which something is done late.
pub const LATE: u64 = 20;
/// Minutes that are kept.
const MINUTES: usize = 24 * 60;
const MINUTE: i64 = 60_000;

/// What happened within a while.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Messages.
    pub sent: u64,
    pub heard: u64,
    /// Messages that were no SIP, or that nobody waited for.
    pub dropped: u64,
    /// Most entries that waited for their turn.
    pub waiting: usize,
    /// Longest time between when something was due and when it was done, in milliseconds.
    pub lag: u64,
    /// How often something was due, and how often of those it was done more than [`LATE`] milliseconds after that.
    pub due: u64,
    pub late: u64,
    /// Time on a processor, in microseconds.
    pub busy: u64,
}

impl Figures {
    /// Both together: sums, and the larger of what is a maximum.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            sent: self.sent + other.sent,
            heard: self.heard + other.heard,
            dropped: self.dropped + other.dropped,
            waiting: self.waiting.max(other.waiting),
            lag: self.lag.max(other.lag),
            due: self.due + other.due,
            late: self.late + other.late,
            busy: self.busy + other.busy,
        }
    }

    /// The larger of each.
    #[must_use]
    pub fn most(self, other: Self) -> Self {
        Self {
            sent: self.sent.max(other.sent),
            heard: self.heard.max(other.heard),
            dropped: self.dropped.max(other.dropped),
            waiting: self.waiting.max(other.waiting),
            lag: self.lag.max(other.lag),
            due: self.due.max(other.due),
            late: self.late.max(other.late),
            busy: self.busy.max(other.busy),
        }
    }
}

#[derive(Debug, Default)]
struct Inner {
    whole: Figures,
    /// The present minute is the last.
    minutes: VecDeque<(i64, Figures)>,
    waiting_now: usize,
}

/// See the module. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Meter(Arc<Mutex<Inner>>);

impl Meter {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        // Each change is one step.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds what happened since the last time; `wall` is in milliseconds since 1970 UTC.
    pub fn add(&self, wall: i64, since: Figures) {
        let inner = &mut *self.inner();
        let minute = wall.div_euclid(MINUTE) * MINUTE;
        inner.whole = inner.whole.and(since);
        inner.waiting_now = since.waiting;
        match inner.minutes.back_mut() {
            // A clock that was set back counts in the minute that there is.
            Some((last, figures)) if *last >= minute => *figures = figures.and(since),
            _ => inner.minutes.push_back((minute, since)),
        }
        let surplus = inner.minutes.len().saturating_sub(MINUTES);
        inner.minutes.drain(..surplus);
    }

    /// Everything since the start.
    pub fn whole(&self) -> Figures {
        self.inner().whole
    }

    /// How many entries wait for their turn.
    pub fn waiting(&self) -> usize {
        self.inner().waiting_now
    }

    /// Each minute of the last day in which anything happened, with its beginning in milliseconds since 1970 UTC.
    pub fn day(&self) -> Vec<(i64, Figures)> {
        self.inner().minutes.iter().copied().collect()
    }
}

/// How often the time on a processor is asked for, in milliseconds.
const ASK_EVERY: u64 = 1_000;

/// What the loop counts as it goes round, and tells the meter.
#[derive(Debug)]
pub struct Tally {
    meter: Meter,
    since: Figures,
    /// What was told of these before.
    dropped: u64,
    busy: u64,
    asked_at: u64,
}

impl Tally {
    pub fn new(meter: Meter) -> Self {
        Self { meter, since: Figures::default(), dropped: 0, busy: 0, asked_at: 0 }
    }

    /// A message left.
    pub fn sent(&mut self) {
        self.since.sent += 1;
    }

    /// A message came.
    pub fn heard(&mut self) {
        self.since.heard += 1;
    }

    /// Something was done so many milliseconds after it was due.
    pub fn late(&mut self, ms: u64) {
        self.since.lag = self.since.lag.max(ms);
        self.since.due += 1;
        self.since.late += u64::from(ms > LATE);
    }

    /// The end of a round, at `now` on the loop's clock: how many wait, and how many messages were dropped so far.
    pub fn round(&mut self, now: u64, waiting: usize, dropped: u64) {
        let mut since = std::mem::take(&mut self.since);
        since.waiting = waiting;
        since.dropped = dropped.saturating_sub(std::mem::replace(&mut self.dropped, dropped));
        if now >= self.asked_at + ASK_EVERY {
            self.asked_at = now;
            let busy = thread_time().unwrap_or(0);
            since.busy = busy.saturating_sub(std::mem::replace(&mut self.busy, busy));
        }
        self.meter.add(wall_ms(), since);
    }
}

/// The time that the calling thread has spent on a processor, in microseconds, as far as the system tells.
pub fn thread_time() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds: u64 = text.split_whitespace().next()?.parse().ok()?;
    Some(nanoseconds / 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_kept_by_the_minute() {
        let meter = Meter::default();
        let one = |sent, lag| Figures { sent, lag, waiting: 3, ..Figures::default() };
        meter.add(10 * MINUTE + 5, one(1, 7));
        meter.add(10 * MINUTE + 59_999, one(2, 4));
        meter.add(9 * MINUTE, one(4, 0));
        assert_eq!(meter.day(), [(10 * MINUTE, one(7, 7))]);
        for minute in 11..3_000 {
            meter.add(minute * MINUTE, one(1, 1));
        }
        assert_eq!((meter.day().len(), meter.day()[0].0), (MINUTES, (3_000 - 1_440) * MINUTE));
        assert_eq!((meter.whole().sent, meter.whole().lag, meter.waiting()), (7 + 2_989, 7, 3));
        let Some(before) = thread_time() else { return };
        let work = (0..100_000_000u64).find(|n| n % 100_000 == 0 && thread_time() > Some(before));
        assert!(work.is_some(), "work takes time");
    }
}
