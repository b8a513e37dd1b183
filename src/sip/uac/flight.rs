//! Attempts in flight: from a turn that has come, over lookups, requests and answers, to how they ended.

use std::net::{IpAddr, SocketAddr};

use super::Uac;
use crate::domain::entry::EntryId;
use crate::domain::status::{CSEQ_RESERVE, Cause, Note};
use crate::sip::attempt::{Attempt, End, Failure, Next, Purpose, Stage};
use crate::sip::digest::Nonce;
use crate::sip::header::{Via, via, vias};
use crate::sip::message::{Branch, Register, Sent, contact_uri, request_uri};
use crate::sip::outcome::{retry_after, routes};
use crate::sip::peers::{Health, Way};
use crate::sip::report::{Ended, How};
use crate::sip::scan::{Message, Name};
use crate::sip::target::{Answer, Located, Question, Target};
use crate::sip::transaction::{Step, Transaction};
use crate::sip::wire::{MAX_DATAGRAM, Time, Transport, Unsent, clean};

impl Uac {
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
        if others || self.hops.get_mut(&account.hop).is_some_and(|health| !health.uses_ahead()) {
            registration.nonces.clear();
        }
        registration.nonces.retain(Nonce::is_usable);
        registration.nonces_of = account;
    }

    /// Looks for where the attempt of a slot is to go; once that is known, it goes there.
    fn advance(&mut self, now: Time, slot: u32) {
        let Some(entry) = self.slots.get_mut(slot as usize) else { return };
        let registration = &mut entry.registration;
        let Some(attempt) = &mut registration.attempt else { return };
        let hop = &attempt.account.hop;
        match self.locator.locate(now, hop, &mut self.seed) {
            Located::Pending(question) => {
                attempt.stage = Stage::Locating;
                self.waiting.entry(question).or_default().push(slot);
            }
            Located::Failed(cause, detail) => {
                self.end(now, slot, End::Failed(Failure::ours(cause, Some(detail))), How::Unsent)
            }
            Located::Found(mut candidates) => {
                if let Some(health) = self.hops.get(hop) {
                    health.arrange(now, registration.target, &mut candidates);
                } else {
                    Health::default().arrange(now, registration.target, &mut candidates);
                }
                attempt.candidates = candidates.into();
                self.depart(now, slot);
            }
        }
    }

    /// Sends the next request of an attempt to the first of its candidates, once our address towards it is known.
    fn depart(&mut self, now: Time, slot: u32) {
        let Some(entry) = self.slots.get_mut(slot as usize) else { return };
        let registration = &mut entry.registration;
        let Some(candidate) = registration.attempt.as_ref().and_then(|a| a.candidates.front()) else { return };
        let target = candidate.target;
        registration.target = Some(target);
        if registration.chain != candidate.chain {
            registration.chain.clone_from(&candidate.chain);
        }
        match self.local_for(now, slot, target) {
            Some(local) => self.send(now, slot, target, local),
            None => {
                if let Some(attempt) = self.attempt_of(slot) {
                    attempt.stage = Stage::Routing(target.address.ip());
                }
            }
        }
    }

    /// The target of an attempt failed: the next one has its turn, or the attempt is over.
    fn target_failed(&mut self, now: Time, slot: u32, failure: Failure, how: How) {
        let Some(attempt) = self.attempt_of(slot) else { return };
        let (hop, target) = (attempt.account.hop.clone(), attempt.candidates.front().map(|c| c.target));
        let goes_on = attempt.next_target();
        if let Some(target) = target {
            self.hops.entry(hop).or_default().avoid(now, target, how);
        }
        if goes_on { self.depart(now, slot) } else { self.end(now, slot, End::Failed(failure), how) }
    }

    fn attempt_of(&mut self, slot: u32) -> Option<&mut Attempt> {
        self.slots.get_mut(slot as usize)?.registration.attempt.as_deref_mut()
    }

    /// Our address as a target sees it; asks when it is not known.
    fn local_for(&mut self, now: Time, slot: u32, to: Target) -> Option<SocketAddr> {
        let ip = to.address.ip();
        let local = self.config.locals.towards(to.transport, ip);
        if !local.ip().is_unspecified() {
            return Some(local);
        }
        match self.routes.way(now, slot, ip) {
            Way::From(ip) => return Some(SocketAddr::new(ip, local.port())),
            Way::Waiting { ask: true } => self.asked_routes.push_back(ip),
            Way::Waiting { ask: false } => {}
        }
        None
    }

    /// Which of our addresses leads to `to`; `None` when there is no way.
    pub fn handle_route(&mut self, now: Time, to: IpAddr, local: Option<IpAddr>) {
        for slot in self.routes.learn(now, to, local) {
            let waits =
                self.attempt_of(slot).is_some_and(|attempt| matches!(attempt.stage, Stage::Routing(ip) if ip == to));
            if !waits {
                continue;
            }
            match local {
                Some(_) => self.depart(now, slot),
                None => {
                    let failure = Failure::ours(Cause::NetUnreachable, Some(to.to_string()));
                    self.target_failed(now, slot, failure, How::Silent);
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
                contact_uri(&account, self.config.contact.as_ref(), target.transport, local),
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
            nonce.answer("REGISTER", &uri, self.seed.bits(), &mut value);
            credentials.push((nonce.from, value));
        }
        if !attempt.spend(credentials.iter().map(|(from, _)| *from).collect()) {
            let failure = Failure::ours(Cause::NonceStaleLoop, None);
            self.end(now, slot, End::Failed(failure), How::Answered);
            return;
        }
        if !std::mem::take(&mut attempt.again) {
            registration.cseq += 1;
        }
        // Half a reserve early, so that the write behind is done long before the numbers run out.
        if registration.cseq + CSEQ_RESERVE / 2 > registration.reserved {
            registration.reserved = registration.cseq + CSEQ_RESERVE;
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
        let mut bytes = register.bytes();
        let mut target = target;
        if target.transport == Transport::Udp && bytes.len() > MAX_DATAGRAM && !attempt.datagrams_only {
            target.transport = Transport::Tcp;
            bytes = Register { transport: Transport::Tcp, ..register }.bytes();
        }
        let sent = Sent {
            at: now,
            contact: contact.clone(),
            asked,
            transport: target.transport,
            local,
            authenticated: attempt.authenticated,
        };
        let name = (target.transport == Transport::Tls).then(|| account.certificate_name().into());
        let transaction =
            Transaction::new(branch, (target, name), registration.cseq, sent, bytes, &registration.timers);
        if attempt.purpose == Purpose::Register {
            registration.asked = asked;
            registration.contact = Some(contact);
        }
        self.transmits.push_back(transaction.transmit());
        attempt.sent(transaction);
    }

    pub(super) fn respond(&mut self, now: Time, slot: u32, message: &Message<'_>, code: u16, reason: &[u8]) {
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
        let hop = attempt.account.hop.clone();
        if attempt.used_ahead() {
            let challenged = matches!(code, 401 | 407);
            self.hops.entry(hop.clone()).or_default().learn(challenged);
        }
        let next = attempt.handle_final(message, code, reason, &mut registration.nonces);
        registration.proposal = registration.nonces.last().map(Nonce::proposal).or(registration.proposal.take());
        if self.config.contact.is_none() {
            let seen =
                vias(message).next().and_then(via).is_some_and(|top| is_elsewhere(&top, target.transport, local));
            entry.dirty |= registration.note(Note::NatSeen, seen);
        }
        if code != 503
            && let Some(health) = self.hops.get_mut(&hop)
        {
            health.trust(target);
        }
        if matches!(next, Next::End(End::Bound { .. })) {
            // Replaced by each good answer, and gone when it has none (RFC 3608 §6.1).
            let found = (routes(message, Name::Path), routes(message, Name::ServiceRoute));
            registration.routes = (found != (None, None)).then(|| Box::new(found));
        }
        match next {
            Next::Send => self.depart(now, slot),
            Next::Raise(least) => {
                registration.raised_expire = Some(least);
                registration.unsaved = true;
                self.depart(now, slot);
            }
            Next::End(End::Failed(failure)) if code == 503 => {
                self.target_failed(now, slot, failure, How::Busy(retry_after(message)));
            }
            Next::End(end) => self.end(now, slot, end, How::Answered),
        }
    }

    /// What was sent to this target did not leave, or did not arrive: with a name, only what was for a certificate of that
    /// name. `detail` is what the system or the handshake said of it.
    pub fn handle_unsent(&mut self, now: Time, to: Target, name: Option<&str>, why: Unsent, detail: Option<&str>) {
        let hit: Vec<u32> = self.flying.range((to, 0)..=(to, u32::MAX)).map(|(_, slot)| *slot).collect();
        let detail = detail.map(|text| clean(text.as_bytes()));
        for slot in hit {
            let sent = self.attempt_of(slot).and_then(|attempt| attempt.transaction());
            if sent.is_some_and(|transaction| name.is_none() || transaction.name() == name) {
                self.lose(now, slot, to, Failure::ours(why.cause(), detail.clone()), why);
                self.settle(now, slot);
            }
        }
    }

    /// The request of a slot is lost: it goes out again some other way, or this target has failed.
    fn lose(&mut self, now: Time, slot: u32, to: Target, failure: Failure, why: Unsent) {
        let Some(attempt) = self.attempt_of(slot) else { return };
        let planned = attempt.candidates.front().map(|c| c.target);
        if why == Unsent::Closed && attempt.reconnects() {
            self.depart(now, slot);
        } else if planned.is_some_and(|planned| planned != to && planned.address == to.address) {
            // Only too large for a datagram (RFC 3261 §18.1.1): who takes no connection gets one all the same.
            attempt.datagrams_only = true;
            attempt.again = true;
            self.depart(now, slot);
        } else {
            let how = if why == Unsent::LocalSocket { How::Unsent } else { How::Silent };
            self.target_failed(now, slot, failure, how);
        }
    }

    /// The attempt of a slot is over.
    fn end(&mut self, now: Time, slot: u32, end: End, how: How) {
        let Some(entry) = self.slots.get_mut(slot as usize) else { return };
        let Some(attempt) = &entry.registration.attempt else { return };
        let hop = attempt.account.hop.clone();
        let cause = match &end {
            End::Failed(failure) => Some(failure.cause),
            End::Bound { .. } | End::Unbound => None,
        };
        self.hops.entry(hop.clone()).or_default().ended(how, cause);
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

    pub(super) fn attempt_timeout(&mut self, now: Time, slot: u32) {
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
            Step::GiveUp => self.target_failed(now, slot, Failure::ours(Cause::NoAnswer, None), How::Silent),
        }
    }
}

/// Whether the provider saw us at another address or port than our sent-by (RFC 3581); a connection has a port of its own
/// anyhow.
fn is_elsewhere(top: &Via<'_>, transport: Transport, local: SocketAddr) -> bool {
    let ip = top
        .received
        .and_then(|text| std::str::from_utf8(text).ok())
        .and_then(|text| text.trim_matches(['[', ']']).parse::<IpAddr>().ok());
    let port = top.rport.flatten().filter(|_| transport == Transport::Udp);
    ip.is_some_and(|ip| ip != local.ip()) || port.is_some_and(|port| port != local.port())
}
