//! Who may send when. No storm, ever: a token bucket and an in-flight window per registrar, a bucket for the whole
//! engine, and a breaker that lets only probes out while a registrar is silent. Pure: time is an argument.

use std::collections::BTreeSet;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use slab::Slab;

use crate::domain::account::Peer;
use crate::domain::entry::EntryId;
use crate::sip::known::ByPeer;
use crate::sip::{Ended, How, Rank, Ready, Time};

/// Attempts a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaceConfig {
    /// To one registrar; at least 1.
    pub per_registrar: u32,
    /// By the whole engine; at least 1.
    pub whole: u32,
}

/// Attempts in flight that a registrar is trusted with at first, and at most: their answers fit into the socket's buffer
/// (about 2 KiB of it each) when all come while we do something else, and at 50 ms a round trip they are 80,000 a second.
const WINDOW_FIRST: u32 = 64;
const WINDOW_MOST: u32 = 4_096;
/// Different entries in a row without an answer that open the breaker.
const SILENT_MOST: u32 = 5;
/// Milliseconds between probes while the breaker is open, and the window with which it closes.
const PROBE_EVERY: u64 = 5_000;
const WINDOW_AFTER: u32 = 4;

/// A token bucket that counts in microseconds: each attempt pushes the next one `interval` away.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    interval: u64,
    /// How far ahead it may run, since the clock ticks in milliseconds.
    slack: u64,
    next: u64,
}

impl Bucket {
    fn new(rate: u32) -> Self {
        let interval = 1_000_000u64.div_ceil(u64::from(rate.max(1)));
        Self { interval, slack: 10_000u64.saturating_sub(interval), next: 0 }
    }

    fn open_at(&self) -> Time {
        Time(self.next.saturating_sub(self.slack).div_ceil(1000))
    }

    fn take(&mut self, now: Time) {
        self.next = self.next.max(now.0 * 1000) + self.interval;
    }
}

#[derive(Debug)]
struct Lane {
    peer: Arc<Peer>,
    queue: BTreeSet<(Rank, u64, EntryId)>,
    bucket: Bucket,
    in_flight: u32,
    window: u32,
    silent: u32,
    last_silent: Option<EntryId>,
    /// While the breaker is open: when the next probe may go.
    probe_at: Option<Time>,
    paused_until: Time,
    agenda: Option<Time>,
}

impl Lane {
    fn new(peer: Arc<Peer>, rate: u32) -> Self {
        Self {
            peer,
            queue: BTreeSet::new(),
            bucket: Bucket::new(rate),
            in_flight: 0,
            window: WINDOW_FIRST,
            silent: 0,
            last_silent: None,
            probe_at: None,
            paused_until: Time(0),
            agenda: None,
        }
    }

    /// When its first in the queue may begin; `None` while only an end can free the way.
    fn next(&self) -> Option<Time> {
        let (rank, ..) = self.queue.first()?;
        let tokens = self.bucket.open_at();
        // A person who waits is kept to the rate only: what they just mended has to be tried.
        if *rank == Rank::Urgent {
            return Some(tokens);
        }
        if let Some(probe_at) = self.probe_at {
            return Some(tokens.max(probe_at).max(self.paused_until));
        }
        (self.in_flight < self.window).then(|| tokens.max(self.paused_until))
    }

    fn began(&mut self, now: Time, rank: Rank) {
        self.bucket.take(now);
        self.in_flight += 1;
        if rank != Rank::Urgent && self.probe_at.is_some() {
            self.probe_at = Some(now + PROBE_EVERY);
        }
    }

    fn ended(&mut self, now: Time, id: EntryId, how: How) {
        self.in_flight = self.in_flight.saturating_sub(1);
        match how {
            How::Unsent => {}
            How::Answered => {
                if self.answered() {
                    self.window = (self.window + 1).min(WINDOW_MOST);
                }
            }
            // Slow answers ask for no more than at first, but what silence halved must come back.
            How::Slow => {
                if self.answered() && self.window < WINDOW_FIRST {
                    self.window += 1;
                }
            }
            How::Busy(retry_after) => {
                let _ = self.answered();
                self.window = (self.window / 2).max(1);
                if let Some(seconds) = retry_after {
                    self.paused_until = self.paused_until.max(now + u64::from(seconds) * 1000);
                }
            }
            How::Silent => {
                self.window = (self.window / 2).max(1);
                // One entry that stays silent says nothing of the others.
                if self.last_silent.replace(id) != Some(id) {
                    self.silent += 1;
                }
                if self.silent >= SILENT_MOST && self.probe_at.is_none() {
                    self.probe_at = Some(now + PROBE_EVERY);
                }
            }
        }
    }

    /// Somebody is there; `false` when the breaker was open until now.
    fn answered(&mut self) -> bool {
        self.silent = 0;
        self.last_silent = None;
        let was_open = self.probe_at.take().is_some();
        if was_open {
            self.window = WINDOW_AFTER;
        }
        !was_open
    }
}

