//! Where a hop is (RFC 3263): literal, NAPTR, SRV, AAAA and A, in the order in which it is to be tried. It asks through
//! [`Locator::poll_question`] and never waits.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;

use super::locals::Locals;
pub use super::names::{Answer, DnsFault, Question, QuestionKind, Record, Records};
use super::names::{Look, Names};
use super::seed::Seed;
pub use super::wire::Target;
use super::wire::{Time, Transport, clean};
use crate::domain::account::Hop;
use crate::domain::status::Cause;
use crate::domain::uri::Host;

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

/// A target, and how it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub target: Target,
    /// `_sip._udp.a.example → b.a.example:5060 → 192.0.2.1`; empty when nothing was looked up.
    pub chain: String,
}

/// What looking for a hop came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Located {
    /// In the order in which they are to be tried; never empty.
    Found(Vec<Candidate>),
    /// This question is in flight; look again when it is answered.
    Pending(Question),
    /// With what the cause is about: the name, or the address.
    Failed(Cause, String),
}

/// Finds hops from what name servers said, shared by every entry.
#[derive(Debug, Default)]
pub struct Locator {
    policy: Policy,
    locals: Locals,
    names: Names,
    pinned: HashMap<String, SocketAddr>,
}

/// A host whose addresses are wanted.
struct Place {
    host: String,
    port: u16,
    transport: Transport,
    /// The service that named it.
    service: Option<String>,
}

/// What a service's transport is called in DNS (RFC 3263 §4.1, §4.2).
fn service(transport: Transport, name: &str) -> String {
    match transport {
        Transport::Udp => format!("_sip._udp.{name}"),
        Transport::Tcp => format!("_sip._tcp.{name}"),
        Transport::Tls => format!("_sips._tcp.{name}"),
    }
}

impl Locator {
    pub fn new(policy: Policy, locals: Locals) -> Self {
        Self { policy, locals, ..Self::default() }
    }

    /// Makes a name mean one address, without DNS and without the policy: for what this program itself serves.
    pub fn pin(&mut self, name: &str, to: SocketAddr) {
        self.pinned.insert(name.to_ascii_lowercase(), to);
    }

    /// The next question for the resolver.
    pub fn poll_question(&mut self) -> Option<Question> {
        self.names.poll_question()
    }

    /// Takes an answer.
    pub fn handle_answer(&mut self, now: Time, question: &Question, answer: Answer) {
        self.names.handle_answer(now, question, answer);
    }

    /// Looks for a hop with what is known now; asks for what is not.
    pub fn locate(&mut self, now: Time, hop: &Hop, seed: &mut Seed) -> Located {
        let usual = hop.transport.unwrap_or(Transport::Udp);
        let name = match &hop.at.host {
            Host::Name(name) => name,
            Host::V4(_) | Host::V6(_) => {
                let port = hop.at.port.unwrap_or(usual.default_port());
                let literal = hop.at.host.literal().into_iter();
                let target = |ip| Target { transport: usual, address: SocketAddr::new(ip, port) };
                return self
                    .permitted(literal.map(|ip| Candidate { target: target(ip), chain: String::new() }).collect());
            }
        };
        if let Some(address) = self.pinned.get(name.as_str()) {
            let target = Target { transport: usual, address: *address };
            return Located::Found(vec![Candidate { target, chain: String::new() }]);
        }
        let itself = |port| Place { host: name.to_string(), port, transport: usual, service: None };
        match (hop.at.port, hop.transport) {
            // A port in the URI says that the host is meant, not its service (§4.2).
            (Some(port), _) => self.by_hosts(now, vec![itself(port)]),
            (None, Some(transport)) => {
                let services = vec![(service(transport, name), transport)];
                self.by_services(now, services, itself(usual.default_port()), seed)
            }
            (None, None) => match self.services(now, name) {
                Ok(services) => self.by_services(now, services, itself(usual.default_port()), seed),
                Err(pending) => Located::Pending(pending),
            },
        }
    }

    /// Services and their transports as NAPTR prefers them (§4.1); without NAPTR, those that everybody uses.
    fn services(&mut self, now: Time, name: &str) -> Result<Vec<(String, Transport)>, Question> {
        let question = Question { name: name.to_owned(), kind: QuestionKind::Naptr };
        let mut preferred = match self.names.look(now, &question) {
            Look::Pending => return Err(question),
            Look::Records(records) => records.iter().filter_map(offered).take(16).collect(),
            // Many small name servers fail on it; the rest may still be there.
            Look::NotFound | Look::Failed => Vec::new(),
        };
        preferred.sort_by_key(|(rank, ..)| *rank);
        if preferred.is_empty() {
            return Ok([Transport::Udp, Transport::Tcp].map(|t| (service(t, name), t)).into());
        }
        Ok(preferred.into_iter().map(|(_, replacement, transport)| (replacement, transport)).collect())
    }

