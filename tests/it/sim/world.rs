//! A world in which time is a number: an agent, hosts that answer it, a network between them that loses and delays, name
//! servers that say what the test told them. Everything follows from the seed.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;

use alta::demo::registrar::Registrar;
use alta::demo::script::Script;
use alta::domain::account::Account;
use alta::domain::entry::EntryId;
use alta::domain::status::{CSEQ_RESERVE, State, Status};
use alta::domain::trial::Step;
use alta::engine::PaceConfig;
use alta::engine::agent::Agent;
use alta::sip::seed::Seed;
use alta::sip::target::{Answer, DnsFault, Question, QuestionKind, Record, Records, Target};
use alta::sip::{Event, Held, Mark, Put, Resume, Time, Transmit, Transport, Unsent};

pub(crate) use super::cast::*;
pub(crate) use super::network::Link;
use super::network::{Network, What};
use super::transcript::Transcript;
use super::watch::Watch;

/// Where everybody's provider is, unless a test says otherwise.
pub(crate) const PROVIDER: &str = "192.0.2.10:5060";
/// Seconds, in the milliseconds that the world counts.
pub(crate) const S: u64 = 1000;
pub(crate) const MINUTE: u64 = 60 * S;
pub(crate) const HOUR: u64 = 60 * MINUTE;
pub(crate) const DAY: u64 = 24 * HOUR;

/// Time and a datagram in; datagrams out, each after so many milliseconds.
pub(crate) type Answers = dyn FnMut(u64, &[u8]) -> Vec<(u64, Vec<u8>)>;

/// Who sits at an address.
pub(crate) enum Host {
    Registrar(Box<Registrar>),
    Scripted(Box<Answers>),
    /// ICMP says that nothing listens there.
    Closed,
    /// Nobody, and nothing says so.
    Dead,
}

/// See the module.
pub(crate) struct World {
    pub agent: Agent,
    pub now: u64,
    pub hosts: BTreeMap<Target, Host>,
    pub network: Network,
    pub names: HashMap<Question, Answer>,
    /// Questions that were asked.
    pub asked: Vec<Question>,
    pub statuses: BTreeMap<EntryId, Status<Time>>,
    /// States that each entry went through, with their times.
    pub states: HashMap<EntryId, Vec<(u64, State)>>,
    pub marks: HashMap<EntryId, Mark>,
    /// When each REGISTER left that is no retransmission, and for whom.
    pub attempts: Vec<u64>,
    pub gone: Vec<EntryId>,
    /// Messages that people may look at.
    pub traced: usize,
    /// Steps of trials, with their times.
    pub steps: Vec<(u64, EntryId, Step)>,
    pub transcript: Transcript,
    /// Looks at every message.
    pub watch: Option<Watch>,
    accounts: HashMap<EntryId, Account>,
    seed_number: u64,
    pace: PaceConfig,
}

/// What we may be told of what was not delivered, and what the transcript says of it.
const UNSENT: [(Unsent, &str); 2] = [(Unsent::Refused, "refused"), (Unsent::NoAnswer, "not connected")];

impl World {
    /// A world whose name server knows `sip.example`, with this registrar there.
    pub(crate) fn with(seed: u64, script: Script) -> Self {
        let mut world = Self::empty(seed, PaceConfig { per_registrar: 100, whole: 1000 });
        world.at(PROVIDER, Host::Registrar(Box::new(Registrar::new(script))));
        world.name("sip.example", &["192.0.2.10"], 3600);
        world
    }

    pub(crate) fn empty(seed: u64, pace: PaceConfig) -> Self {
        Self {
            agent: agent(seed, pace),
            now: 0,
            hosts: BTreeMap::new(),
            network: Network::new(Seed::new(seed_of(!seed))),
            names: HashMap::new(),
            asked: Vec::new(),
            statuses: BTreeMap::new(),
            states: HashMap::new(),
            marks: HashMap::new(),
            attempts: Vec::new(),
            gone: Vec::new(),
            traced: 0,
            steps: Vec::new(),
            transcript: Transcript::default(),
            watch: None,
            accounts: HashMap::new(),
            seed_number: seed,
            pace,
        }
    }

    /// A script with these users, whose passwords are those of [`account`].
    pub(crate) fn script(users: &[&str]) -> Script {
        use alta::demo::script::Login;
        users
            .iter()
            .fold(Script::new("sip.example"), |script, user| script.login(user, Login::new(&format!("pw-{user}"))))
    }

