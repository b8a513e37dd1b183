//! One attempt: from the decision to send a REGISTER to how it ended, over challenges, a raised Expire and at most six
//! requests, whatever the answers are.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::Arc;

use arcstr::ArcStr;

use super::choice::{Unanswerable, choose};
use super::digest::Nonce;
use super::header::{Challenge, Challenger, challenges, directive};
use super::message::request_uri;
use super::outcome::{Outcome, classify, listed, quoted};
use super::scan::{Message, Name};
use super::target::Candidate;
use super::transaction::Transaction;
use super::wire::Time;
use crate::domain::account::Account;
use crate::domain::status::{Answer, Cause};

/// Most requests of one attempt.
const BUDGET: u8 = 6;
/// Stale challenges in a row that make a loop.
const STALE_MOST: u8 = 3;
/// How often a 423 raises the Expire of one attempt.
const BRIEF_MOST: u8 = 2;

/// What an attempt is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Register,
    /// To ask which bindings there are, without one of our own (RFC 3261 §10.2.3).
    Query,
    /// To undo a binding: Contact with `expires=0` (RFC 3261 §10.2.2).
    Leave,
}

/// Where an attempt stands.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "nearly every attempt has a request on its way, and is boxed itself")]
pub enum Stage {
    /// Waits for DNS.
    Locating,
    /// Waits to learn which of our addresses leads there.
    Routing(IpAddr),
    /// A request is on its way.
    Sent(Transaction),
}

/// Why an attempt did not do what it was for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub cause: Cause,
    pub answer: Option<Answer>,
    pub detail: Option<String>,
}

impl Failure {
    /// One that we tell ourselves, without an answer of the provider.
    pub fn ours(cause: Cause, detail: Option<String>) -> Self {
        Self { cause, answer: None, detail }
    }
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    Bound {
        sent_at: Time,
        contact: ArcStr,
        asked: u32,
        granted: u32,
        rewritten: bool,
        unproven: bool,
    },
    Unbound,
    /// What is bound: seconds of our own Contact, when it is there, and how many others.
    Listed {
        ours: Option<u32>,
        others: usize,
    },
    Failed(Failure),
}

/// What follows a final answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// The next request of this attempt, at once.
    Send,
    /// The same, asking for at least so many seconds.
    Raise(u32),
    /// The same, without asking that the flow be kept.
    Plain,
    End(End),
}

/// Some of those who challenge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Challengers {
    registrar: bool,
    proxy: bool,
}

impl Challengers {
    fn add(&mut self, one: Challenger) {
        match one {
            Challenger::Registrar => self.registrar = true,
            Challenger::Proxy => self.proxy = true,
        }
    }

    fn has(self, one: Challenger) -> bool {
        match one {
            Challenger::Registrar => self.registrar,
            Challenger::Proxy => self.proxy,
        }
    }
}

impl FromIterator<Challenger> for Challengers {
    fn from_iter<I: IntoIterator<Item = Challenger>>(all: I) -> Self {
        let mut some = Self::default();
        all.into_iter().for_each(|one| some.add(one));
        some
    }
}

/// An attempt in flight.
#[derive(Clone, Debug)]
pub struct Attempt {
    pub purpose: Purpose,
    /// For whom: an edit in the meantime does not change what this attempt sends.
    pub account: Arc<Account>,
    /// The Contact to undo, when that is the purpose.
    pub leaving: Option<ArcStr>,
    pub from_tag: u64,
    pub stage: Stage,
    /// Where to try, in order, the first one now; empty until that is looked up.
    pub candidates: VecDeque<Candidate>,
    /// The last request goes out once more, to another target: with the CSeq that it has (RFC 3263 §4.3).
    pub again: bool,
    /// What it binds may have been undone by somebody else meanwhile: once bound, it is bound once more.
    pub unsure: bool,
    /// A request that is too large for a datagram could not go over TCP, and goes as one all the same.
    pub datagrams_only: bool,
    /// When it ends whatever happens: while nothing is sent (a request has its own timer F), or when it is hurried.
    pub deadline: Option<Time>,
    hurried: bool,
    /// Its connection was closed, and it went out over another.
    reconnected: bool,
    /// Something else waits behind it: its challenges are not answered any more.
    pub superseded: bool,
    /// A person waits for what waits behind it.
    pub urgent_next: bool,
    /// A person asked for it.
    pub urgent: bool,
    /// Any answer came.
    pub heard: bool,
    /// A request may have arrived, and nobody knows what became of it.
    pub lost: bool,
    pub authenticated: bool,
    requests: u8,
    stale: u8,
    brief: u8,
    /// Nonces that were made in this attempt, not before it.
    fresh: Challengers,
    /// Challengers whose credentials the last request carried.
    carried: Challengers,
}

