//! Flows that carry bindings: kept alive over datagrams, kept and mourned over connections; and farewells at the end.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use alta::domain::account::Account;
use alta::domain::status::State;
use alta::domain::terms::Terms;
use alta::engine::PaceConfig;
use alta::sip::{Flow, Transport};

use super::world::*;

const PING: &[u8] = b"\r\n\r\n";
const PACE: PaceConfig = PaceConfig { per_registrar: 100, whole: 1000 };

/// Who answers 200 to every REGISTER, with these header lines, and notes when a keep-alive came.
fn host(pings: &Rc<RefCell<Vec<u64>>>, more: &'static str) -> Host {
    let pings = pings.clone();
    Host::Scripted(Box::new(move |now, bytes| {
        if bytes == PING {
            pings.borrow_mut().push(now);
            return Vec::new();
        }
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let back =
            |line: &&str| ["Via:", "From:", "To:", "Call-ID:", "CSeq:", "Contact:"].iter().any(|n| line.starts_with(n));
        let lines: Vec<&str> = text.split("\r\n").filter(back).collect();
        vec![(0, format!("SIP/2.0 200 OK\r\n{}\r\n{more}\r\n", lines.join("\r\n")).into_bytes())]
    }))
}

/// Over TCP, with a contract that asks for the flow to be kept.
fn outbound(user: &str) -> Account {
    let mut account = account(user);
    account.terms = Arc::new(Terms { outbound: true, ..Terms::default() });
    Arc::make_mut(&mut account.peer).hop.transport = Some(Transport::Tcp);
    account
}

fn over_tcp(more: &'static str) -> (World, Rc<RefCell<Vec<u64>>>) {
    let mut world = World::with(1, World::script(&[]));
    let pings = Rc::default();
    world.at_stream(Transport::Tcp, PROVIDER, host(&pings, more));
    (world, pings)
}

fn kept(world: &mut World) -> Vec<(Flow, Option<u64>)> {
    std::iter::from_fn(|| world.agent.poll_kept()).collect()
}

#[test]
fn datagrams_keep_a_flow_alive_as_long_as_a_binding_depends_on_it() {
    let pings = Rc::default();
    let mut world = World::with(1, World::script(&[]));
    world.at(PROVIDER, host(&pings, ""));
    world.agent = agent_with(1, PACE, vec![(Transport::Udp, LOCAL.parse().unwrap())], Some(30 * S));
    world.put(1, account("1"));
    world.put(2, account("2"));
    world.run_until(100 * S);
    assert_eq!(pings.borrow().len(), 3, "one flow, whoever uses it: {:?}", pings.borrow());
    world.disable(1);
    world.run_until(200 * S);
    assert_eq!(pings.borrow().len(), 6);
    world.disable(2);
    world.run_until(HOUR);
    assert_eq!(pings.borrow().len(), 6, "nobody depends on it any more");
}

#[test]
fn without_the_setting_nothing_is_sent_to_keep_datagrams_alive() {
    let pings = Rc::default();
    let mut world = World::with(1, World::script(&[]));
    world.at(PROVIDER, host(&pings, ""));
    world.put(1, account("1"));
    world.run_until(HOUR);
    assert_eq!(pings.borrow().len(), 0);
}

#[test]
fn a_connection_is_kept_as_often_as_the_registrar_asks_and_until_nobody_needs_it() {
    for (more, low, high) in [
        ("Require: outbound\r\nFlow-Timer: 60\r\n", 48_000, 60_000),
        ("Require: outbound\r\n", 96_000, 120_000),
        ("Require: outbound\r\nFlow-Timer: 0\r\n", 8_000, 10_000),
        ("Require: path, outbound\r\nFlow-Timer: 99999999999999\r\n", 2_880_000, 3_600_000),
    ] {
        let (mut world, _) = over_tcp(more);
        world.put(1, outbound("1"));
        world.put(2, outbound("2"));
        world.run_until(S);
        let told = kept(&mut world);
        assert!(told.len() == 1, "one connection for both: {told:?}");
        assert_eq!(told[0].0.target.transport, Transport::Tcp);
        assert!(told[0].1.is_some_and(|ms| (low..=high).contains(&ms)), "{more}: {told:?}");
        world.disable(1);
        world.run_for(S);
        assert_eq!(kept(&mut world), []);
        world.disable(2);
        world.run_for(S);
        assert_eq!(kept(&mut world), [(told[0].0.clone(), None)]);
    }
}

#[test]
fn who_is_called_over_a_connection_that_breaks_registers_anew_and_nobody_else() {
    for (more, again) in [("Require: outbound\r\n", 50), ("", 0)] {
        let (mut world, _) = over_tcp(more);
        for id in 1..=50 {
            world.put(id, outbound(&id.to_string()));
        }
        world.run_until(5 * S);
        let before = world.attempts.len();
        let target = alta::sip::target::Target { transport: Transport::Tcp, address: PROVIDER.parse().unwrap() };
        world.wish(|agent, now| agent.handle_closed(now, &flow(target)));
        world.run_for(S);
        assert_eq!(world.attempts.len() - before, again, "{more:?}");
        assert!((1..=50).all(|id| world.status(id).state == State::Registered));
        assert!((1..=50).all(|id| world.states[&alta::domain::entry::EntryId(id)].len() == 3), "it never blinks");
        world.run_for(10 * MINUTE);
        assert_eq!(world.attempts.len() - before, again, "once is enough");
    }
}

#[test]
fn after_a_restart_who_was_called_over_a_connection_registers_at_once() {
    let (mut world, _) = over_tcp("Require: outbound\r\n");
    world.put(1, outbound("1"));
    world.run_until(5 * S);
    let before = world.attempts.len();
    world.restart();
    world.run_for(S);
    assert_eq!(world.attempts.len() - before, 1);
}

#[test]
fn a_farewell_undoes_every_binding_and_then_all_is_quiet() {
    let users: Vec<String> = (1..=30).map(|n| n.to_string()).collect();
    let users: Vec<&str> = users.iter().map(String::as_str).collect();
    let mut world = World::with(1, World::script(&users));
    for (id, user) in (1..).zip(&users) {
        world.put(id, account(user));
    }
    world.run_until(5 * S);
    assert!(world.agent.is_quiet());
    world.wish(alta::engine::agent::Agent::unregister_all);
    assert!(!world.agent.is_quiet());
    world.run_for(2 * S);
    assert!(world.agent.is_quiet());
    assert!(users.iter().all(|user| !world.is_bound(user)));
    world.restart();
    world.run_for(5 * S);
    assert!(users.iter().all(|user| world.is_bound(user)), "the next run registers them");
}