    /// Lets the name servers know these addresses of a name.
    pub(crate) fn name(&mut self, name: &str, addresses: &[&str], ttl: u32) {
        let records = addresses.iter().map(|a| Record::A(a.parse().unwrap())).collect();
        let question = Question { name: name.into(), kind: QuestionKind::A };
        self.names.insert(question, Ok(Records { records, ttl }));
    }

    /// Who takes datagrams at an address.
    pub(crate) fn at(&mut self, address: &str, host: Host) {
        self.hosts.insert(datagrams(address), host);
    }

    /// Who takes connections over this transport at an address.
    pub(crate) fn at_stream(&mut self, transport: Transport, address: &str, host: Host) {
        self.hosts.insert(Target { transport, address: address.parse().unwrap() }, host);
    }

    /// The registrar at `sip.example`.
    pub(crate) fn registrar(&mut self) -> &mut Registrar {
        match self.hosts.get_mut(&datagrams(PROVIDER)) {
            Some(Host::Registrar(registrar)) => registrar,
            _ => panic!("no registrar there"),
        }
    }

    /// Adds an entry, or changes it.
    pub(crate) fn put(&mut self, id: i64, account: Account) {
        let resume = fresh(id);
        self.accounts.insert(EntryId(id), account.clone());
        self.agent.put(Time(self.now), Put { id: EntryId(id), account, enabled: true, urgent: false, resume });
        self.drain();
    }

    /// What is in flight for a user may be cut short from here on.
    pub(crate) fn interrupt(&mut self, user: &str) {
        if let Some(watch) = &mut self.watch {
            watch.interrupted(self.now, user);
        }
    }

    /// Whether anything travels.
    pub(crate) fn in_flight(&self) -> bool {
        self.network.next().is_some()
    }

    pub(crate) fn disable(&mut self, id: i64) {
        let account = self.accounts[&EntryId(id)].clone();
        let resume = fresh(id);
        self.agent.put(Time(self.now), Put { id: EntryId(id), account, enabled: false, urgent: true, resume });
        self.drain();
    }

    /// Tells the agent something, then takes out what follows from it.
    pub(crate) fn wish(&mut self, wish: impl FnOnce(&mut Agent, Time)) {
        wish(&mut self.agent, Time(self.now));
        self.drain();
    }

    /// The agent is gone without a farewell, and starts anew from what was remembered, as the store hands it out.
    pub(crate) fn restart(&mut self) {
        self.seed_number += 1;
        self.agent = agent(self.seed_number ^ 0x5eed, self.pace);
        self.network.lose_ours();
        if let Some(watch) = &mut self.watch {
            watch.restarted();
        }
        let accounts: BTreeMap<EntryId, Account> = self.accounts.clone().into_iter().collect();
        for (id, account) in accounts {
            // As the store does before it hands anything out: what is handed out now counts as used.
            if let Some(mark) = self.marks.get_mut(&id) {
                mark.cseq_reserved += CSEQ_RESERVE;
            }
            let resume = self.marks.get(&id).map_or(Resume { cseq: CSEQ_RESERVE, ..fresh(id.0) }, |mark| Resume {
                call_id: mark.call_id.clone(),
                cseq: mark.cseq_reserved - CSEQ_RESERVE,
                raised_expire: mark.raised_expire,
                binding: mark.binding.clone().map(|held| Held { until: held.until, ..held }),
            });
            self.agent.put(Time(self.now), Put { id, account, enabled: true, urgent: false, resume });
        }
        self.drain();
    }

