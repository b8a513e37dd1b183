//! The registering user agent: every entry's registration, the lookups and routes that they share, and the one schedule.
//!
//! After any `handle_*` or wish, drain `poll_transmit`, `poll_question`, `poll_route`, `poll_ready`, `poll_ended` and
//! `poll_event`, then read `poll_timeout`. A late or early `handle_timeout` is harmless.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::net::{IpAddr, SocketAddr};

use slab::Slab;

use super::attempt::{End, Failure, Next, Purpose, Stage};
use super::header::{cseq, via, vias};
use super::message::{Branch, Register, Sent, contact_uri, request_uri};
use super::registration::{Goal, Plan, Put, RESERVE, Rank, Registration};
use super::scan::{Message, Name, Reject, Start, scan};
use super::seed::Seed;
use super::target::{Answer, Located, Locator, Policy, Question, Target};
use super::timer::{Load, Schedule, Timers};
use super::transaction::{Step, Transaction};
use super::uas::{self, Limiter};
use super::view::Mark;
use super::wire::{Time, Transmit, Transport, Unsent};
use crate::domain::account::Hop;
use crate::domain::entry::EntryId;
use crate::domain::status::{Cause, Note, Status};
use crate::domain::uri::HostPort;

/// What a user agent is made with.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where our socket is bound; with an unspecified address, [`Uac::poll_route`] asks for the one that leads to a target.
    pub local: SocketAddr,
    /// Host and port that Contacts announce; the local address when unset.
    pub contact: Option<HostPort>,
    pub user_agent: String,
    pub policy: Policy,
    pub seed: [u8; 32],
}

/// What happened to an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    Changed {
        id: EntryId,
        status: Box<Status<Time>>,
    },
    Checkpoint {
        id: EntryId,
        mark: Mark,
    },
    /// A removed entry has nothing left to undo.
    Gone {
        id: EntryId,
    },
}

/// An entry that waits for its turn to begin an attempt; said again when its rank changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ready {
    pub id: EntryId,
    pub hop: Hop,
    pub rank: Rank,
}

/// How an attempt ended, as its registrar's health sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    Answered,
    Silent,
    /// 503, with the seconds of its Retry-After.
    Busy(Option<u32>),
    /// Before anything was sent: it tells nothing of the registrar.
    Unsent,
}

/// An attempt that began is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    pub id: EntryId,
    pub hop: Hop,
    pub how: How,
}

/// What was dropped, and why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dropped {
    /// No SIP, too large, or cut off.
    pub unreadable: u64,
    /// A response that nobody waits for: late, doubled, forged, or from an address that we did not send to.
    pub unmatched: u64,
}

#[derive(Debug)]
struct Slot {
    registration: Registration,
    announced: Option<Rank>,
    scheduled: Option<Time>,
    flying: Option<SocketAddr>,
    /// The hop whose pace counts the attempt in flight.
    turn: Option<Hop>,
    dirty: bool,
}

/// What the entries of one hop learn for each other.
#[derive(Debug, Default)]
struct Health {
    /// Of the last nonces that were used ahead: how many, and how many of those were challenged.
    ahead: u32,
    challenged: u32,
    /// The cause that its entries fail with when nobody answers.
    outage: Option<Cause>,
}

impl Health {
    /// Whether a cached nonce is worth using: not when it is challenged more often than not.
    fn uses_ahead(&self) -> bool {
        self.ahead < 4 || self.challenged * 2 <= self.ahead
    }

    fn learn(&mut self, challenged: bool) {
        self.ahead += 1;
        self.challenged += u32::from(challenged);
        // Old lessons fade, so that a registrar that changed its ways is found out.
        if self.ahead >= 32 {
            self.ahead /= 2;
            self.challenged /= 2;
        }
    }
}

enum Route {
    Asking(Vec<u32>),
    Known(IpAddr, Time),
}

/// For how long a route is believed, in milliseconds.
const ROUTE_LIFE: u64 = 60_000;

