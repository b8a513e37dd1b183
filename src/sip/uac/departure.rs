//! From the target that is next to the request on its way there: which of our addresses it names, what it carries.

use std::net::{IpAddr, SocketAddr};

use slab::Slab;

use super::{Slot, Uac};
use crate::domain::account::Account;
use crate::domain::status::{CSEQ_RESERVE, Cause};
use crate::domain::trial::Step;
use crate::domain::uri::HostPort;
use crate::sip::attempt::{End, Failure, Purpose, Stage};
use crate::sip::message::{Branch, Register, Sent, push_contact_uri};
use crate::sip::peers::Way;
use crate::sip::report::How;
use crate::sip::shared::Reached;
use crate::sip::transaction::Transaction;
use crate::sip::wire::{Flow, MAX_DATAGRAM, Target, Time, Transport};

/// Whether a slot has a request in flight to this target.
pub(super) fn flies(slots: &Slab<Slot>, slot: u32, to: Target) -> bool {
    let attempt = slots.get(slot as usize).and_then(|entry| entry.registration.attempt.as_ref());
    attempt.and_then(|attempt| attempt.transaction()).is_some_and(|sent| sent.flow.target == to)
}

impl Uac {
    /// The address that Contacts of this account announce, unless it is that of the flow.
    fn announced<'a>(&'a self, account: &'a Account) -> Option<&'a HostPort> {
        account.terms.contact_address.as_ref().or(self.config.contact.as_ref())
    }

    /// Whether we would announce the address of this Contact today, as far as that is known without a route.
    pub(super) fn announces(&self, account: &Account, contact: &str) -> bool {
        let address = contact.trim_start_matches("sip:").rsplit('@').next().and_then(|rest| rest.split(';').next());
        let address = address.unwrap_or_default();
        match self.announced(account) {
            Some(announced) => announced.to_string() == address,
            None => address.parse().is_ok_and(|address| self.config.locals.may_be(address)),
        }
    }

    /// Sends the next request of an attempt to the first of its candidates, once our address towards it is known.
    pub(super) fn depart(&mut self, now: Time, slot: u32) {
        let Some(entry) = self.slots.get_mut(slot as usize) else { return };
        let registration = &mut entry.registration;
        let Some(attempt) = registration.attempt.as_ref() else { return };
        let Some(candidate) = attempt.candidates.front() else { return };
        let (target, chosen) = (candidate.target, attempt.account.terms.local_address);
        let same = |reached: &Reached| reached.target == target && *reached.chain == *candidate.chain;
        if !registration.reached.as_deref().is_some_and(same) {
            let reached = Reached { target, chain: candidate.chain.as_str().into() };
            registration.reached = Some(self.reached.keep(reached));
        }
        let Some(source) = self.config.locals.source(target.transport, target.address.ip(), chosen) else {
            let address = chosen.map(|chosen| format!("{}:{chosen}", target.transport.as_str()));
            return self.target_failed(now, slot, Failure::ours(Cause::LocalSocket, address), How::Unsent);
        };
        match self.sent_by(now, slot, target.address.ip(), source.sent_by) {
            Some(sent_by) => self.send(now, slot, Flow { target, local: source.local, name: None }, sent_by),
            None => {
                if let Some(attempt) = self.attempt_of(slot) {
                    attempt.stage = Stage::Routing(target.address.ip());
                }
            }
        }
    }

    /// Our address as a target sees it; asks when only a route can tell.
    fn sent_by(&mut self, now: Time, slot: u32, to: IpAddr, ours: SocketAddr) -> Option<SocketAddr> {
        if !ours.ip().is_unspecified() {
            return Some(ours);
        }
        match self.routes.way(now, slot, to) {
            Way::From(ip) => return Some(SocketAddr::new(ip, ours.port())),
            Way::Waiting { ask: true } => self.asked_routes.push_back(to),
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

    /// Sends the next request of an attempt.
    fn send(&mut self, now: Time, slot: u32, mut flow: Flow, local: SocketAddr) {
        self.generation = self.generation.wrapping_add(1);
        let generation = self.generation;
        let branch = Branch { slot, generation, check: self.seed.check(slot, generation) };
        let Some(entry) = self.slots.get_mut(slot as usize) else { return };
        let registration = &mut entry.registration;
        let Some(attempt) = &mut registration.attempt else { return };
        let account = attempt.account.clone();
        let outbound = account.terms.outbound && !registration.outbound_refused && attempt.purpose != Purpose::Query;
        let transport = flow.target.transport;
        let (contact, asked) = match &attempt.leaving {
            Some(contact) => (contact.clone(), 0),
            None => {
                let announced = account.terms.contact_address.as_ref().or(self.config.contact.as_ref());
                self.desk.clear();
                push_contact_uri(&mut self.desk, &account, announced, transport, local, outbound);
                // Mostly it is the one of last time.
                let known = registration.contact.as_ref().filter(|known| known.as_bytes() == self.desk);
                let contact = known.cloned().unwrap_or_else(|| String::from_utf8_lossy(&self.desk).into());
                (contact, account.expire.max(registration.raised_expire.unwrap_or(0)))
            }
        };
        if attempt.purpose == Purpose::Register && registration.contact_moved(&contact) {
            return;
        }
        let Some(attempt) = &mut registration.attempt else { return };
        registration.nonces.iter_mut().for_each(|nonce| nonce.count(self.seed.bits()));
        let nonces = &registration.nonces;
        if !attempt.spend(nonces.iter().map(|nonce| nonce.from).collect()) {
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
            transport,
            local,
            branch,
            from_tag: attempt.from_tag,
            call_id: &registration.call_id,
            cseq: registration.cseq,
            contact: Some(&*contact).filter(|_| attempt.purpose != Purpose::Query),
            expires: asked,
            outbound,
            user_agent: &self.config.user_agent,
            nonces,
        };
        self.desk.clear();
        register.write(&mut self.desk);
        if transport == Transport::Udp && self.desk.len() > MAX_DATAGRAM && !attempt.datagrams_only {
            flow.target.transport = Transport::Tcp;
            flow.local = account.terms.local_address.map(|chosen| SocketAddr::new(chosen.ip(), 0));
            self.desk.clear();
            Register { transport: Transport::Tcp, ..register }.write(&mut self.desk);
        }
        let (bytes, with_credentials) = (self.desk.as_slice().into(), !nonces.is_empty());
        let sent = Sent {
            at: now,
            contact: contact.clone(),
            asked,
            transport: flow.target.transport,
            outbound,
            local,
            authenticated: attempt.authenticated,
        };
        flow.name = (flow.target.transport == Transport::Tls).then(|| account.certificate_name().into());
        let transaction = Transaction::new(branch, flow, registration.cseq, sent, bytes, &registration.timers);
        if attempt.purpose == Purpose::Register {
            registration.asked = asked;
            registration.contact = Some(contact);
        }
        self.transmits.push_back(transaction.transmit());
        let target = transaction.flow.target;
        attempt.sent(transaction);
        self.flights.take_off(target, slot, |slot, to| flies(&self.slots, slot, to));
        self.step(slot, |registration| {
            Some(Step::Sent {
                request: registration.trial_request()?,
                target: target.address,
                transport: target.transport,
                chain: registration.reached.as_ref().map_or_else(String::new, |reached| reached.chain.to_string()),
                with_credentials,
            })
        });
    }
}