impl Attempt {
    pub fn new(purpose: Purpose, account: Arc<Account>, leaving: Option<ArcStr>, from_tag: u64, urgent: bool) -> Self {
        Self {
            purpose,
            account,
            leaving,
            from_tag,
            stage: Stage::Locating,
            candidates: VecDeque::new(),
            again: false,
            unsure: false,
            datagrams_only: false,
            deadline: None,
            hurried: false,
            reconnected: false,
            superseded: false,
            urgent_next: true,
            urgent,
            heard: false,
            lost: false,
            authenticated: false,
            requests: 0,
            stale: 0,
            brief: 0,
            fresh: Challengers::default(),
            carried: Challengers::default(),
        }
    }

    /// The transaction in flight.
    pub fn transaction(&self) -> Option<&Transaction> {
        match &self.stage {
            Stage::Sent(transaction) => Some(transaction),
            Stage::Locating | Stage::Routing(_) => None,
        }
    }

    /// Moves on to the next target for the request that is on its way; `false` when there is none, or no time for one.
    pub fn next_target(&mut self) -> bool {
        if self.candidates.len() < 2 || self.hurried || self.requests >= BUDGET {
            return false;
        }
        self.candidates.pop_front();
        self.again = true;
        true
    }

    /// Whether the request goes out once more over a new connection, since the old one was closed beneath it: once an
    /// attempt. It gets a CSeq of its own, since the registrar may have seen it.
    pub fn reconnects(&mut self) -> bool {
        self.requests < BUDGET && !std::mem::replace(&mut self.reconnected, true)
    }

    /// Something waits behind it: it ends at `by`, or earlier if that was settled before.
    pub fn hurry(&mut self, by: Time) {
        self.deadline = if self.hurried { self.deadline.map_or(Some(by), |d| Some(d.min(by))) } else { Some(by) };
        self.hurried = true;
    }

    /// A request has left.
    pub fn sent(&mut self, transaction: Transaction) {
        self.stage = Stage::Sent(transaction);
        if !self.hurried {
            self.deadline = None;
        }
    }

    /// When time alone changes something here.
    pub fn poll_timeout(&self) -> Option<Time> {
        self.transaction().map(Transaction::poll_timeout).into_iter().chain(self.deadline).min()
    }

    /// Whether the last request carried a nonce from before this attempt.
    pub fn used_ahead(&self) -> bool {
        Challenger::ALL.into_iter().any(|from| self.carried.has(from) && !self.fresh.has(from))
    }

    /// Takes one request off the budget; `false` when there is none left.
    pub fn spend(&mut self, carried: Challengers) -> bool {
        self.requests += 1;
        self.carried = carried;
        self.requests <= BUDGET
    }

    /// Reads a final answer. `nonces` are those of this account: challenges replace them, `nextnonce` moves them on.
    pub fn handle_final(&mut self, message: &Message<'_>, code: u16, reason: &[u8], nonces: &mut Vec<Nonce>) -> Next {
        let authenticated = self.authenticated || self.carried != Challengers::default();
        let Stage::Sent(transaction) = &mut self.stage else { return Next::End(End::Unbound) };
        transaction.sent.authenticated = authenticated;
        let sent = &transaction.sent;
        let fail = |cause, detail| {
            Next::End(End::Failed(Failure { cause, answer: Some(quoted(message, code, reason)), detail }))
        };
        if self.purpose == Purpose::Query && (200..300).contains(&code) {
            let (ours, others) = listed(message, sent);
            return Next::End(End::Listed { ours, others });
        }
        match classify(message, code, sent) {
            Outcome::Bound { granted, rewritten } => {
                let unproven = !is_proven(message, nonces, &self.account);
                take_next_nonce(message, nonces);
                let (at, contact, asked) = (sent.at, sent.contact.clone(), sent.asked);
                Next::End(End::Bound { sent_at: at, contact, asked, granted, rewritten, unproven })
            }
            Outcome::Unbound => Next::End(End::Unbound),
            Outcome::TooBrief { least } => {
                self.brief += 1;
                if self.brief > BRIEF_MOST || self.superseded || self.purpose != Purpose::Register {
                    return fail(Cause::IntervalTooBrief, Some(least.to_string()));
                }
                Next::Raise(least)
            }
            Outcome::FlowRefused => Next::Plain,
            Outcome::Challenged if self.superseded => fail(Cause::AuthRejected, None),
            Outcome::Challenged => match self.answer_challenges(message, nonces) {
                Ok(()) => Next::Send,
                Err((cause, detail)) => fail(cause, detail),
            },
            Outcome::Failed { cause, detail } => fail(cause, detail),
        }
    }

