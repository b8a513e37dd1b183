//! The registering user agent: every entry's registration, the lookups and routes that they share, and the one schedule.
//!
//! After any `handle_*` or wish, drain `poll_transmit`, `poll_question`, `poll_route`, `poll_ready`, `poll_ended` and
//! `poll_event`, then read `poll_timeout`. A late or early `handle_timeout` is harmless.

mod calls;
mod departure;
mod flight;
mod glance;
mod keeping;
mod trace;
mod trial;

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use foldhash::fast::RandomState;
use slab::Slab;

use super::called::Called;
use super::header::{Via, cseq, via, vias};
use super::keep::Keep;
use super::known::ByPeer;
use super::locals::Locals;
use super::message::Branch;
use super::peers::{Flights, Health, Routes};
use super::plan::{Goal, Plan, Put, Rank};
use super::registration::Registration;
use super::report::{Dropped, Ended, Event, How, Ready};
use super::scan::{Message, Name, Reject, Start, scan};
use super::seed::Seed;
use super::shared::{Reached, Shared};
use super::target::{Locator, Policy, Question, Target};
use super::timer::{Load, Schedule, Timers};
use super::uas::{self, Limiter, Unasked};
use super::wire::{Flow, MAX_DATAGRAM, Time, Transmit};
use crate::domain::account::{Hop, Peer};
use crate::domain::dense::{Dense, Place};
use crate::domain::entry::EntryId;
use crate::domain::status::Proposal;
use crate::domain::trial::Asking;
use crate::domain::uri::HostPort;

/// What a user agent is made with.
#[derive(Clone, Debug)]
pub struct Config {
    /// What we listen on; for an unspecified address, [`Uac::poll_route`] asks for the one that leads to a target.
    pub locals: Locals,
    /// Host and port that Contacts announce; the local address when unset.
    pub contact: Option<HostPort>,
    /// Where a call that comes here is sent on to; it is refused when unset.
    pub calls_to: Option<HostPort>,
    pub user_agent: String,
    /// Milliseconds between keep-alives over datagrams that carry bindings; none go out when unset.
    pub keep_alive: Option<u64>,
    pub policy: Policy,
    pub seed: [u8; 32],
}

/// Slots that are due together, at most: as many as the nearest cache holds.
const TOGETHER: usize = 64;

#[derive(Debug)]
struct Slot {
    registration: Registration,
    /// The rank that it waits for its turn with, and at whose pace.
    announced: Option<(Rank, Arc<Peer>)>,
    /// Whose pace counts the attempt in flight.
    turn: Option<Arc<Peer>>,
    /// The flow that its binding depends on, when that is looked after.
    kept: Option<Box<Flow>>,
    /// It has something in flight, or left to undo.
    busy: bool,
    dirty: bool,
}

impl Slot {
    fn new(registration: Registration) -> Self {
        Self { registration, announced: None, turn: None, kept: None, busy: false, dirty: true }
    }
}

/// See the module.
pub struct Uac {
    config: Config,
    seed: Seed,
    locator: Locator,
    schedule: Schedule,
    load: Load,
    slots: Slab<Slot>,
    ids: Dense<Place>,
    called: Called,
    peers: ByPeer<Health>,
    pinned: HashMap<String, Arc<Timers>, RandomState>,
    standard: Arc<Timers>,
    reached: Shared<Reached>,
    proposals: Shared<Proposal>,
    domains: Shared<HostPort>,
    waiting: HashMap<Question, Vec<u32>, RandomState>,
    routes: Routes,
    flights: Flights,
    keep: Keep,
    /// How many slots are busy.
    busy: usize,
    generation: u32,
    limiter: Limiter,
    dropped: Dropped,
    /// Slots that are due together.
    due: Vec<u32>,
    /// Where messages are written.
    desk: Vec<u8>,
    transmits: VecDeque<Transmit>,
    asked_routes: VecDeque<IpAddr>,
    ready: VecDeque<Ready>,
    ended: VecDeque<Ended>,
    events: VecDeque<Event>,
}

impl Uac {
    pub fn new(config: Config) -> Self {
        Self {
            seed: Seed::new(config.seed),
            locator: Locator::new(config.policy.clone(), config.locals.clone()),
            schedule: Schedule::default(),
            load: Load::default(),
            slots: Slab::new(),
            ids: Dense::default(),
            called: Called::default(),
            peers: ByPeer::default(),
            pinned: HashMap::default(),
            standard: Arc::new(Timers::STANDARD),
            reached: Shared::default(),
            proposals: Shared::default(),
            domains: Shared::default(),
            waiting: HashMap::default(),
            routes: Routes::default(),
            flights: Flights::default(),
            keep: Keep::new(config.keep_alive),
            busy: 0,
            generation: 0,
            limiter: Limiter::default(),
            dropped: Dropped::default(),
            due: Vec::with_capacity(TOGETHER),
            desk: Vec::with_capacity(2 * MAX_DATAGRAM),
            transmits: VecDeque::new(),
            asked_routes: VecDeque::new(),
            ready: VecDeque::new(),
            ended: VecDeque::new(),
            events: VecDeque::new(),
            config,
        }
    }