/// See the module. After [`Pace::push`] or [`Pace::ended`], take [`Pace::poll`] until it is empty, then read
/// [`Pace::poll_timeout`].
#[derive(Debug)]
pub struct Pace {
    config: PaceConfig,
    whole: Bucket,
    lanes: Slab<Lane>,
    peers: ByPeer<usize>,
    waiting: FxHashMap<EntryId, (usize, Rank, u64)>,
    agenda: BTreeSet<(Time, usize)>,
    sequence: u64,
}

impl Pace {
    pub fn new(config: PaceConfig) -> Self {
        Self {
            config,
            whole: Bucket::new(config.whole),
            lanes: Slab::new(),
            peers: ByPeer::default(),
            waiting: FxHashMap::default(),
            agenda: BTreeSet::new(),
            sequence: 0,
        }
    }

    /// An entry wants to begin an attempt; said again, its new rank counts.
    pub fn push(&mut self, ready: Ready) {
        self.withdraw(ready.id);
        let lane = match self.peers.get(&ready.peer) {
            Some(lane) => *lane,
            None => {
                let rate = ready.peer.pace.unwrap_or(self.config.per_registrar);
                let lane = self.lanes.insert(Lane::new(ready.peer.clone(), rate));
                self.peers.insert(ready.peer, lane);
                lane
            }
        };
        self.sequence += 1;
        self.waiting.insert(ready.id, (lane, ready.rank, self.sequence));
        self.lanes[lane].queue.insert((ready.rank, self.sequence, ready.id));
        self.plan(lane);
    }

    /// An entry wants no turn any more.
    pub fn withdraw(&mut self, id: EntryId) {
        if let Some((lane, rank, sequence)) = self.waiting.remove(&id) {
            self.lanes[lane].queue.remove(&(rank, sequence, id));
            self.plan(lane);
        }
        self.tidy();
    }

    /// A table that once held a million is slow for a few: each lies somewhere else in it.
    fn tidy(&mut self) {
        if self.waiting.capacity() > 1024 && self.waiting.len() < self.waiting.capacity() / 8 {
            self.waiting.shrink_to(self.waiting.len() * 2);
        }
    }

    /// An attempt that began is over.
    pub fn ended(&mut self, now: Time, ended: &Ended) {
        if let Some(lane) = self.peers.get(&ended.peer).copied() {
            self.lanes[lane].ended(now, ended.id, ended.how);
            self.plan(lane);
        }
    }

    /// An entry whose turn came did not begin.
    pub fn unused(&mut self, id: EntryId, peer: &Arc<Peer>) {
        if let Some(lane) = self.peers.get(peer).copied() {
            self.lanes[lane].ended(Time(0), id, How::Unsent);
            self.plan(lane);
        }
    }

    /// The entry that may begin now, and whose pace it takes; it counts as in flight until [`Pace::ended`].
    pub fn poll(&mut self, now: Time) -> Option<(EntryId, Arc<Peer>)> {
        let (time, lane) = *self.agenda.first()?;
        if time > now || self.whole.open_at() > now {
            return None;
        }
        let (rank, _, id) = self.lanes[lane].queue.pop_first()?;
        self.waiting.remove(&id);
        self.tidy();
        self.whole.take(now);
        self.lanes[lane].began(now, rank);
        let peer = self.lanes[lane].peer.clone();
        self.plan(lane);
        Some((id, peer))
    }

    /// When [`Pace::poll`] may have one again.
    pub fn poll_timeout(&self) -> Option<Time> {
        self.agenda.first().map(|(time, _)| (*time).max(self.whole.open_at()))
    }

