//! What the user agent itself costs, without sockets: a first registration and a refresh, in time on a processor.
//! `cargo bench --bench core`; `ALTA_BENCH_ENTRIES` is a list of sizes (1000,10000,100000). Requests are answered by the
//! quick registrar's own code, whose time is left out. Everything is due at about once.

#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a measurement")]
#![allow(clippy::disallowed_methods, reason = "sizes come from the environment of whoever measures")]

#[allow(dead_code, reason = "here it answers without a socket")]
mod load;

use std::sync::Arc;
use std::time::{Duration, Instant};

use alta::domain::account::{Account, Credentials, Peer, Secret};
use alta::domain::entry::EntryId;
use alta::engine::PaceConfig;
use alta::engine::agent::Agent;
use alta::sip::target::Policy;
use alta::sip::{Config, Event, Flow, Locals, Put, Resume, Time, Transmit, Transport};
use load::Answering;

/// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const LOCAL: &str = "192.0.2.1:5070";
const GRANTED: u32 = 60;
/// Refreshes that are measured, at least.
const REFRESHES: usize = 200_000;

fn main() {
    let sizes = std::env::var("ALTA_BENCH_ENTRIES").unwrap_or_else(|_| "1000,10000,100000".to_owned());
    for size in sizes.split(',').map(|n| n.trim().parse().expect("a number of entries")) {
        measure(size);
    }
}

struct World {
    agent: Agent,
    registrar: Answering,
    now: u64,
    /// In the agent.
    spent: Duration,
    accepted: usize,
    registers: usize,
    events: usize,
}

impl World {
    fn timed<T>(&mut self, act: impl FnOnce(&mut Agent, Time) -> T) -> T {
        let began = Instant::now();
        let done = act(&mut self.agent, Time(self.now));
        self.spent += began.elapsed();
        done
    }

    /// Sends what is to leave, and takes the answers, until there is nothing more to do at this time.
    fn settle(&mut self) {
        loop {
            let leaving: Vec<Transmit> = self.timed(|agent, _| std::iter::from_fn(|| agent.poll_transmit()).collect());
            self.events += self.timed(|agent, _| {
                let mut events = 0;
                while let Some(event) = agent.poll_event() {
                    events += usize::from(matches!(event, Event::Changed { .. }));
                    std::hint::black_box(&event);
                }
                events
            });
            if leaving.is_empty() {
                return;
            }
            let now = self.now;
            let answers: Vec<(Flow, Vec<u8>)> = leaving
                .iter()
                .filter_map(|transmit| {
                    let mut answer = Vec::with_capacity(768);
                    self.registrar.answer(&transmit.bytes, now, &mut answer)?;
                    Some((transmit.flow.clone(), answer))
                })
                .collect();
            self.registers += leaving.len();
            self.accepted += answers.iter().filter(|(_, answer)| answer.starts_with(b"SIP/2.0 200")).count();
            self.timed(|agent, now| {
                for (flow, answer) in &answers {
                    agent.handle_message(now, flow, answer);
                }
            });
        }
    }

    fn run_until_accepted(&mut self, count: usize) {
        while self.accepted < count {
            self.settle();
            if self.accepted >= count {
                return;
            }
            let next = self.timed(|agent, _| agent.poll_timeout()).expect("something is due");
            self.now = self.now.max(next.0);
            self.timed(|agent, now| agent.handle_timeout(now));
        }
    }
}

fn measure(size: usize) {
    let config = Config {
        locals: Locals::new(vec![(Transport::Udp, LOCAL.parse().unwrap())]),
        contact: None,
        calls_to: None,
        user_agent: "Alta/bench".into(),
        keep_alive: None,
        policy: Policy::default(),
        seed: [7; 32],
    };
    let mut world = World {
        agent: Agent::new(config, PaceConfig { per_registrar: 1_000_000, whole: 1_000_000 }),
        registrar: Answering::new(GRANTED),
        now: 1,
        spent: Duration::ZERO,
        accepted: 0,
        registers: 0,
        events: 0,
    };
    for n in 0..size {
        let put = put(n);
        world.timed(|agent, now| agent.put(now, put));
    }
    world.run_until_accepted(size);
    let first = world.spent;
    print!(
        "{size} entries: first registration {:.2} µs ({:.2} REGISTERs, {:.2} changes told)",
        micros(first, size),
        world.registers as f64 / size as f64,
        world.events as f64 / size as f64
    );
    (world.spent, world.events) = (Duration::ZERO, 0);
    // As many of a few as of many.
    let refreshes = size * (REFRESHES / size).max(1);
    world.run_until_accepted(size + refreshes);
    let (each, told) = (micros(world.spent, refreshes), world.events as f64 / refreshes as f64);
    println!("; refresh {each:.2} µs ({told:.2} changes told)");
}

fn micros(time: Duration, count: usize) -> f64 {
    time.as_secs_f64() * 1e6 / count as f64
}

fn put(n: usize) -> Put {
    let domain = "203.0.113.7".parse().unwrap();
    let account = Account {
        username: format!("u{n:07}").into(),
        peer: Arc::new(Peer::of_domain(&domain)),
        route: Default::default(),
        domain: domain.into(),
        contact_user: format!("349{n:08}").into(),
        credentials: Credentials {
            user: format!("u{n:07}").into(),
            password: Secret::new("bench-password".into()),
            realm: None,
        },
        expire: 3600,
        terms: Arc::default(),
    };
    let resume = Resume { call_id: format!("{n:032x}").into(), cseq: 0, raised_expire: None, binding: None };
    Put { id: EntryId(i64::try_from(n).unwrap() + 1), account, enabled: true, urgent: false, resume }
}
