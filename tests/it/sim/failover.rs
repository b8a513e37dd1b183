//! Locating and moving on (RFC 3263): which target is tried, and what follows when it fails.

use alta::demo::registrar::Registrar;
use alta::demo::script::{Line, Script};
use alta::domain::entry::EntryId;
use alta::domain::status::{Cause, State};
use alta::engine::PaceConfig;
use alta::sip::target::{Question, QuestionKind, Record, Records};
use alta::sip::{TlsFault, Transport, Unsent};

use super::transcript::expect;
use super::world::*;

const FIRST: &str = "192.0.2.11:5060";
const SECOND: &str = "192.0.2.12:5060";

fn records(world: &mut World, name: &str, kind: QuestionKind, records: Vec<Record>) {
    world.names.insert(Question { name: name.into(), kind }, Ok(Records { records, ttl: 3600 }));
}

fn srv(priority: u16, target: &str) -> Record {
    Record::Srv { priority, weight: 10, port: 5060, target: target.into() }
}

fn naptr(order: u16, service: &str, replacement: &str) -> Record {
    Record::Naptr { order, preference: 10, flags: "s".into(), service: service.into(), replacement: replacement.into() }
}

fn registrar(users: &[&str]) -> Host {
    Host::Registrar(Box::new(Registrar::new(World::script(users))))
}

/// A provider with two servers, the first of them preferred.
fn pair(users: &[&str]) -> World {
    let mut world = World::empty(1, PaceConfig { per_registrar: 100, whole: 1000 });
    records(
        &mut world,
        "_sip._udp.sip.example",
        QuestionKind::Srv,
        vec![srv(20, "b.sip.example."), srv(10, "a.sip.example.")],
    );
    world.name("a.sip.example", &["192.0.2.11"], 3600);
    world.name("b.sip.example", &["192.0.2.12"], 3600);
    world.at(FIRST, registrar(users));
    world.at(SECOND, registrar(users));
    world
}

fn retransmissions(target: &str) -> String {
    let times = ["0.500", "1.500", "3.500", "7.500", "11.500", "15.500", "19.500", "23.500", "27.500", "31.500"];
    times.map(|at| format!("{at} → {target} REGISTER 1 expires=3600 (again)\n")).concat()
}

#[test]
fn the_next_target_gets_the_same_cseq_after_silence() {
    let mut world = pair(&["7"]);
    world.at(FIRST, Host::Dead);
    world.put(7, account("7"));
    world.run_until(MINUTE);
    expect(
        &world.transcript.take(),
        &format!(
            "0.000 → {FIRST} REGISTER 1 expires=3600
             0.000 = queued
             0.000 = registering
             {}
             32.000 → {SECOND} REGISTER 1 expires=3600
             32.040 ← {SECOND} 401 Unauthorized
             32.040 → {SECOND} REGISTER 2 expires=3600 auth=MD5/1
             32.080 ← {SECOND} 200 OK
             32.080 = registered granted=3600",
            retransmissions(FIRST)
        ),
    );
    let chain = world.status(7).chain.clone();
    assert_eq!(chain.as_deref(), Some("_sip._udp.sip.example → b.sip.example:5060 → 192.0.2.12"));
}

#[test]
fn a_dead_target_is_found_out_once_for_all_entries() {
    let users: Vec<String> = (1..=50).map(|n| n.to_string()).collect();
    let users: Vec<&str> = users.iter().map(String::as_str).collect();
    let mut world = pair(&users);
    world.at(FIRST, Host::Dead);
    world.put(1, account("1"));
    world.run_until(40 * S);
    for (id, user) in (1..).zip(&users).skip(1) {
        world.put(id, account(user));
    }
    world.run_until(42 * S);
    assert!(world.statuses.values().all(|status| status.state == State::Registered));
    let said = world.transcript.take();
    assert_eq!(said.matches(&format!("→ {FIRST}")).count(), 11, "one entry's datagrams and no more");
}

