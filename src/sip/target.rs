//! Where a hop is (RFC 3263): literal, SRV, AAAA and A, in order; answers kept for their time, old ones served while DNS
//! fails, one question a name in flight. It asks through [`Locator::poll_question`] and never waits.

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use ipnet::IpNet;

use super::seed::Seed;
use super::wire::{Time, Transport, clean};
use crate::domain::account::Hop;
use crate::domain::status::Cause;
use crate::domain::uri::Host;

/// Which record a question asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum QuestionKind {
    A,
    Aaaa,
    Srv,
}

/// A question for the resolver.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Question {
    pub name: String,
    pub kind: QuestionKind,
}

/// One record of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    A(Ipv4Addr),
    Aaaa(Ipv6Addr),
    Srv { priority: u16, weight: u16, port: u16, target: String },
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

/// A resolved next hop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    pub transport: Transport,
    pub address: SocketAddr,
}

/// Where Alta may send, checked after DNS at each attempt.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    pub deny: Vec<IpNet>,
    pub allow_loopback: bool,
}

impl Policy {
    /// Whether a message may go to this address. A v4-mapped address is judged as the IPv4 address that it reaches.
    pub fn allows(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        (self.allow_loopback || !address.is_loopback()) && !self.deny.iter().any(|net| net.contains(&address))
    }
}

/// What looking for a hop came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Located {
    /// In the order in which they are to be tried; never empty.
    Found(Vec<Target>),
    /// This question is in flight; look again when it is answered.
    Pending(Question),
    /// With what the cause is about: the name, or the address.
    Failed(Cause, String),
}

/// Bounds of the time for which an answer is kept, in seconds.
const TTL_LEAST: u32 = 5;
const TTL_MOST: u32 = 86_400;
/// For how long a failing name server is not asked again for the same name, in seconds.
const FAILED_TTL: u32 = 10;
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

/// Finds hops from what name servers said, shared by every entry.
#[derive(Debug, Default)]
pub struct Locator {
    policy: Policy,
    /// Address families that our socket can reach.
    v4: bool,
    v6: bool,
    names: HashMap<Question, Known>,
    pinned: HashMap<String, SocketAddr>,
    questions: VecDeque<Question>,
}

enum Look {
    Records(Vec<Record>),
    Pending,
    NotFound,
    Failed,
}

impl Locator {
    /// `local` tells which address family can be reached.
    pub fn new(policy: Policy, local: IpAddr) -> Self {
        Self { policy, v4: local.is_ipv4(), v6: local.is_ipv6(), ..Self::default() }
    }

    /// Makes a name mean one address, without DNS and without the policy: for what this program itself serves.
    pub fn pin(&mut self, name: &str, to: SocketAddr) {
        self.pinned.insert(name.to_ascii_lowercase(), to);
    }

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

    /// Looks for a hop with what is known now; asks for what is not.
    pub fn locate(&mut self, now: Time, hop: &Hop, seed: &mut Seed) -> Located {
        match hop.transport {
            Some(Transport::Tcp | Transport::Tls) => {
                return Located::Failed(Cause::TransportUnsupported, hop.to_string());
            }
            Some(Transport::Udp) | None => {}
        }
        let transport = Transport::Udp;
        let name = match &hop.at.host {
            Host::Name(name) => name,
            Host::V4(_) | Host::V6(_) => {
                let literal = hop.at.host.literal().into_iter();
                return self.permitted(
                    literal.map(|ip| (ip, hop.at.port.unwrap_or(transport.default_port()))).collect(),
                    transport,
                );
            }
        };
        if let Some(address) = self.pinned.get(name) {
            return Located::Found(vec![Target { transport, address: *address }]);
        }
        match hop.at.port {
            Some(port) => self.by_hosts(now, vec![(name.clone(), port)], transport),
            None => self.by_service(now, name, transport, seed),
        }
    }

    /// No port given: SRV first (RFC 3263 §4.2); without SRV records, the name itself at the default port.
    fn by_service(&mut self, now: Time, name: &str, transport: Transport, seed: &mut Seed) -> Located {
        let service = Question { name: format!("_sip._{}.{name}", transport.as_str()), kind: QuestionKind::Srv };
        let records = match self.look(now, &service) {
            Look::Pending => return Located::Pending(service),
            Look::Records(records) => records,
            // Many small name servers fail on SRV alone; the address may still be there.
            Look::NotFound | Look::Failed => Vec::new(),
        };
        let hosts = ordered(&records, seed);
        if hosts.is_empty() {
            return self.by_hosts(now, vec![(name.to_owned(), transport.default_port())], transport);
        }
        // A single target "." says that the service is decidedly not there (RFC 2782).
        if hosts.iter().all(|(target, _)| target.is_empty() || target == ".") {
            return Located::Failed(Cause::DnsNotFound, service.name);
        }
        self.by_hosts(now, hosts, transport)
    }