    /// The hosts of these services (RFC 3263 §4.2); when none has any, the name itself.
    fn by_services(
        &mut self,
        now: Time,
        services: Vec<(String, Transport)>,
        itself: Place,
        seed: &mut Seed,
    ) -> Located {
        let (mut places, mut pending, mut absent) = (Vec::new(), None, None);
        for (service, transport) in services {
            let question = Question { name: service.clone(), kind: QuestionKind::Srv };
            match self.names.look(now, &question) {
                Look::Pending => pending = pending.or(Some(question)),
                Look::NotFound | Look::Failed => {}
                Look::Records(records) => {
                    let hosts = ordered(&records, seed);
                    // A single target "." says that the service is decidedly not there (RFC 2782).
                    if !hosts.is_empty() && hosts.iter().all(|(host, _)| host.is_empty() || host == ".") {
                        absent = Some(service);
                        continue;
                    }
                    let place = |(host, port)| Place { host, port, transport, service: Some(service.clone()) };
                    places.extend(hosts.into_iter().map(place));
                }
            }
        }
        match (pending, absent) {
            (Some(question), _) => Located::Pending(question),
            (None, Some(service)) if places.is_empty() => {
                Located::Failed(Cause::DnsNotFound, clean(service.as_bytes()))
            }
            (None, _) if places.is_empty() => self.by_hosts(now, vec![itself]),
            (None, _) => self.by_hosts(now, places),
        }
    }

    fn by_hosts(&mut self, now: Time, places: Vec<Place>) -> Located {
        let mut found = Vec::new();
        let (mut pending, mut failed) = (None, false);
        let mut name = String::new();
        for place in places {
            for kind in [QuestionKind::Aaaa, QuestionKind::A] {
                if !self.locals.speaks(place.transport, kind == QuestionKind::A) {
                    continue;
                }
                let question = Question { name: place.host.clone(), kind };
                match self.names.look(now, &question) {
                    Look::Records(records) => {
                        found.extend(records.iter().filter_map(address).map(|ip| candidate(&place, ip)));
                    }
                    Look::Pending => pending = Some(question),
                    Look::NotFound => {}
                    Look::Failed => failed = true,
                }
            }
            name = place.host;
        }
        if let Some(question) = pending {
            Located::Pending(question)
        } else if !found.is_empty() {
            self.permitted(found)
        } else if failed {
            Located::Failed(Cause::DnsFailed, clean(name.as_bytes()))
        } else {
            Located::Failed(Cause::DnsNotFound, clean(name.as_bytes()))
        }
    }

    fn permitted(&self, found: Vec<Candidate>) -> Located {
        let first = found.first().map(|c| c.target.address.ip());
        let reaches = |c: &Candidate| self.locals.speaks(c.target.transport, c.target.address.is_ipv4());
        let reachable = found.iter().any(reaches);
        let permitted: Vec<_> =
            found.into_iter().filter(|c| reaches(c) && self.policy.allows(c.target.address.ip())).collect();
        if !permitted.is_empty() {
            return Located::Found(permitted);
        }
        let cause = if reachable { Cause::TargetDenied } else { Cause::NetUnreachable };
        Located::Failed(cause, first.map(|ip| ip.to_string()).unwrap_or_default())
    }
}

fn candidate(place: &Place, ip: IpAddr) -> Candidate {
    let target = Target { transport: place.transport, address: SocketAddr::new(ip, place.port) };
    let service = place.service.as_ref().map(|service| format!("{service} → ")).unwrap_or_default();
    let chain = clean(format!("{service}{}:{} → {ip}", place.host, place.port).as_bytes());
    Candidate { target, chain }
}

/// Rank, replacement and transport of a NAPTR record of SIP's that leads to SRV (RFC 3263 §4.1).
fn offered(record: &Record) -> Option<((u16, u16), String, Transport)> {
    let Record::Naptr { order, preference, flags, service, replacement } = record else { return None };
    let transport = match service.to_ascii_uppercase().as_str() {
        "SIP+D2U" => Transport::Udp,
        "SIP+D2T" => Transport::Tcp,
        "SIPS+D2T" => Transport::Tls,
        _ => return None,
    };
    let replacement = replacement.trim_end_matches('.').to_ascii_lowercase();
    (flags.eq_ignore_ascii_case("s") && !replacement.is_empty()).then_some((
        (*order, *preference),
        replacement,
        transport,
    ))
}

fn address(record: &Record) -> Option<IpAddr> {
    match record {
        Record::A(ip) => Some(IpAddr::V4(*ip)),
        Record::Aaaa(ip) => Some(IpAddr::V6(*ip)),
        Record::Srv { .. } | Record::Naptr { .. } => None,
    }
}

/// SRV targets by priority, and by a draw of their weights within one (RFC 2782), at most 32.
fn ordered(records: &[Record], seed: &mut Seed) -> Vec<(String, u16)> {
    let mut left: Vec<(u16, u16, &str, u16)> = records
        .iter()
        .filter_map(|record| match record {
            Record::Srv { priority, weight, port, target } => Some((*priority, *weight, target.as_str(), *port)),
            Record::A(_) | Record::Aaaa(_) | Record::Naptr { .. } => None,
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