    /// Lets time pass until `until`.
    pub(crate) fn run_until(&mut self, until: u64) {
        while let Some(at) = self.next().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            self.step();
        }
        self.now = self.now.max(until);
    }

    pub(crate) fn run_for(&mut self, ms: u64) {
        self.run_until(self.now + ms);
    }

    /// When something happens next.
    pub(crate) fn next(&self) -> Option<u64> {
        let parcel = self.network.next();
        let timeout = self.agent.poll_timeout().map(|time| time.0);
        parcel.into_iter().chain(timeout).min()
    }

    fn step(&mut self) {
        if let Some(parcel) = self.network.take(self.now) {
            match (parcel.to_us, parcel.what) {
                (true, What::Message) => {
                    self.transcript.came(self.now, parcel.peer, &parcel.bytes);
                    if let Some(watch) = &mut self.watch {
                        watch.came(self.now, parcel.peer, &parcel.bytes);
                    }
                    self.agent.handle_message(Time(self.now), &flow(parcel.peer), &parcel.bytes);
                }
                (true, What::Unsent(index)) => {
                    let (why, words) = UNSENT[usize::from(index)];
                    self.transcript.note(self.now, words);
                    if let Some(watch) = &mut self.watch {
                        watch.unsent(self.now, parcel.peer);
                    }
                    self.agent.handle_unsent(Time(self.now), &flow(parcel.peer), why, None);
                }
                (false, _) => self.arrive(parcel.peer, &parcel.bytes),
            }
        } else {
            self.agent.handle_timeout(Time(self.now));
        }
        self.drain();
    }

    fn arrive(&mut self, peer: Target, bytes: &[u8]) {
        let is_stream = peer.transport != Transport::Udp;
        let answers = match self.hosts.get_mut(&peer) {
            Some(Host::Registrar(registrar)) => {
                registrar.handle(self.now, bytes).into_iter().map(|answer| (0, answer)).collect()
            }
            Some(Host::Scripted(script)) => script(self.now, bytes),
            Some(Host::Closed) => return self.network.unsent(self.now, peer, 0, 0),
            // Connecting is given up after a while; a datagram is just gone.
            Some(Host::Dead) if is_stream => return self.network.unsent(self.now, peer, 1, 10 * S),
            None if is_stream => return self.network.unsent(self.now, peer, 0, 0),
            None | Some(Host::Dead) => return,
        };
        for (delay, answer) in answers {
            self.network.travel(self.now, true, peer, answer, delay);
        }
    }

    /// Sends a datagram to us as if it came from `peer`.
    pub(crate) fn inject(&mut self, peer: &str, bytes: &[u8]) {
        let peer = datagrams(peer);
        self.transcript.came(self.now, peer, bytes);
        self.agent.handle_message(Time(self.now), &flow(peer), bytes);
        self.drain();
    }

    /// Takes everything out of the agent.
    fn drain(&mut self) {
        loop {
            let mut idle = true;
            while let Some(to) = self.agent.poll_route() {
                idle = false;
                let local: SocketAddr = LOCAL.parse().unwrap();
                self.agent.handle_route(Time(self.now), to, Some(local.ip()));
            }
            while let Some(question) = self.agent.poll_question() {
                idle = false;
                let answer = self.names.get(&question).cloned().unwrap_or(Err(DnsFault::NotFound { ttl: 3600 }));
                self.asked.push(question.clone());
                self.agent.handle_records(Time(self.now), &question, answer);
            }
            while let Some(transmit) = self.agent.poll_transmit() {
                idle = false;
                self.leave(transmit);
            }
            if idle {
                break;
            }
        }
        while let Some(event) = self.agent.poll_event() {
            match event {
                Event::Changed { id, status } => self.changed(id, *status),
                Event::Checkpoint { id, mark } => {
                    self.marks.insert(id, mark);
                }
                Event::Traced { .. } => self.traced += 1,
                Event::Tried { id, step } => self.steps.push((self.now, id, *step)),
                Event::Gone { id } => {
                    self.accounts.remove(&id);
                    self.marks.remove(&id);
                    self.gone.push(id);
                }
            }
        }
    }

    fn leave(&mut self, transmit: Transmit) {
        let to = transmit.flow.target;
        if let Some(watch) = &mut self.watch {
            watch.left(self.now, to, &transmit.bytes);
        }
        if self.transcript.left(self.now, to, &transmit.bytes) {
            self.attempts.push(self.now);
        }
        self.network.travel(self.now, false, to, transmit.bytes.to_vec(), 0);
    }

    fn changed(&mut self, id: EntryId, status: Status<Time>) {
        let states = self.states.entry(id).or_default();
        if states.last().is_none_or(|(_, state)| *state != status.state) {
            states.push((self.now, status.state));
            self.transcript.state(self.now, &status);
        }
        self.statuses.insert(id, status);
    }

    pub(crate) fn status(&self, id: i64) -> &Status<Time> {
        &self.statuses[&EntryId(id)]
    }

    /// Whether the registrar at `sip.example` keeps a binding of this user now.
    pub(crate) fn is_bound(&mut self, user: &str) -> bool {
        let now = self.now;
        !self.registrar().bound(user, now).is_empty()
    }
}