    fn by_hosts(&mut self, now: Time, hosts: Vec<(String, u16)>, transport: Transport) -> Located {
        let mut found = Vec::new();
        let (mut pending, mut failed) = (None, false);
        let mut name = String::new();
        for (host, port) in hosts {
            for kind in [QuestionKind::Aaaa, QuestionKind::A] {
                if (kind == QuestionKind::Aaaa && !self.v6) || (kind == QuestionKind::A && !self.v4) {
                    continue;
                }
                let question = Question { name: host.clone(), kind };
                match self.look(now, &question) {
                    Look::Records(records) => found.extend(records.iter().filter_map(address).map(|ip| (ip, port))),
                    Look::Pending => pending = Some(question),
                    Look::NotFound => {}
                    Look::Failed => failed = true,
                }
            }
            name = host;
        }
        if let Some(question) = pending {
            Located::Pending(question)
        } else if !found.is_empty() {
            self.permitted(found, transport)
        } else if failed {
            Located::Failed(Cause::DnsFailed, clean(name.as_bytes()))
        } else {
            Located::Failed(Cause::DnsNotFound, clean(name.as_bytes()))
        }
    }

    fn permitted(&self, found: Vec<(IpAddr, u16)>, transport: Transport) -> Located {
        let denied = found.first().map(|(ip, _)| *ip);
        let reachable = found.iter().any(|(ip, _)| self.reaches(*ip));
        let targets: Vec<_> = found
            .into_iter()
            .filter(|(ip, _)| self.reaches(*ip) && self.policy.allows(*ip))
            .map(|(ip, port)| Target { transport, address: SocketAddr::new(ip, port) })
            .collect();
        match (targets.is_empty(), reachable) {
            (false, _) => Located::Found(targets),
            (true, true) => Located::Failed(Cause::TargetDenied, denied.map(|ip| ip.to_string()).unwrap_or_default()),
            (true, false) => {
                Located::Failed(Cause::NetUnreachable, denied.map(|ip| ip.to_string()).unwrap_or_default())
            }
        }
    }

    fn reaches(&self, ip: IpAddr) -> bool {
        if ip.is_ipv4() { self.v4 } else { self.v6 }
    }

    /// What is known of a question; asks when that ran out, once at a time.
    fn look(&mut self, now: Time, question: &Question) -> Look {
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
            (None, _) => Look::Pending,
        }
    }
}

fn address(record: &Record) -> Option<IpAddr> {
    match record {
        Record::A(ip) => Some(IpAddr::V4(*ip)),
        Record::Aaaa(ip) => Some(IpAddr::V6(*ip)),
        Record::Srv { .. } => None,
    }
}

/// SRV targets by priority, and by a draw of their weights within one (RFC 2782), at most 32.
fn ordered(records: &[Record], seed: &mut Seed) -> Vec<(String, u16)> {
    let mut left: Vec<(u16, u16, &str, u16)> = records
        .iter()
        .filter_map(|record| match record {
            Record::Srv { priority, weight, port, target } => Some((*priority, *weight, target.as_str(), *port)),
            Record::A(_) | Record::Aaaa(_) => None,
        })
        .take(32)
        .collect();
    // Those without weight stand first, so that they have a small chance of being drawn.
    left.sort_by_key(|(priority, weight, ..)| (*priority, *weight));
    let mut out = Vec::with_capacity(left.len());
    while let Some((lowest, ..)) = left.first().copied() {
        let group = left.iter().take_while(|(priority, ..)| *priority == lowest);
        let total: u64 = group.clone().map(|(_, weight, ..)| u64::from(*weight)).sum();
        let draw = seed.between(0, total);
        let mut sum = 0;
        let chosen = group
            .map(|(_, weight, ..)| {
                sum += u64::from(*weight);
                sum
            })
            .position(|sum| sum >= draw)
            .unwrap_or(0);
        let (_, _, target, port) = left.remove(chosen);
        let target = if target == "." { target } else { target.strip_suffix('.').unwrap_or(target) };
        out.push((target.to_ascii_lowercase(), port));
    }
    out
}