    /// Chooses an answer for each challenger that asks; one answer a challenge (RFC 3261 §22.2).
    fn answer_challenges(
        &mut self,
        message: &Message<'_>,
        nonces: &mut Vec<Nonce>,
    ) -> Result<(), (Cause, Option<String>)> {
        self.authenticated = true;
        if message.first(Name::WwwAuthenticate).is_none() && message.first(Name::ProxyAuthenticate).is_none() {
            return Err((Cause::BadResponse, None));
        }
        let all: Vec<Challenge<'_>> = challenges(message).collect();
        if all.is_empty() {
            return Err((Cause::AuthUnsupported, None));
        }
        for challenger in Challenger::ALL {
            let asked: Vec<Challenge<'_>> = all.iter().filter(|c| c.from == challenger).copied().collect();
            if asked.is_empty() {
                continue;
            }
            let chosen = choose(&asked, &self.account.credentials).map_err(|why| match why {
                Unanswerable::Realm(realm) => (Cause::RealmMismatch, Some(realm)),
                Unanswerable::Unsupported => (Cause::AuthUnsupported, None),
                Unanswerable::Poisoned => (Cause::BadResponse, None),
            })?;
            let stale = asked.iter().any(|c| c.stale && c.nonce == chosen.nonce());
            let before = nonces.iter().find(|nonce| nonce.from == challenger);
            self.judge(challenger, before, &chosen, stale)?;
            nonces.retain(|nonce| nonce.from != challenger);
            // Mostly it is the only one: of a million, room for three more each is worth sparing.
            nonces.reserve_exact(1);
            nonces.push(chosen);
            self.fresh.add(challenger);
        }
        Ok(())
    }

    /// Whether a challenge after our credentials means that they are wrong.
    fn judge(
        &mut self,
        from: Challenger,
        before: Option<&Nonce>,
        now: &Nonce,
        stale: bool,
    ) -> Result<(), (Cause, Option<String>)> {
        let Some(before) = before.filter(|_| self.carried.has(from)) else { return Ok(()) };
        if stale {
            self.stale += 1;
            return if self.stale < STALE_MOST { Ok(()) } else { Err((Cause::NonceStaleLoop, None)) };
        }
        let from_before = !self.fresh.has(from);
        if from_before && before.nonce() != now.nonce() { Ok(()) } else { Err((Cause::AuthRejected, None)) }
    }
}

/// Whether the registrar proved that it knows the password, or did not try to (RFC 7616 §3.5, `rspauth`).
fn is_proven(message: &Message<'_>, nonces: &[Nonce], account: &Account) -> bool {
    let proof = message.first(Name::AuthenticationInfo).and_then(|value| directive(value, "rspauth"));
    let nonce = nonces.iter().find(|nonce| nonce.from == Challenger::Registrar);
    proof.zip(nonce).is_none_or(|(proof, nonce)| nonce.proves(proof, &request_uri(account)))
}

/// `nextnonce` of Authentication-Info is used from now on (RFC 7616 §3.5).
fn take_next_nonce(message: &Message<'_>, nonces: &mut [Nonce]) {
    let next = message.first(Name::AuthenticationInfo).and_then(|value| directive(value, "nextnonce"));
    if let (Some(next), Some(nonce)) = (next, nonces.iter_mut().find(|n| n.from == Challenger::Registrar)) {
        nonce.succeed(next);
    }
}