    /// Takes an entry in, or what was edited of it.
    pub fn put(&mut self, now: Time, mut put: Put) {
        // A registrar of many entries is kept once.
        put.account.peer = self.peers.keep(put.account.peer);
        put.account.domain = self.domains.keep(put.account.domain);
        let timers = self.timers_of(&put.account.peer.hop);
        let id = put.id;
        let slot = match self.slot_with(id) {
            Some(slot) => {
                let Some(entry) = self.slots.get_mut(slot as usize) else { return };
                let moves = entry.registration.account.contact_user != put.account.contact_user;
                if moves {
                    self.called.release(&entry.registration.account.contact_user, slot);
                }
                entry.registration.change(now, put, timers);
                if moves {
                    self.call_to(slot);
                }
                slot
            }
            None => {
                let mut registration = Registration::new(now, put, timers, &mut self.load, &mut self.seed);
                // A binding of an earlier run that leads to where we no longer are, or over a connection that is no more, is
                // worth nothing.
                let account = &registration.account;
                let lost = |contact: &str| account.terms.outbound || !self.announces(account, contact);
                if registration.binding.as_ref().is_some_and(|binding| lost(&binding.held.contact)) {
                    registration.refresh_early();
                }
                let slot = self.seat(registration);
                self.call_to(slot);
                slot
            }
        };
        self.touch(now, slot);
    }

    fn slot_with(&self, id: EntryId) -> Option<u32> {
        self.ids.get(id).map(|place| place.get())
    }

    fn seat(&mut self, registration: Registration) -> u32 {
        let id = registration.id;
        // A slab of more than 2^32 entries does not fit this machine's memory.
        let slot = u32::try_from(self.slots.insert(Slot::new(registration))).unwrap_or(u32::MAX);
        self.ids.insert(id, Place::of(slot));
        slot
    }

    /// The entry is deleted: its binding is undone, then [`Event::Gone`] follows.
    pub fn remove(&mut self, now: Time, id: EntryId) {
        if self.ids.has(id) {
            self.wish(now, id, |registration| registration.stop(now, Goal::Removed, true));
        } else {
            self.events.push_back(Event::Gone { id });
        }
    }

    /// *Register now*: for a person who waits, or for one of many.
    pub fn refresh(&mut self, now: Time, id: EntryId, urgent: bool) {
        self.wish(now, id, |registration| registration.refresh(urgent));
    }

    /// *Unregister*, until *Register now* or an edit.
    pub fn unregister(&mut self, now: Time, id: EntryId, urgent: bool) {
        self.wish(now, id, |registration| registration.stop(now, Goal::Unregistered, urgent));
    }

    fn wish(&mut self, now: Time, id: EntryId, wish: impl FnOnce(&mut Registration)) {
        let Some(slot) = self.slot_with(id) else { return };
        if let Some(entry) = self.slots.get_mut(slot as usize) {
            wish(&mut entry.registration);
            self.touch(now, slot);
        }
    }

    /// Makes a host name mean one address of this program's own, with timers of its own.
    pub fn pin(&mut self, host: &str, to: SocketAddr, timers: Timers) {
        self.locator.pin(host, to);
        self.pinned.insert(host.to_ascii_lowercase(), Arc::new(timers));
    }

    fn timers_of(&self, hop: &Hop) -> Arc<Timers> {
        self.pinned.get(&hop.at.host.to_string()).unwrap_or(&self.standard).clone()
    }

    /// Takes a message that came over this flow.
    pub fn handle_message(&mut self, now: Time, flow: &Flow, bytes: &[u8]) {
        let message = match scan(bytes) {
            Ok(message) => message,
            Err(Reject::KeepAlive) => return,
            Err(Reject::TooLong | Reject::TooManyHeaders | Reject::NotSip | Reject::Truncated) => {
                self.dropped.unreadable += 1;
                return;
            }
        };
        match message.start {
            Start::Request { method, uri, version } => {
                if method == b"INVITE" {
                    self.note_call(now, uri);
                }
                let request = Unasked { method, uri, version, flow };
                let answer =
                    uas::answer(now, &message, &request, self.config.calls_to.as_ref(), &mut self.limiter, &self.seed);
                self.transmits.extend(answer);
            }
            Start::Response { code, reason } => match self.slot_of(&message, flow.target) {
                Some((slot, top)) => {
                    if code >= 200 {
                        self.trace(now, slot, Some((code, bytes)));
                    }
                    self.respond(now, slot, &message, top, (code, reason));
                    self.settle(now, slot);
                }
                None => self.dropped.unmatched += 1,
            },
        }
    }

