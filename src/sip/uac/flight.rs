//! Attempts in flight: from a turn that has come, over lookups, requests and answers, to how they ended.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use super::departure::flies;
use super::trial::told;
use super::{TOGETHER, Uac};
use crate::domain::entry::EntryId;
use crate::domain::status::{Cause, Note};
use crate::domain::trial;
use crate::sip::attempt::{Attempt, End, Failure, Next, Stage};
use crate::sip::digest::Nonce;
use crate::sip::header::Via;
use crate::sip::outcome::{keeps_flow, retry_after, routes};
use crate::sip::peers::Health;
use crate::sip::registration::Registration;
use crate::sip::report::{Ended, Event, How};
use crate::sip::scan::{Message, Name};
use crate::sip::target::{Answer, Located, Question, Target};
use crate::sip::transaction::Step;
use crate::sip::wire::{Flow, Time, Transport, Unsent, clean};

impl Uac {
    /// The turn of an entry has come. `false` when it no longer wants one.
    pub fn begin(&mut self, now: Time, id: EntryId) -> bool {
        let Some(slot) = self.slot_with(id) else { return false };
        let from_tag = self.seed.bits();
        let Some(entry) = self.slots.get_mut(slot as usize) else { return false };
        let announced = entry.announced.take();
        let begun = entry.registration.begin(now, from_tag);
        if begun {
            entry.turn = announced.map(|(_, peer)| peer);
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
        let others = !Arc::ptr_eq(of, &account)
            && (of.credentials != account.credentials
                || of.domain != account.domain
                || !of.peer.is_where(&account.peer));
        if others || !self.peers.of(&account.peer).uses_ahead() {
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
        let peer = &attempt.account.peer;
        match self.locator.locate(now, &peer.hop, &mut self.seed) {
            Located::Pending(question) => {
                attempt.stage = Stage::Locating;
                self.step(slot, |_| Some(trial::Step::Looking { question: question.to_string() }));
                self.waiting.entry(question).or_default().push(slot);
            }
            Located::Failed(cause, detail) => {
                self.end(now, slot, End::Failed(Failure::ours(cause, Some(detail))), How::Unsent)
            }
            Located::Found(mut candidates) => {
                let kept = registration.reached.as_ref().map(|reached| reached.target);
                match self.peers.get(peer) {
                    Some(health) => health.arrange(now, kept, &mut candidates),
                    None => Health::default().arrange(now, kept, &mut candidates),
                }
                attempt.candidates = candidates.into();
                self.depart(now, slot);
            }
        }
    }

    /// The target of an attempt failed: the next one has its turn, or the attempt is over.
    pub(super) fn target_failed(&mut self, now: Time, slot: u32, failure: Failure, how: How) {
        let Some(attempt) = self.attempt_of(slot) else { return };
        let (peer, target) = (attempt.account.peer.clone(), attempt.candidates.front().map(|c| c.target));
        let goes_on = attempt.next_target();
        if let Some(target) = target {
            self.peers.of(&peer).avoid(now, target, how);
        }
        if !goes_on {
            return self.end(now, slot, End::Failed(failure), how);
        }
        self.step(slot, |_| Some(trial::Step::Lost { target: target?.address, cause: failure.cause }));
        self.depart(now, slot);
    }

    pub(super) fn attempt_of(&mut self, slot: u32) -> Option<&mut Attempt> {
        self.slots.get_mut(slot as usize)?.registration.attempt.as_deref_mut()
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

    /// Takes an answer with this Via, code and reason.
    pub(super) fn respond(
        &mut self,
        now: Time,
        slot: u32,
        message: &Message<'_>,
        top: Via<'_>,
        (code, reason): (u16, &[u8]),
    ) {
        let Some(entry) = self.slots.get_mut(slot as usize) else { return };
        let registration = &mut entry.registration;
        let Some(attempt) = &mut registration.attempt else { return };
        attempt.heard = true;
        let Stage::Sent(transaction) = &mut attempt.stage else { return };
        if code < 200 {
            transaction.handle_provisional(now, &registration.timers);
            self.events.extend(heard(registration, code, reason));
            return;
        }
        let (flow, local) = (transaction.flow.clone(), transaction.sent.local);
        let target = flow.target;
        let peer = attempt.account.peer.clone();
        if attempt.used_ahead() {
            let challenged = matches!(code, 401 | 407);
            self.peers.of(&peer).learn(challenged);
        }
        let wants_outbound = attempt.account.terms.outbound;
        let next = attempt.handle_final(message, code, reason, &mut registration.nonces);
        // Only a challenge proposes anything.
        if matches!(code, 401 | 407)
            && let Some(nonce) = registration.nonces.last()
        {
            registration.proposal = Some(self.proposals.keep(nonce.proposal()));
        }
        let terms = &attempt.account.terms;
        if terms.contact_address.is_none() && self.config.contact.is_none() {
            entry.dirty |= registration.note(Note::NatSeen, is_elsewhere(&top, target.transport, local));
        }
        if code != 503 {
            self.peers.of(&peer).trust(target);
        }
        if matches!(next, Next::End(End::Bound { .. })) {
            // Replaced by each good answer, and gone when it has none (RFC 3608 §6.1).
            let found = (routes(message, Name::Path), routes(message, Name::ServiceRoute));
            registration.routes = (found != (None, None)).then(|| Box::new(found));
            registration.note(Note::OutboundUnsupported, wants_outbound && !keeps_flow(message));
        }
        self.events.extend(heard(registration, code, reason));
        match next {
            Next::Send => self.depart(now, slot),
            Next::Plain => {
                registration.outbound_refused = true;
                self.depart(now, slot);
            }
            Next::Raise(least) => {
                registration.raised_expire = Some(least);
                registration.unsaved = true;
                self.depart(now, slot);
            }
            Next::End(End::Failed(failure)) if code == 503 => {
                self.target_failed(now, slot, failure, How::Busy(retry_after(message)));
            }
            Next::End(end) => {
                if matches!(end, End::Bound { .. }) {
                    self.bound_over(now, slot, &flow, message);
                }
                self.end(now, slot, end, How::Answered);
            }
        }
    }

    /// What was sent over this flow did not leave, or did not arrive. `detail` is what the system or the handshake said of
    /// it.
    pub fn handle_unsent(&mut self, now: Time, flow: &Flow, why: Unsent, detail: Option<&str>) {
        let to = flow.target;
        let hit = self.flights.to(to, |slot, to| flies(&self.slots, slot, to));
        let detail = detail.map(|text| clean(text.as_bytes()));
        for slot in hit {
            let sent = self.attempt_of(slot).and_then(|attempt| attempt.transaction());
            if sent.is_some_and(|transaction| transaction.flow == *flow) {
                self.lose(now, slot, to, Failure::ours(why.cause(), detail.clone()), why);
                self.settle(now, slot);
            }
        }
    }

    /// The request of a slot is lost: it goes out again some other way, or this target has failed.
    fn lose(&mut self, now: Time, slot: u32, to: Target, failure: Failure, why: Unsent) {
        self.trace(now, slot, None);
        let Some(attempt) = self.attempt_of(slot) else { return };
        // Of what was refused at once, nothing arrived.
        let was_repeated = attempt.transaction().is_some_and(|transaction| transaction.was_repeated());
        attempt.lost |= why.may_have_arrived() || attempt.heard || was_repeated;
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
    pub(super) fn end(&mut self, now: Time, slot: u32, end: End, how: How) {
        self.step(slot, |registration| registration.trial_end(&end));
        let Some(entry) = self.slots.get_mut(slot as usize) else { return };
        let Some(attempt) = &entry.registration.attempt else { return };
        let peer = attempt.account.peer.clone();
        let cause = match &end {
            End::Failed(failure) => Some(failure.cause),
            End::Bound { .. } | End::Unbound | End::Listed { .. } => None,
        };
        let slowly = |sent_at: Time| now.since(sent_at) > entry.registration.timers.t1 / 2;
        let is_slow = how == How::Answered && attempt.transaction().is_some_and(|sent| slowly(sent.sent.at));
        let how = if is_slow { How::Slow } else { how };
        self.peers.of(&peer).ended(how, cause);
        let turn = entry.turn.take().unwrap_or(peer);
        self.ended.push_back(Ended { id: entry.registration.id, peer: turn, how });
        entry.registration.finish(now, end, &mut self.load, &mut self.seed);
        entry.dirty = true;
    }

    /// Lets time pass: retransmissions, deadlines, bindings that end, refreshes that are due.
    pub fn handle_timeout(&mut self, now: Time) {
        self.keep_alive(now);
        let mut due = std::mem::take(&mut self.due);
        loop {
            due.extend(std::iter::from_fn(|| self.schedule.take_due(now)).take(TOGETHER));
            if due.is_empty() {
                break;
            }
            self.glance(&due);
            due.drain(..).for_each(|slot| self.time_is_up(now, slot));
        }
        self.due = due;
    }

    fn time_is_up(&mut self, now: Time, slot: u32) {
        let Some(entry) = self.slots.get_mut(slot as usize) else { return };
        entry.dirty |= entry.registration.expire(now);
        self.attempt_timeout(now, slot);
        if let Some(entry) = self.slots.get_mut(slot as usize) {
            entry.registration.ready(now);
        }
        self.settle(now, slot);
    }

    pub(super) fn attempt_timeout(&mut self, now: Time, slot: u32) {
        let Some(entry) = self.slots.get_mut(slot as usize) else { return };
        let Some(attempt) = &mut entry.registration.attempt else { return };
        if attempt.deadline.is_some_and(|deadline| deadline <= now) {
            let (cause, how) = match attempt.stage {
                Stage::Locating | Stage::Routing(_) => (Cause::DnsFailed, How::Unsent),
                // It was cut short for what waits behind it: that says nothing of the registrar.
                Stage::Sent(_) if attempt.superseded => (Cause::NoAnswer, How::Unsent),
                Stage::Sent(_) => (Cause::NoAnswer, How::Silent),
            };
            attempt.lost |= cause == Cause::NoAnswer;
            self.trace(now, slot, None);
            return self.end(now, slot, End::Failed(Failure::ours(cause, None)), how);
        }
        let Stage::Sent(transaction) = &mut attempt.stage else { return };
        match transaction.handle_timeout(now, &entry.registration.timers) {
            Step::Wait => {}
            Step::Retransmit(transmit) => self.transmits.push_back(transmit),
            Step::GiveUp => {
                attempt.lost = true;
                self.trace(now, slot, None);
                self.target_failed(now, slot, Failure::ours(Cause::NoAnswer, None), How::Silent);
            }
        }
    }
}

/// What a trial is told of an answer.
fn heard(registration: &Registration, code: u16, reason: &[u8]) -> Option<Event> {
    told(registration, |registration| {
        let proposal = registration.proposal.as_deref().cloned().filter(|_| matches!(code, 401 | 407));
        Some(trial::Step::Heard { code, reason: clean(reason), proposal })
    })
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
