//! What must be true of everything that leaves, whatever the world does; looked at message by message.

use std::collections::{BTreeMap, HashMap, VecDeque};

use alta::sip::header::{cseq, directive, via, vias};
use alta::sip::scan::{Message, Name, Start, scan};
use alta::sip::target::Target;

use super::world::LOCAL;

/// Timer F: a transaction is over then, whether or not an answer came.
const GIVE_UP: u64 = 32_000;

/// The last request of a Call-ID.
struct Call {
    cseq: u32,
    branch: Vec<u8>,
    to: Target,
    sent_at: u64,
    /// A final answer came, or something that ends it early was wished.
    over: bool,
    /// When that was.
    over_at: u64,
}

/// See the module.
#[derive(Default)]
pub(crate) struct Watch {
    calls: HashMap<Vec<u8>, Call>,
    call_of: HashMap<Vec<u8>, Vec<u8>>,
    /// Users that were edited, and until when that may still show.
    interrupted: HashMap<String, u64>,
    counts: HashMap<(Vec<u8>, Vec<u8>), u32>,
    /// Attempts that began within the last second, by registrar.
    begun: BTreeMap<Target, VecDeque<u64>>,
    /// Most attempts that may begin in a second at one registrar.
    pace: usize,
}

/// In one spelling: it is a token, and those have no case.
fn branch(message: &Message<'_>) -> Vec<u8> {
    vias(message).next().and_then(via).and_then(|top| top.branch).unwrap_or_default().to_ascii_lowercase()
}

impl Watch {
    pub(crate) fn new(pace: usize) -> Self {
        Self { pace, ..Self::default() }
    }

    /// A REGISTER leaves.
    pub(crate) fn left(&mut self, now: u64, to: Target, bytes: &[u8]) {
        let Ok(message) = scan(bytes) else { panic!("unreadable: {bytes:?}") };
        let Start::Request { method: b"REGISTER", .. } = message.start else { return };
        let id = message.first(Name::CallId).unwrap_or_default().to_vec();
        let aor = message.first(Name::To).unwrap_or_default().to_vec();
        let (number, _) = cseq(&message).expect("a CSeq");
        let branch = branch(&message);
        let known = self.call_of.entry(aor.clone()).or_insert_with(|| id.clone());
        assert_eq!(*known, id, "one Call-ID for life");
        let mut follows = false;
        if let Some(last) = self.calls.get(&id) {
            if last.branch == branch {
                assert!(!last.over, "said again after it was answered, at {now}");
                return;
            }
            let in_flight = !last.over && now < last.sent_at + GIVE_UP && !self.may_be_cut_short(now, &aor);
            assert!(
                !in_flight,
                "two transactions of one entry in flight, at {now}: {}",
                String::from_utf8_lossy(bytes)
            );
            let moved_on = number == last.cseq && to != last.to;
            assert!(number > last.cseq || moved_on, "CSeq {number} after {}, at {now}", last.cseq);
            follows = moved_on || (last.over && last.over_at == now);
        }
        self.count_uses(&id, &message);
        if !follows {
            self.begin(now, to);
        }
        let call = Call { cseq: number, branch, to, sent_at: now, over: false, over_at: 0 };
        self.calls.insert(id, call);
    }

    fn count_uses(&mut self, id: &[u8], message: &Message<'_>) {
        for value in message.all(Name::Authorization).chain(message.all(Name::ProxyAuthorization)) {
            let value = value.strip_prefix(b"Digest ").unwrap_or(value);
            let (Some(nonce), Some(nc)) = (directive(value, "nonce"), directive(value, "nc")) else { continue };
            let nc = u32::from_str_radix(std::str::from_utf8(nc).expect("hex"), 16).expect("hex");
            let last = self.counts.insert((id.to_vec(), nonce.to_vec()), nc).unwrap_or(0);
            assert!(nc > last, "nc {nc} after {last}");
        }
        if self.counts.len() > 100_000 {
            self.counts.clear();
        }
    }

    fn begin(&mut self, now: u64, to: Target) {
        let begun = self.begun.entry(to).or_default();
        begun.push_back(now);
        while begun.front().is_some_and(|at| at + 1000 <= now) {
            begun.pop_front();
        }
        // The bucket lets one more out at the edge of a window, as the clock counts whole milliseconds.
        let most = self.pace + 10;
        assert!(begun.len() <= most, "{} attempts in a second, at {now}", begun.len());
    }

    /// An answer is about to be read.
    pub(crate) fn came(&mut self, now: u64, from: Target, bytes: &[u8]) {
        let Ok(message) = scan(bytes) else { return };
        let Start::Response { code: 200.., .. } = message.start else { return };
        let Some(call) = message.first(Name::CallId).and_then(|id| self.calls.get_mut(id)) else { return };
        let whole = vias(&message).count() == 1
            && vias(&message).next().and_then(via).is_some_and(|top| top.sent_by == LOCAL.as_bytes())
            && cseq(&message) == Some((call.cseq, b"REGISTER"));
        if whole && call.branch == branch(&message) && call.to == from && !call.over {
            (call.over, call.over_at) = (true, now);
        }
    }

    /// We are told that what went to a target did not arrive.
    pub(crate) fn unsent(&mut self, now: u64, to: Target) {
        for call in self.calls.values_mut().filter(|call| call.to == to && !call.over) {
            (call.over, call.over_at) = (true, now);
        }
    }

    /// This user was edited: what is in flight may be cut short, and so may the farewell that follows.
    pub(crate) fn interrupted(&mut self, now: u64, user: &str) {
        self.interrupted.insert(format!("sip:{user}@"), now + GIVE_UP);
    }

    fn may_be_cut_short(&self, now: u64, aor: &[u8]) -> bool {
        let aor = String::from_utf8_lossy(aor);
        self.interrupted.iter().any(|(user, until)| *until >= now && aor.contains(user))
    }

    /// Whether a request of this call waits for its answer.
    pub(crate) fn waits(&self, now: u64, call_id: &str) -> bool {
        self.calls.get(call_id.as_bytes()).is_some_and(|call| !call.over && now < call.sent_at + GIVE_UP)
    }

    /// The agent is another one.
    pub(crate) fn restarted(&mut self) {
        for call in self.calls.values_mut() {
            (call.over, call.over_at) = (true, 0);
        }
        self.begun.clear();
    }
}