#[test]
fn a_busy_target_is_left_at_once_for_the_next() {
    let mut world = pair(&["7"]);
    let script = World::script(&["7"]);
    let mut busy = Registrar::new(script);
    if let Some(login) = busy.script.accounts.get_mut("7") {
        login.always = Some(Line::answer(503, "Busy", &["Retry-After: 600"]));
    }
    world.at(FIRST, Host::Registrar(Box::new(busy)));
    world.put(7, account("7"));
    world.run_until(S);
    expect(
        &world.transcript.take(),
        &format!(
            "0.000 → {FIRST} REGISTER 1 expires=3600
             0.000 = queued
             0.000 = registering
             0.040 ← {FIRST} 503 Busy
             0.040 → {SECOND} REGISTER 1 expires=3600
             0.080 ← {SECOND} 401 Unauthorized
             0.080 → {SECOND} REGISTER 2 expires=3600 auth=MD5/1
             0.120 ← {SECOND} 200 OK
             0.120 = registered granted=3600"
        ),
    );
}

#[test]
fn a_closed_port_is_left_at_once_and_every_closed_one_says_so() {
    let mut world = pair(&["7"]);
    world.at(FIRST, Host::Closed);
    world.put(7, account("7"));
    world.run_until(S);
    assert_eq!(world.status(7).state, State::Registered);
    world.at(SECOND, Host::Closed);
    world.wish(|agent, now| agent.refresh(now, EntryId(7), true));
    world.run_for(S);
    assert_eq!((world.status(7).state, world.status(7).cause), (State::AtRisk, Some(Cause::Refused)));
}

#[test]
fn it_stays_where_it_is_registered_while_that_is_among_the_answers() {
    let mut world = pair(&["7"]);
    world.at(FIRST, Host::Closed);
    world.put(7, account("7"));
    world.run_until(S);
    world.at(FIRST, registrar(&["7"]));
    world.run_until(10 * HOUR);
    let said = world.transcript.take();
    assert_eq!(said.matches(&format!("→ {FIRST}")).count(), 1, "{said}");
    records(&mut world, "_sip._udp.sip.example", QuestionKind::Srv, vec![srv(10, "a.sip.example.")]);
    world.run_until(20 * HOUR);
    assert!(world.transcript.take().contains(&format!("→ {FIRST}")), "it follows when DNS takes it away");
    assert_eq!(world.status(7).state, State::Registered);
}

#[test]
fn naptr_chooses_the_transport_and_a_connection_needs_no_retransmission() {
    let mut world = pair(&["7"]);
    let offers = vec![naptr(20, "SIP+D2U", "_sip._udp.sip.example."), naptr(10, "SIP+D2T", "_sip._tcp.sip.example.")];
    records(&mut world, "sip.example", QuestionKind::Naptr, offers);
    records(&mut world, "_sip._tcp.sip.example", QuestionKind::Srv, vec![srv(1, "a.sip.example")]);
    world.at_stream(Transport::Tcp, FIRST, registrar(&["7"]));
    world.put(7, account("7"));
    world.run_until(S);
    expect(
        &world.transcript.take(),
        &format!(
            "0.000 → tcp:{FIRST} REGISTER 1 expires=3600
             0.000 = queued
             0.000 = registering
             0.040 ← tcp:{FIRST} 401 Unauthorized
             0.040 → tcp:{FIRST} REGISTER 2 expires=3600 auth=MD5/1
             0.080 ← tcp:{FIRST} 200 OK
             0.080 = registered granted=3600"
        ),
    );
    assert_eq!(world.status(7).contact.as_deref(), Some("sip:97@192.0.2.1:5070;transport=tcp"));
    world.at_stream(Transport::Tcp, FIRST, Host::Dead);
    world.wish(|agent, now| agent.refresh(now, EntryId(7), true));
    world.run_for(MINUTE);
    let said = world.transcript.take();
    assert!(said.contains("11.020 ! not connected") && said.contains(&format!("11.020 → {FIRST}")), "{said}");
    assert_eq!(world.status(7).state, State::Registered, "over UDP, the next in NAPTR's order");
}

#[test]
fn a_service_that_is_decidedly_not_there_is_told() {
    let mut world = pair(&["7"]);
    for name in ["_sip._udp.sip.example", "_sip._tcp.sip.example"] {
        records(&mut world, name, QuestionKind::Srv, vec![srv(0, ".")]);
    }
    world.name("sip.example", &["192.0.2.11"], 3600);
    world.put(7, account("7"));
    world.run_until(S);
    assert_eq!(world.status(7).cause, Some(Cause::DnsNotFound));
    assert_eq!(world.attempts.len(), 0);
}

