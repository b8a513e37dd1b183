//! A status as the board keeps it: of a million entries, a third of its size. What most of them do not have stands apart,
//! and what they have in common is kept once.

use std::net::SocketAddr;
use std::sync::Arc;

use arcstr::ArcStr;

use crate::domain::status::{Answer, Cause, Note, Proposal, State, Status};
use crate::domain::uri::Transport;
use crate::sip::shared::Shared;

/// What the list is filtered and sorted by, of one entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    pub state: State,
    pub cause: Option<Cause>,
    next_action_at: ShortAt,
}

impl Facts {
    /// The engine has not reported.
    pub const UNKNOWN: Self = Self { state: State::Unknown, cause: None, next_action_at: ShortAt::NONE };

    /// `next_action_at` in milliseconds since 1970 UTC.
    pub fn new(state: State, cause: Option<Cause>, next_action_at: Option<i64>) -> Self {
        Self { state, cause, next_action_at: ShortAt::of(next_action_at) }
    }

    /// Those of a status.
    pub fn of(status: &Status<i64>) -> Self {
        Self::new(status.state, status.cause, status.next_action_at)
    }

    /// Milliseconds since 1970 UTC.
    pub fn next_action_at(&self) -> Option<i64> {
        self.next_action_at.time()
    }
}

/// What the entries of one registrar have in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Common {
    target: Option<SocketAddr>,
    transport: Option<Transport>,
    chain: Option<ArcStr>,
    proposal: Option<Arc<Proposal>>,
}

/// What few entries have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Rare {
    answer: Option<Box<Answer>>,
    detail: Option<String>,
    path: Option<String>,
    service_route: Option<String>,
    notes: Vec<Note>,
}

/// A time, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct At(i64);

impl At {
    fn of(time: Option<i64>) -> Self {
        Self(time.unwrap_or(i64::MIN))
    }

    fn time(self) -> Option<i64> {
        Some(self.0).filter(|time| *time != i64::MIN)
    }
}

/// A time, or none, in six bytes: 4,459 years before 1970 and after it, and what is further away counts as that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct ShortAt([u16; 3]);

impl ShortAt {
    const NONE: Self = Self([0, 0, 1 << 15]);
    const MOST: i64 = (1 << 47) - 1;

    fn of(time: Option<i64>) -> Self {
        let Some(time) = time.map(|time| time.clamp(-Self::MOST, Self::MOST).cast_unsigned()) else {
            return Self::NONE;
        };
        let part = |at: u32| (time >> at & 0xffff) as u16;
        Self([part(0), part(16), part(32)])
    }

    fn time(self) -> Option<i64> {
        let [low, middle, high] = self.0.map(u64::from);
        // Shifted up and down again, the sign is spread over the bytes that are not kept.
        let time = ((high << 48 | middle << 32 | low << 16).cast_signed()) >> 16;
        (self != Self::NONE).then_some(time)
    }
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Posted {
    since: At,
    registered_until: At,
    next_action_at: At,
    last_success_at: At,
    call_id: ArcStr,
    contact: Option<ArcStr>,
    common: Arc<Common>,
    rare: Option<Box<Rare>>,
    asked: u32,
    granted: Option<u32>,
    attempts: u32,
    cseq: u32,
    state: State,
    cause: Option<Cause>,
}

impl Posted {
    /// Keeps a status, and among `shared` what it has in common with others.
    pub fn of(status: Status<i64>, shared: &mut Shared<Common>) -> Self {
        let Status { answer, detail, path, service_route, notes, .. } = status;
        let rare = Rare { answer, detail, path, service_route, notes };
        let common = Common {
            target: status.target,
            transport: status.transport,
            chain: status.chain,
            proposal: status.proposal,
        };
        Self {
            since: At::of(status.since),
            registered_until: At::of(status.registered_until),
            next_action_at: At::of(status.next_action_at),
            last_success_at: At::of(status.last_success_at),
            call_id: status.call_id,
            contact: status.contact,
            common: shared.keep(common),
            rare: (rare != Rare::default()).then(|| Box::new(rare)),
            asked: status.asked,
            granted: status.granted,
            attempts: status.attempts,
            cseq: status.cseq,
            state: status.state,
            cause: status.cause,
        }
    }

    /// The status as it was.
    pub fn status(&self) -> Status<i64> {
        let Common { target, transport, chain, proposal } = (*self.common).clone();
        let Rare { answer, detail, path, service_route, notes } = self.rare.as_deref().cloned().unwrap_or_default();
        Status {
            state: self.state,
            since: self.since.time(),
            cause: self.cause,
            answer,
            detail,
            target,
            transport,
            chain,
            asked: self.asked,
            granted: self.granted,
            registered_until: self.registered_until.time(),
            next_action_at: self.next_action_at.time(),
            last_success_at: self.last_success_at.time(),
            attempts: self.attempts,
            call_id: self.call_id.clone(),
            cseq: self.cseq,
            contact: self.contact.clone(),
            proposal,
            path,
            service_route,
            notes,
        }
    }

    /// Reads a little of it.
    pub(super) fn glance(&self) -> usize {
        let rare = self.rare.as_ref().map_or(0, |rare| rare.notes.len());
        rare + self.call_id.len() + self.cseq as usize + usize::from(self.cause.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_comes_back_as_it_was() {
        let full = Status {
            state: State::AtRisk,
            since: Some(1),
            cause: Some(Cause::Busy),
            answer: Some(Box::new(Answer { code: 503, reason: "Busy".into(), warning: None, retry_after: Some(7) })),
            detail: Some("d".into()),
            target: Some("192.0.2.1:5060".parse().unwrap()),
            transport: Some(Transport::Udp),
            chain: Some("a → b".into()),
            asked: 3600,
            granted: Some(60),
            registered_until: Some(2),
            next_action_at: Some(-3),
            last_success_at: Some(4),
            attempts: 5,
            call_id: "c".into(),
            cseq: 6,
            contact: Some("sip:x@y".into()),
            proposal: Some(Arc::new(Proposal { realm: "r".into(), algorithm: "MD5".into() })),
            path: Some("<sip:p>".into()),
            service_route: Some("<sip:s>".into()),
            notes: vec![Note::GrantedLess],
        };
        let mut shared = Shared::default();
        let posted = [full.clone(), full.clone(), Status::unknown()].map(|status| Posted::of(status, &mut shared));
        assert_eq!(posted[0].status(), full);
        assert_eq!(posted[2].status(), Status::unknown());
        assert!(Arc::ptr_eq(&posted[0].common, &posted[1].common) && posted[2].rare.is_none());
        assert_eq!(Facts::of(&full), Facts::new(State::AtRisk, Some(Cause::Busy), Some(-3)));
        assert_eq!((size_of::<Option<Posted>>(), size_of::<Option<Facts>>()), (88, 8));
    }

    #[test]
    fn the_next_action_is_kept_to_the_millisecond() {
        for time in [0, 1, -1, 0xffff, 0x1_0000, -0x1_0000, 1_795_600_000_123, -ShortAt::MOST, ShortAt::MOST] {
            assert_eq!(Facts::new(State::Queued, None, Some(time)).next_action_at(), Some(time));
        }
        assert_eq!(ShortAt::of(Some(i64::MAX)).time(), Some(ShortAt::MOST));
        assert_eq!(ShortAt::of(Some(i64::MIN)).time(), Some(-ShortAt::MOST));
        assert_eq!(Facts::new(State::Queued, None, None).next_action_at(), None);
    }
}
