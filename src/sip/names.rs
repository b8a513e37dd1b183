//! What name servers said: kept for its time, old answers served while DNS fails, one question a name in flight.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::wire::Time;

/// Which record a question asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum QuestionKind {
    A,
    Aaaa,
    Srv,
    Naptr,
}

/// A question for the resolver.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Question {
    pub name: String,
    pub kind: QuestionKind,
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            QuestionKind::A => "A",
            QuestionKind::Aaaa => "AAAA",
            QuestionKind::Srv => "SRV",
            QuestionKind::Naptr => "NAPTR",
        };
        write!(f, "{kind} {}", self.name)
    }
}

/// One record of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    A(Ipv4Addr),
    Aaaa(Ipv6Addr),
    Srv {
        priority: u16,
        weight: u16,
        port: u16,
        target: String,
    },
    /// RFC 3403; the flags, service and replacement that RFC 3263 §4.1 reads.
    Naptr {
        order: u16,
        preference: u16,
        flags: String,
        service: String,
        replacement: String,
    },
}

/// What a name server said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Records {
    pub records: Vec<Record>,
    /// Seconds that they stay true.
    pub ttl: u32,
}

/// Why there are no records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DnsFault {
    /// NXDOMAIN, or none of this kind; true for `ttl` seconds.
    NotFound { ttl: u32 },
    /// SERVFAIL, or no answer.
    Failed,
}

/// The resolver's answer to a [`Question`].
pub type Answer = Result<Records, DnsFault>;

/// Bounds of the time for which an answer is kept, in seconds.
const TTL_LEAST: u32 = 5;
const TTL_MOST: u32 = 86_400;
/// For how long a failing name server is not asked again for the same name, in seconds.
const FAILED_TTL: u32 = 20;
/// Most names that are remembered; past it those that ran out are forgotten.
const NAMES_MOST: usize = 100_000;

#[derive(Debug, Default)]
struct Known {
    asking: bool,
    /// The last answer, and until when it stands.
    answer: Option<(Answer, Time)>,
    /// The last records, served while DNS fails.
    stale: Option<Vec<Record>>,
}

/// What is known of a question.
pub enum Look {
    Records(Vec<Record>),
    /// It is in flight.
    Pending,
    NotFound,
    Failed,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Names {
    names: HashMap<Question, Known>,
    questions: VecDeque<Question>,
}

impl Names {
    /// The next question for the resolver.
    pub fn poll_question(&mut self) -> Option<Question> {
        self.questions.pop_front()
    }

    /// Takes an answer.
    pub fn handle_answer(&mut self, now: Time, question: &Question, answer: Answer) {
        // Only what was asked is kept, so that nothing else fills the memory.
        let Some(known) = self.names.get_mut(question) else { return };
        known.asking = false;
        let ttl = match &answer {
            Ok(records) => records.ttl,
            Err(DnsFault::NotFound { ttl }) => *ttl,
            Err(DnsFault::Failed) => FAILED_TTL,
        };
        match &answer {
            Ok(records) => known.stale = Some(records.records.clone()),
            // The name is really gone: what it was no longer counts.
            Err(DnsFault::NotFound { .. }) => known.stale = None,
            Err(DnsFault::Failed) => {}
        }
        known.answer = Some((answer, now + u64::from(ttl.clamp(TTL_LEAST, TTL_MOST)) * 1000));
    }

    /// What is known of a question; asks when that ran out, once at a time.
    pub fn look(&mut self, now: Time, question: &Question) -> Look {
        if self.names.len() >= NAMES_MOST && !self.names.contains_key(question) {
            self.names.retain(|_, known| known.asking || known.answer.as_ref().is_some_and(|(_, until)| *until > now));
        }
        let known = self.names.entry(question.clone()).or_default();
        let fresh = known.answer.as_ref().filter(|(_, until)| *until > now).map(|(answer, _)| answer);
        if fresh.is_none() && !known.asking {
            known.asking = true;
            self.questions.push_back(question.clone());
        }
        match (fresh, &known.stale) {
            (Some(Ok(records)), _) => Look::Records(records.records.clone()),
            (Some(Err(DnsFault::NotFound { .. })), _) => Look::NotFound,
            (Some(Err(DnsFault::Failed)), Some(stale)) => Look::Records(stale.clone()),
            (Some(Err(DnsFault::Failed)), None) => Look::Failed,
            // While name servers fail, nobody waits for the next try: three names in a row would cost an attempt its time.
            (None, Some(stale)) if matches!(known.answer, Some((Err(DnsFault::Failed), _))) => {
                Look::Records(stale.clone())
            }
            (None, _) => Look::Pending,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_records_are_served_at_once_while_name_servers_fail_and_no_longer() {
        let mut names = Names::default();
        let question = Question { name: "a.example".into(), kind: QuestionKind::A };
        let told = |address: u8| Ok(Records { records: vec![Record::A([192, 0, 2, address].into())], ttl: 60 });
        let mut seen = Vec::new();
        for (at, answer) in [
            (0, Some(told(1))),
            (61, Some(Err(DnsFault::Failed))),
            (62, None),
            (90, None),
            (91, Some(told(2))),
            (152, None),
        ] {
            let now = Time(at * 1000);
            let before = matches!(names.look(now, &question), Look::Pending);
            let asked = names.poll_question().is_some();
            if let Some(answer) = answer {
                names.handle_answer(now, &question, answer);
            }
            let after = match names.look(now, &question) {
                Look::Records(records) => records.first().cloned(),
                Look::Pending | Look::NotFound | Look::Failed => None,
            };
            let _ = names.poll_question();
            seen.push((at, before, asked, after));
        }
        let (one, two) = (Some(Record::A([192, 0, 2, 1].into())), Some(Record::A([192, 0, 2, 2].into())));
        let expected = [
            (0, true, true, one.clone()),
            (61, true, true, one.clone()),
            (62, false, false, one.clone()),
            (90, false, true, one),
            (91, false, false, two),
            (152, true, true, None),
        ];
        assert_eq!(seen, expected);
    }
}