#[test]
fn a_request_too_large_for_a_datagram_goes_over_tcp_and_else_as_a_datagram() {
    for takes_connections in [true, false] {
        let mut world = World::with(1, World::script(&["7"]));
        let long = format!("WWW-Authenticate: Digest realm=\"sip.example\", nonce=\"{}\"", "n".repeat(1200));
        let lines = [Line::answer(401, "Unauthorized", &[&long]), Line::answer(200, "OK", &[])];
        let script = |lines: &[Line]| {
            let mut script: Script = World::script(&["7"]);
            script.accounts.get_mut("7").unwrap().lines = lines.to_vec().into();
            Host::Registrar(Box::new(Registrar::new(script)))
        };
        let over_udp = if takes_connections { &lines[..1] } else { &lines[..] };
        world.at(PROVIDER, script(over_udp));
        if takes_connections {
            world.at_stream(Transport::Tcp, PROVIDER, script(&lines[1..]));
        }
        world.put(7, account("7"));
        world.run_until(5 * S);
        let said = world.transcript.take();
        assert!(said.contains(&format!("→ tcp:{PROVIDER} REGISTER 2")), "{said}");
        assert_eq!(said.contains(&format!("→ {PROVIDER} REGISTER 2")), !takes_connections, "{said}");
        assert_eq!(world.status(7).state, State::Registered, "{said}");
        assert!(!world.status(7).contact.as_ref().unwrap().contains("transport"));
    }
}

#[test]
fn each_fault_of_a_certificate_has_its_cause_and_three_make_it_unreachable() {
    for (fault, cause) in [
        (TlsFault::Untrusted, Cause::TlsUntrusted),
        (TlsFault::Name, Cause::TlsName),
        (TlsFault::Expired, Cause::TlsExpired),
        (TlsFault::Failed, Cause::TlsFailed),
    ] {
        let mut world = World::with(1, World::script(&["7"]));
        let mut entry = account("7");
        std::sync::Arc::make_mut(&mut entry.peer).hop.transport = Some(Transport::Tls);
        let address = "192.0.2.10:5061";
        world.at_stream(Transport::Tls, address, Host::Scripted(Box::new(|_, _| Vec::new())));
        world.put(7, entry);
        let target = alta::sip::target::Target { transport: Transport::Tls, address: address.parse().unwrap() };
        for attempt in 1..=3 {
            world.run_for(S);
            world.wish(|agent, now| agent.handle_unsent(now, &flow(target), Unsent::Tls(fault), Some("cert.example")));
            assert_eq!(world.status(7).cause, Some(cause));
            assert_eq!(world.status(7).detail.as_deref(), Some("cert.example"));
            let state = if attempt < 3 { State::Retrying } else { State::Unreachable };
            assert_eq!(world.status(7).state, state, "{cause:?} {attempt}");
            world.wish(|agent, now| agent.refresh(now, EntryId(7), true));
        }
    }
}

#[test]
fn no_attempt_visits_more_than_six_targets() {
    let mut world = World::empty(1, PaceConfig { per_registrar: 100, whole: 1000 });
    let hosts: Vec<String> = (20..40).map(|n| format!("192.0.2.{n}")).collect();
    let hosts: Vec<&str> = hosts.iter().map(String::as_str).collect();
    world.name("sip.example", &hosts, 3600);
    for host in &hosts {
        world.at(&format!("{host}:5060"), Host::Closed);
    }
    world.put(7, account("7"));
    world.run_until(10 * S);
    assert_eq!(world.attempts.len(), 6);
    assert_eq!(world.status(7).cause, Some(Cause::Refused));
    world.run_until(MINUTE);
    assert_eq!(world.attempts.len(), 12, "and the next attempt begins with those that nobody has tried");
    let tried: std::collections::BTreeSet<String> = world
        .transcript
        .take()
        .lines()
        .filter_map(|line| line.split("→ ").nth(1).map(|rest| rest.split(' ').next().unwrap_or_default().to_owned()))
        .collect();
    assert_eq!(tried.len(), 12);
}