/// See the module.
pub struct Uac {
    config: Config,
    seed: Seed,
    locator: Locator,
    schedule: Schedule,
    load: Load,
    slots: Slab<Slot>,
    ids: HashMap<EntryId, u32>,
    by_contact: HashMap<String, EntryId>,
    hops: HashMap<Hop, Health>,
    pinned: HashMap<String, Timers>,
    waiting: HashMap<Question, Vec<u32>>,
    routes: HashMap<IpAddr, Route>,
    flying: BTreeSet<(SocketAddr, u32)>,
    generation: u32,
    limiter: Limiter,
    dropped: Dropped,
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
            locator: Locator::new(config.policy.clone(), config.local.ip()),
            config,
            schedule: Schedule::default(),
            load: Load::default(),
            slots: Slab::new(),
            ids: HashMap::new(),
            by_contact: HashMap::new(),
            hops: HashMap::new(),
            pinned: HashMap::new(),
            waiting: HashMap::new(),
            routes: HashMap::new(),
            flying: BTreeSet::new(),
            generation: 0,
            limiter: Limiter::default(),
            dropped: Dropped::default(),
            transmits: VecDeque::new(),
            asked_routes: VecDeque::new(),
            ready: VecDeque::new(),
            ended: VecDeque::new(),
            events: VecDeque::new(),
        }
    }

    /// Takes an entry in, or what was edited of it.
    pub fn put(&mut self, now: Time, put: Put) {
        let timers = self.timers_of(&put.account.hop);
        let id = put.id;
        let slot = match self.ids.get(&id) {
            Some(slot) => {
                let slot = *slot;
                let Some(entry) = self.slots.get_mut(slot as usize) else { return };
                if entry.registration.account.contact_user != put.account.contact_user {
                    self.by_contact.remove(&entry.registration.account.contact_user);
                    self.by_contact.insert(put.account.contact_user.clone(), id);
                }
                entry.registration.change(now, put, timers);
                slot
            }
            None => {
                self.by_contact.insert(put.account.contact_user.clone(), id);
                let registration = Registration::new(now, put, timers, &mut self.load, &mut self.seed);
                let slot =
                    Slot { registration, announced: None, scheduled: None, flying: None, turn: None, dirty: true };
                // A slab of more than 2^32 entries does not fit this machine's memory.
                let slot = u32::try_from(self.slots.insert(slot)).unwrap_or(u32::MAX);
                self.ids.insert(id, slot);
                slot
            }
        };
        self.touch(now, slot);
    }

    /// The entry is deleted: its binding is undone, then [`Event::Gone`] follows.
    pub fn remove(&mut self, now: Time, id: EntryId) {
        self.wish(now, id, |registration| registration.stop(now, Goal::Removed));
    }

    /// *Register now*.
    pub fn refresh(&mut self, now: Time, id: EntryId) {
        self.wish(now, id, |registration| registration.refresh());
    }

    /// *Unregister*, until *Register now* or an edit.
    pub fn unregister(&mut self, now: Time, id: EntryId) {
        self.wish(now, id, |registration| registration.stop(now, Goal::Unregistered));
    }

    fn wish(&mut self, now: Time, id: EntryId, wish: impl FnOnce(&mut Registration)) {
        let Some(slot) = self.ids.get(&id).copied() else { return };
        if let Some(entry) = self.slots.get_mut(slot as usize) {
            wish(&mut entry.registration);
            self.touch(now, slot);
        }
    }

    /// Makes a host name mean one address of this program's own, with timers of its own.
    pub fn pin(&mut self, host: &str, to: SocketAddr, timers: Timers) {
        self.locator.pin(host, to);
        self.pinned.insert(host.to_ascii_lowercase(), timers);
    }

    fn timers_of(&self, hop: &Hop) -> Timers {
        self.pinned.get(&hop.at.host.to_string()).copied().unwrap_or(Timers::STANDARD)
    }

    /// The turn of an entry has come. `false` when it no longer wants one.
    pub fn begin(&mut self, now: Time, id: EntryId) -> bool {
        let Some(slot) = self.ids.get(&id).copied() else { return false };
        let from_tag = self.seed.bits();
        let Some(entry) = self.slots.get_mut(slot as usize) else { return false };
        entry.announced = None;
        let begun = entry.registration.begin(now, from_tag);
        if begun {
            entry.turn = entry.registration.attempt.as_ref().map(|attempt| attempt.account.hop.clone());
            self.prepare_nonces(slot);
            self.advance(now, slot);
        }
        self.settle(now, slot);
        begun
    }

    /// Nonces of other credentials, or of a registrar that takes none twice, are not used ahead.
    fn prepare_nonces(&mut self, slot: u32) {
        let Some(entry) = self.slots.get_mut(slot as usize) else { return };
        let registration = &mut entry.registration;
        let Some(account) = registration.attempt.as_ref().map(|attempt| attempt.account.clone()) else { return };
        let of = &registration.nonces_of;
        let others = of.credentials != account.credentials || of.domain != account.domain || of.hop != account.hop;
        if others || self.hops.get(&account.hop).is_some_and(|health| !health.uses_ahead()) {
            registration.nonces.clear();
        }
        registration.nonces.retain(super::digest::Nonce::is_usable);
        registration.nonces_of = account;
    }

    /// Brings the attempt of a slot as far as it goes now: located, routed, sent, or ended.
    fn advance(&mut self, now: Time, slot: u32) {
        let Some(entry) = self.slots.get_mut(slot as usize) else { return };
        let registration = &mut entry.registration;
        let Some(attempt) = &mut registration.attempt else { return };
        match self.locator.locate(now, &attempt.account.hop, &mut self.seed) {
            Located::Pending(question) => {
                attempt.stage = Stage::Locating;
                self.waiting.entry(question).or_default().push(slot);
            }
            Located::Failed(cause, detail) => {
                self.end(now, slot, End::Failed(Failure::ours(cause, Some(detail))), How::Unsent)
            }
            Located::Found(targets) => {
                let target = choose(&targets, registration);
                registration.target = Some(target);
                match self.local_for(now, slot, target.address.ip()) {
                    Some(local) => self.send(now, slot, target, local),
                    None => {
                        if let Some(attempt) = self.attempt_of(slot) {
                            attempt.stage = Stage::Routing(target.address.ip());
                        }
                    }
                }
            }
        }
    }

    fn attempt_of(&mut self, slot: u32) -> Option<&mut super::attempt::Attempt> {
        self.slots.get_mut(slot as usize)?.registration.attempt.as_deref_mut()
    }

    /// Our address as a target sees it; asks when it is not known.
    fn local_for(&mut self, now: Time, slot: u32, to: IpAddr) -> Option<SocketAddr> {
        let local = self.config.local;
        if !local.ip().is_unspecified() {
            return Some(local);
        }
        match self.routes.get_mut(&to) {
            Some(Route::Known(ip, until)) if *until > now => return Some(SocketAddr::new(*ip, local.port())),
            Some(Route::Asking(waiting)) => waiting.push(slot),
            Some(Route::Known(..)) | None => {
                self.routes.insert(to, Route::Asking(vec![slot]));
                self.asked_routes.push_back(to);
            }
        }
        None
    }

    /// Which of our addresses leads to `to`; `None` when there is no way.
    pub fn handle_route(&mut self, now: Time, to: IpAddr, local: Option<IpAddr>) {
        let Some(Route::Asking(waiting)) = self.routes.remove(&to) else { return };
        if let Some(ip) = local {
            self.routes.insert(to, Route::Known(ip, now + ROUTE_LIFE));
        }
        for slot in waiting {
            let waits =
                self.attempt_of(slot).is_some_and(|attempt| matches!(attempt.stage, Stage::Routing(ip) if ip == to));
            if !waits {
                continue;
            }
            match local {
                Some(_) => self.advance(now, slot),
                None => {
                    let failure = Failure::ours(Cause::NetUnreachable, Some(to.to_string()));
                    self.end(now, slot, End::Failed(failure), How::Silent);
                }
            }
            self.settle(now, slot);
        }
    }

    /// Takes the resolver's answer to a question.
    pub fn handle_records(&mut self, now: Time, question: &Question, answer: Answer) {
        self.locator.handle_answer(now, question, answer);
        for slot in self.waiting.remove(question).unwrap_or_default() {
            if self.attempt_of(slot).is_some_and(|attempt| matches!(attempt.stage, Stage::Locating)) {
                self.advance(now, slot);
                self.settle(now, slot);
            }
        }
    }

    /// Sends the next request of an attempt.
    fn send(&mut self, now: Time, slot: u32, target: Target, local: SocketAddr) {
        self.generation = self.generation.wrapping_add(1);
        let generation = self.generation;
        let branch = Branch { slot, generation, check: self.seed.check(slot, generation) };
        let Some(entry) = self.slots.get_mut(slot as usize) else { return };
        let registration = &mut entry.registration;
        let Some(attempt) = &mut registration.attempt else { return };
        let account = attempt.account.clone();
        let (contact, asked) = match &attempt.leaving {
            Some(contact) => (contact.clone(), 0),
            None => (
                contact_uri(&account, self.config.contact.as_ref(), local),
                account.expire.max(registration.raised_expire.unwrap_or(0)),
            ),
        };
        if attempt.purpose == Purpose::Register && registration.contact_moved(&contact) {
            return;
        }
        let Some(attempt) = &mut registration.attempt else { return };
        let uri = request_uri(&account);
        let mut credentials = Vec::with_capacity(registration.nonces.len());
        for nonce in &mut registration.nonces {
            let mut value = Vec::with_capacity(300);
            nonce.answer(&account.credentials.user, "REGISTER", &uri, self.seed.bits(), &mut value);
            credentials.push((nonce.from, value));
        }
        if !attempt.spend(credentials.iter().map(|(from, _)| *from).collect()) {
            let failure = Failure::ours(Cause::NonceStaleLoop, None);
            self.end(now, slot, End::Failed(failure), How::Answered);
            return;
        }
        registration.cseq += 1;
        // Half a reserve early, so that the write behind is done long before the numbers run out.
        if registration.cseq + RESERVE / 2 > registration.reserved {
            registration.reserved = registration.cseq + RESERVE;
            registration.unsaved = true;
        }
        let register = Register {
            account: &account,
            transport: target.transport,
            local,
            branch,
            from_tag: attempt.from_tag,
            call_id: &registration.call_id,
            cseq: registration.cseq,
            contact: &contact,
            expires: asked,
            user_agent: &self.config.user_agent,
            credentials: &credentials,
        };
        let sent = Sent {
            at: now,
            contact: contact.clone(),
            asked,
            transport: target.transport,
            local,
            authenticated: attempt.authenticated,
        };
        let transaction =
            Transaction::new(branch, target, registration.cseq, sent, register.bytes(), &registration.timers);
        if attempt.purpose == Purpose::Register {
            registration.asked = asked;
            registration.contact = Some(contact);
        }
        self.transmits.push_back(transaction.transmit());
        attempt.sent(transaction);
    }

    /// Takes a datagram.
    pub fn handle_message(&mut self, now: Time, transport: Transport, from: SocketAddr, bytes: &[u8]) {
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
                let answer =
                    uas::answer(now, &message, method, version, (transport, from), &mut self.limiter, &self.seed);
                self.transmits.extend(answer);
            }
            Start::Response { code, reason } => match self.slot_of(&message, transport, from) {
                Some(slot) => {
                    self.respond(now, slot, &message, code, reason);
                    self.settle(now, slot);
                }
                None => self.dropped.unmatched += 1,
            },
        }
    }

    fn note_call(&mut self, now: Time, uri: &[u8]) {
        let id = uas::called_user(uri).and_then(|user| self.by_contact.get(user).copied());
        if let Some(slot) = id.and_then(|id| self.ids.get(&id).copied())
            && let Some(entry) = self.slots.get_mut(slot as usize)
            && entry.registration.note(Note::CallsArriveHere, true)
        {
            self.touch(now, slot);
        }
    }

    /// The registration that waits for this response (RFC 3261 §17.1.3, §18.1.2), in constant time.
    fn slot_of(&self, message: &Message<'_>, transport: Transport, from: SocketAddr) -> Option<u32> {
        let mut all = vias(message);
        let top = via(all.next()?)?;
        if all.next().is_some() {
            return None;
        }
        let branch = Branch::read(top.branch?)?;
        let registration = &self.slots.get(branch.slot as usize)?.registration;
        let transaction = registration.attempt.as_ref()?.transaction()?;
        let ours = transaction.branch == branch
            && top.sent_by.eq_ignore_ascii_case(transaction.sent.local.to_string().as_bytes())
            && transaction.target == (Target { transport, address: from })
            && message.first(Name::CallId) == Some(registration.call_id.as_bytes())
            && cseq(message) == Some((transaction.cseq, b"REGISTER"));
        ours.then_some(branch.slot)
    }

    fn respond(&mut self, now: Time, slot: u32, message: &Message<'_>, code: u16, reason: &[u8]) {
        let Some(entry) = self.slots.get_mut(slot as usize) else { return };
        let registration = &mut entry.registration;
        let Some(attempt) = &mut registration.attempt else { return };
        attempt.heard = true;
        let Stage::Sent(transaction) = &mut attempt.stage else { return };
        if code < 200 {
            transaction.handle_provisional(now, &registration.timers);
            return;
        }
        let (target, local) = (transaction.target, transaction.sent.local);
        if attempt.used_ahead() {
            let challenged = matches!(code, 401 | 407);
            self.hops.entry(attempt.account.hop.clone()).or_default().learn(challenged);
        }
        let next = attempt.handle_final(message, code, reason, &mut registration.nonces);
        registration.proposal =
            registration.nonces.last().map(super::digest::Nonce::proposal).or(registration.proposal.take());
        if self.config.contact.is_none() {
            let seen = vias(message).next().and_then(via).is_some_and(|top| is_elsewhere(&top, local));
            entry.dirty |= registration.note(Note::NatSeen, seen);
        }
        match next {
            Next::Send => self.send(now, slot, target, local),
            Next::Raise(least) => {
                registration.raised_expire = Some(least);
                registration.unsaved = true;
                self.send(now, slot, target, local);
            }
            Next::End(end) => {
                let retry_after = message.first(Name::RetryAfter).and_then(|_| super::outcome::retry_after(message));
                let how = if code == 503 { How::Busy(retry_after) } else { How::Answered };
                self.end(now, slot, end, how);
            }
        }
    }

    /// A datagram to this address could not be sent, or did not arrive.
    pub fn handle_unsent(&mut self, now: Time, to: SocketAddr, why: Unsent) {
        let cause = match why {
            Unsent::Refused => Cause::Refused,
            Unsent::Unreachable => Cause::NetUnreachable,
            Unsent::LocalSocket => Cause::LocalSocket,
        };
        let how = if why == Unsent::LocalSocket { How::Unsent } else { How::Silent };
        let hit: Vec<u32> = self.flying.range((to, 0)..=(to, u32::MAX)).map(|(_, slot)| *slot).collect();
        for slot in hit {
            self.end(now, slot, End::Failed(Failure::ours(cause, None)), how);
            self.settle(now, slot);
        }
    }

    /// The attempt of a slot is over.
    fn end(&mut self, now: Time, slot: u32, end: End, how: How) {
        let Some(entry) = self.slots.get_mut(slot as usize) else { return };
        let Some(attempt) = &entry.registration.attempt else { return };
        let hop = attempt.account.hop.clone();
        let health = self.hops.entry(hop.clone()).or_default();
        health.outage = match (&end, how) {
            (End::Failed(failure), How::Silent) => Some(failure.cause),
            (_, How::Unsent) => health.outage,
            (_, How::Answered | How::Busy(_) | How::Silent) => None,
        };
        entry.turn = None;
        self.ended.push_back(Ended { id: entry.registration.id, hop, how });
        entry.registration.finish(now, end, &mut self.load, &mut self.seed);
        entry.dirty = true;
    }

    /// Lets time pass: retransmissions, deadlines, bindings that end, refreshes that are due.
    pub fn handle_timeout(&mut self, now: Time) {
        while let Some(slot) = self.schedule.take_due(now) {
            let Some(entry) = self.slots.get_mut(slot as usize) else { continue };
            entry.scheduled = None;
            entry.dirty |= entry.registration.expire(now);
            self.attempt_timeout(now, slot);
            if let Some(entry) = self.slots.get_mut(slot as usize) {
                entry.registration.ready(now);
            }
            self.settle(now, slot);
        }
    }

    fn attempt_timeout(&mut self, now: Time, slot: u32) {
        let Some(entry) = self.slots.get_mut(slot as usize) else { return };
        let Some(attempt) = &mut entry.registration.attempt else { return };
        if attempt.deadline.is_some_and(|deadline| deadline <= now) {
            let (cause, how) = match attempt.stage {
                Stage::Locating | Stage::Routing(_) => (Cause::DnsFailed, How::Unsent),
                Stage::Sent(_) => (Cause::NoAnswer, How::Silent),
            };
            return self.end(now, slot, End::Failed(Failure::ours(cause, None)), how);
        }
        let Stage::Sent(transaction) = &mut attempt.stage else { return };
        match transaction.handle_timeout(now, &entry.registration.timers) {
            Step::Wait => {}
            Step::Retransmit(transmit) => self.transmits.push_back(transmit),
            Step::GiveUp => self.end(now, slot, End::Failed(Failure::ours(Cause::NoAnswer, None)), How::Silent),
        }
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
        if let Plan::Ready(rank) = registration.plan
            && entry.announced != Some(rank)
        {
            entry.announced = Some(rank);
            let hop =
                registration.leaving.first().map_or(&registration.account.hop, |binding| &binding.account.hop).clone();
            self.ready.push_back(Ready { id: registration.id, hop, rank });
        }
        if registration.attempt.is_none()
            && let Some(hop) = entry.turn.take()
        {
            self.ended.push_back(Ended { id: registration.id, hop, how: How::Unsent });
        }
        let flying = registration.attempt.as_ref().and_then(|a| a.transaction()).map(|t| t.target.address);
        if flying != entry.flying {
            entry.flying.and_then(|to| self.flying.take(&(to, slot)));
            self.flying.extend(flying.map(|to| (to, slot)));
            entry.flying = flying;
        }
        if registration.is_gone() {
            return self.forget(slot);
        }
        if registration.show(now) || entry.dirty {
            entry.dirty = false;
            let outage = self.hops.get(&registration.account.hop).and_then(|health| health.outage);
            self.events
                .push_back(Event::Changed { id: registration.id, status: Box::new(registration.status(outage)) });
        }
        if std::mem::take(&mut registration.unsaved) {
            self.events.push_back(Event::Checkpoint { id: registration.id, mark: registration.mark() });
        }
        let next = registration.poll_timeout();
        self.schedule.change(slot, entry.scheduled, next);
        entry.scheduled = next;
    }

    fn forget(&mut self, slot: u32) {
        let entry = self.slots.remove(slot as usize);
        let id = entry.registration.id;
        self.schedule.change(slot, entry.scheduled, None);
        self.ids.remove(&id);
        if self.by_contact.get(&entry.registration.account.contact_user) == Some(&id) {
            self.by_contact.remove(&entry.registration.account.contact_user);
        }
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
        self.schedule.next()
    }

    pub fn dropped(&self) -> Dropped {
        self.dropped
    }
}

/// An entry stays on its target while that is among the answers; after silence the next one has its turn.
fn choose(targets: &[Target], registration: &Registration) -> Target {
    let kept = registration.target.filter(|target| registration.silences == 0 && targets.contains(target));
    kept.unwrap_or_else(|| targets[registration.silences as usize % targets.len()])
}

/// Whether the provider saw us at another address or port than our sent-by (RFC 3581).
fn is_elsewhere(top: &super::header::Via<'_>, local: SocketAddr) -> bool {
    let ip = top
        .received
        .and_then(|text| std::str::from_utf8(text).ok())
        .and_then(|text| text.trim_matches(['[', ']']).parse::<IpAddr>().ok());
    ip.is_some_and(|ip| ip != local.ip()) || top.rport.flatten().is_some_and(|port| port != local.port())
}