    /// How many wait for their turn.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    fn plan(&mut self, index: usize) {
        let lane = &mut self.lanes[index];
        let next = lane.next();
        if next != lane.agenda {
            lane.agenda.and_then(|time| self.agenda.take(&(time, index)));
            self.agenda.extend(next.map(|time| (time, index)));
            lane.agenda = next;
        }
        // A registrar of whom nothing is known or wanted any more is forgotten.
        if lane.queue.is_empty()
            && lane.in_flight == 0
            && lane.silent == 0
            && lane.window == WINDOW_FIRST
            && lane.paused_until == Time(0)
        {
            self.peers.remove(&lane.peer);
            self.lanes.remove(index);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(name: &str) -> Arc<Peer> {
        Arc::new(Peer::of_domain(&name.parse().unwrap()))
    }

    fn ready(id: i64, rank: Rank) -> Ready {
        Ready { id: EntryId(id), peer: peer("a.example"), rank }
    }

    fn run(pace: &mut Pace, until: u64, mut on_begin: impl FnMut(&mut Pace, Time, EntryId)) -> Vec<(u64, i64)> {
        let mut out = Vec::new();
        while let Some(time) = pace.poll_timeout().filter(|time| time.0 <= until) {
            while let Some((id, _)) = pace.poll(time) {
                out.push((time.0, id.0));
                on_begin(pace, time, id);
            }
        }
        out
    }

    fn answer(pace: &mut Pace, now: Time, id: EntryId, how: How) {
        pace.ended(now, &Ended { id, peer: peer("a.example"), how });
    }

    #[test]
    fn no_second_has_more_than_the_rate_and_the_soonest_to_end_go_first() {
        let mut pace = Pace::new(PaceConfig { per_registrar: 100, whole: 1000 });
        for id in 0..500 {
            pace.push(ready(id, if id % 2 == 0 { Rank::New } else { Rank::Binding(Time(1_000_000 - id as u64)) }));
        }
        let begun = run(&mut pace, 60_000, |pace, now, id| answer(pace, now, id, How::Answered));
        assert_eq!(begun.len(), 500);
        assert_eq!(begun[0].1, 499);
        assert!((0..5_000).all(|t| begun.iter().filter(|(at, _)| (t..t + 1000).contains(at)).count() <= 100));
        assert!(begun.last().unwrap().0 <= 5_000);
    }

    #[test]
    fn a_person_overtakes_the_queue_and_the_breaker() {
        let mut pace = Pace::new(PaceConfig { per_registrar: 1000, whole: 1000 });
        for id in 0..200 {
            pace.push(ready(id, Rank::New));
        }
        let begun = run(&mut pace, 100_000, |pace, now, id| answer(pace, now + 1, id, How::Silent));
        let later = begun.iter().filter(|(at, _)| *at > 10_000).count();
        assert!((15..=19).contains(&later), "only probes go out: {later}");
        pace.push(ready(199, Rank::Urgent));
        assert!(pace.poll_timeout().is_some_and(|time| time.0 <= 100_010));
        assert_eq!(pace.poll(Time(100_010)).map(|(id, _)| id), Some(EntryId(199)));
        answer(&mut pace, Time(100_020), EntryId(199), How::Answered);
        let begun = run(&mut pace, 110_000, |pace, now, id| answer(pace, now, id, How::Answered));
        assert!(begun.len() > 100, "the breaker is closed: {}", begun.len());
    }

    #[test]
    fn slow_answers_are_no_reason_to_ask_for_more_at_once() {
        for (how, most) in [(How::Answered, WINDOW_FIRST as usize + 10), (How::Slow, WINDOW_FIRST as usize)] {
            let mut pace = Pace::new(PaceConfig { per_registrar: 1_000_000, whole: 1_000_000 });
            (0..1_000).for_each(|id| pace.push(ready(id, Rank::New)));
            let mut begun: Vec<EntryId> = Vec::new();
            while let Some((id, _)) = pace.poll(Time(0)) {
                begun.push(id);
            }
            assert_eq!(begun.len(), WINDOW_FIRST as usize);
            begun.drain(..10).for_each(|id| answer(&mut pace, Time(1), id, how));
            while let Some((id, _)) = pace.poll(Time(1)) {
                begun.push(id);
            }
            assert_eq!(begun.len(), most, "{how:?}");
        }
    }

    #[test]
    fn what_silence_took_comes_back_with_slow_answers() {
        let mut pace = Pace::new(PaceConfig { per_registrar: 1_000_000, whole: 1_000_000 });
        (0..2_000).for_each(|id| pace.push(ready(id, Rank::New)));
        let mut flying = Vec::new();
        let next = |pace: &mut Pace, flying: &mut Vec<EntryId>, ms| {
            while let Some((id, _)) = pace.poll(Time(ms)) {
                flying.push(id);
            }
        };
        next(&mut pace, &mut flying, 0);
        flying.drain(..).for_each(|id| answer(&mut pace, Time(1), id, How::Busy(None)));
        next(&mut pace, &mut flying, 1);
        assert_eq!(flying.len(), 1);
        for ms in 2..20 {
            flying.drain(..).for_each(|id| answer(&mut pace, Time(ms), id, How::Slow));
            next(&mut pace, &mut flying, ms);
        }
        assert_eq!(flying.len(), WINDOW_FIRST as usize);
    }

    #[test]
    fn retry_after_of_a_busy_registrar_pauses_all_its_entries() {
        let mut pace = Pace::new(PaceConfig { per_registrar: 100, whole: 1000 });
        pace.push(ready(1, Rank::New));
        assert_eq!(pace.poll(Time(0)).map(|(id, _)| id), Some(EntryId(1)));
        answer(&mut pace, Time(10), EntryId(1), How::Busy(Some(60)));
        pace.push(ready(2, Rank::Retry));
        assert_eq!(pace.poll_timeout(), Some(Time(60_010)));
    }
}
