//! Who stands in the worlds: agents, accounts, and what they are told.

use std::net::SocketAddr;
use std::sync::Arc;

use alta::domain::account::{Account, Credentials, Peer, Secret};
use alta::engine::PaceConfig;
use alta::engine::agent::Agent;
use alta::sip::target::{Policy, Target};
use alta::sip::{Config, Flow, Locals, Resume, Transport};

/// Our own address.
pub(crate) const LOCAL: &str = "192.0.2.1:5070";

/// The target of datagrams to an address.
pub(crate) fn datagrams(address: &str) -> Target {
    Target { transport: Transport::Udp, address: address.parse().unwrap() }
}

/// What we have with a host; a certificate's name is that of `sip.example`.
pub(crate) fn flow(peer: Target) -> Flow {
    let local = (peer.transport == Transport::Udp).then(|| LOCAL.parse().unwrap());
    Flow { target: peer, local, name: (peer.transport == Transport::Tls).then(|| "sip.example".into()) }
}

pub(crate) fn seed_of(number: u64) -> [u8; 32] {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&number.to_be_bytes());
    seed
}

/// An agent with these addresses of its own.
pub(crate) fn agent_at(seed: u64, pace: PaceConfig, locals: Vec<(Transport, SocketAddr)>) -> Agent {
    agent_with(seed, pace, locals, None)
}

/// The same, with keep-alives over datagrams every so many milliseconds.
pub(crate) fn agent_with(
    seed: u64,
    pace: PaceConfig,
    locals: Vec<(Transport, SocketAddr)>,
    keep_alive: Option<u64>,
) -> Agent {
    let config = Config {
        locals: Locals::new(locals),
        contact: None,
        calls_to: None,
        user_agent: "Alta".into(),
        keep_alive,
        policy: Policy::default(),
        seed: seed_of(seed),
    };
    Agent::new(config, pace)
}

pub(crate) fn agent(seed: u64, pace: PaceConfig) -> Agent {
    agent_at(seed, pace, vec![(Transport::Udp, LOCAL.parse().unwrap())])
}

/// The account of a user at `sip.example`.
pub(crate) fn account(user: &str) -> Account {
    let domain = "sip.example".parse().unwrap();
    Account {
        username: user.into(),
        peer: Arc::new(Peer::of_domain(&domain)),
        route: Default::default(),
        domain: domain.into(),
        contact_user: format!("9{user}").into(),
        credentials: Credentials { user: user.into(), password: Secret::new(format!("pw-{user}")), realm: None },
        expire: 3600,
        terms: Arc::default(),
    }
}

/// What a new entry begins with.
pub(crate) fn fresh(id: i64) -> Resume {
    Resume { call_id: format!("call-{id}").into(), cseq: 0, raised_expire: None, binding: None }
}