    /// The registration that waits for this response (RFC 3261 §17.1.3, §18.1.2), in constant time, and its Via.
    fn slot_of<'a>(&self, message: &'a Message<'a>, from: Target) -> Option<(u32, Via<'a>)> {
        let mut all = vias(message);
        let top = via(all.next()?)?;
        if all.next().is_some() {
            return None;
        }
        let branch = Branch::read(top.branch?)?;
        let registration = &self.slots.get(branch.slot as usize)?.registration;
        let transaction = registration.attempt.as_ref()?.transaction()?;
        let sent_by = || std::str::from_utf8(top.sent_by).ok()?.parse().ok();
        let ours = transaction.branch == branch
            && sent_by() == Some(transaction.sent.local)
            && transaction.flow.target == from
            && message.first(Name::CallId) == Some(registration.call_id.as_bytes())
            && cseq(message) == Some((transaction.cseq, b"REGISTER"));
        ours.then_some((branch.slot, top))
    }

    /// Something about a slot is to be told.
    fn touch(&mut self, now: Time, slot: u32) {
        if let Some(entry) = self.slots.get_mut(slot as usize) {
            entry.dirty = true;
        }
        self.settle(now, slot);
    }

    /// After every change: who waits for a turn, what is shown, what is to be remembered, when to look again.
    fn settle(&mut self, now: Time, slot: u32) {
        let Some(entry) = self.slots.get_mut(slot as usize) else { return };
        let registration = &mut entry.registration;
        let account = registration.leaving.first().map_or(&registration.account, |binding| &binding.account);
        if let Plan::Ready(rank) = registration.plan
            && entry.announced.as_ref().is_none_or(|(before, peer)| *before != rank || *peer != account.peer)
        {
            entry.announced = Some((rank, account.peer.clone()));
            self.ready.push_back(Ready { id: registration.id, peer: account.peer.clone(), rank });
        }
        if registration.attempt.is_none()
            && let Some(peer) = entry.turn.take()
        {
            self.ended.push_back(Ended { id: registration.id, peer, how: How::Unsent });
        }
        if registration.binding.is_none()
            && let Some(flow) = entry.kept.take()
        {
            self.keep.release(&flow, slot);
        }
        let busy = registration.attempt.is_some() || !registration.leaving.is_empty();
        self.busy = self.busy + usize::from(busy) - usize::from(std::mem::replace(&mut entry.busy, busy));
        if registration.is_gone() {
            let undid = (registration.trial == Some(Asking::Register)).then(|| registration.account.clone());
            self.forget(slot);
            return self.restore(now, undid);
        }
        let is_entry = registration.trial.is_none();
        if (registration.show(now) || entry.dirty) && is_entry {
            entry.dirty = false;
            let outage = self.peers.get(&registration.account.peer).and_then(|health| health.outage);
            self.events
                .push_back(Event::Changed { id: registration.id, status: Box::new(registration.status(outage)) });
        }
        if std::mem::take(&mut registration.unsaved) && is_entry {
            self.events.push_back(Event::Checkpoint { id: registration.id, mark: registration.mark() });
        }
        self.schedule.plan(slot, registration.poll_timeout());
    }

    fn forget(&mut self, slot: u32) {
        let entry = self.slots.remove(slot as usize);
        let id = entry.registration.id;
        self.schedule.plan(slot, None);
        self.ids.remove(id);
        self.called.release(&entry.registration.account.contact_user, slot);
        self.events.push_back(Event::Gone { id });
    }

    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        self.transmits.pop_front()
    }

    /// A question for the resolver; its answer comes back through [`Uac::handle_records`].
    pub fn poll_question(&mut self) -> Option<Question> {
        self.locator.poll_question()
    }

    /// A destination of which our own address is wanted; see [`Uac::handle_route`].
    pub fn poll_route(&mut self) -> Option<IpAddr> {
        self.asked_routes.pop_front()
    }

    /// An entry that waits for [`Uac::begin`].
    pub fn poll_ready(&mut self) -> Option<Ready> {
        self.ready.pop_front()
    }

    pub fn poll_ended(&mut self) -> Option<Ended> {
        self.ended.pop_front()
    }

    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// When [`Uac::handle_timeout`] is to be called next.
    pub fn poll_timeout(&self) -> Option<Time> {
        [self.schedule.next(), self.keep.poll_timeout()].into_iter().flatten().min()
    }

    pub fn dropped(&self) -> Dropped {
        self.dropped
    }
}
