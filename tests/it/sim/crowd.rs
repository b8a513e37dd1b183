//! Many entries at once: outages, restarts and busy registrars make no storm.

use std::sync::Arc;

use alta::demo::script::{Line, Login, Script};
use alta::domain::account::Peer;
use alta::domain::entry::EntryId;
use alta::domain::status::{Cause, State};

use super::world::*;

fn crowd(seed: u64, count: i64, granted: u32) -> World {
    println!("seed {seed}");
    let script = (1..=count)
        .fold(Script::new("sip.example"), |script, id| script.login(&id.to_string(), Login::new(&format!("pw-{id}"))));
    let mut world = World::with(seed, Script { grant: granted..=granted, ..script });
    world.transcript.silent = true;
    for id in 1..=count {
        world.put(id, account(&id.to_string()));
    }
    world
}

fn in_state(world: &World, state: State) -> usize {
    world.statuses.values().filter(|status| status.state == state).count()
}

/// Most attempts of any second; a first registration is two requests of one attempt.
fn peak(world: &World) -> usize {
    let sent = &world.attempts;
    sent.iter().enumerate().map(|(i, at)| sent[i..].iter().take_while(|later| **later < at + S).count()).max().unwrap()
}

#[test]
fn a_thousand_entries_register_at_pace_with_one_question_to_the_name_server() {
    let mut world = crowd(1, 1000, 3600);
    world.run_until(12 * S);
    assert_eq!(in_state(&world, State::Registered), 1000);
    assert_eq!(world.attempts.len(), 2000);
    assert!(peak(&world) <= 210, "{} in a second", peak(&world));
    let names: std::collections::BTreeSet<_> = world.asked.iter().collect();
    assert_eq!(names.len(), world.asked.len(), "asked once each: {:?}", world.asked);
}

#[test]
fn a_thousand_entries_outlive_an_outage_of_two_hours_without_a_storm() {
    let mut world = crowd(2, 1000, 3600);
    world.run_until(HOUR);
    world.attempts.clear();
    world.network.link.cut = (HOUR, 3 * HOUR);
    world.run_until(3 * HOUR);
    assert_eq!(in_state(&world, State::Registered) + in_state(&world, State::AtRisk), 0);
    let during = world.attempts.len();
    assert!(during < 2 * 3600, "probes only: {during}");
    let waits = world.statuses.values().filter(|status| status.state != State::Registering);
    let unexplained = waits.filter(|status| status.cause != Some(Cause::NoAnswer)).count();
    assert_eq!(unexplained, 0, "each says that nobody answers, those that wait for a probe's result too");
    world.attempts.clear();
    let restored = 3 * HOUR;
    while in_state(&world, State::Registered) < 1000 && world.now < restored + HOUR {
        world.run_for(S);
    }
    let minutes = (world.now - restored) / MINUTE;
    println!("all back after {} s", (world.now - restored) / S);
    assert!(minutes <= 1, "a probe every five seconds finds it, then pace brings all back: {minutes} min");
    assert!(peak(&world) <= 210, "{} in a second", peak(&world));
}

#[test]
fn a_hundred_thousand_entries_are_back_at_pace_after_the_outage_of_their_provider() {
    const ENTRIES: usize = 100_000;
    const PACE: usize = 500;
    let mut world = World::empty(11, alta::engine::PaceConfig { per_registrar: PACE as u32, whole: 1000 });
    world.transcript.silent = true;
    world.name("sip.example", &["192.0.2.10"], 3600);
    let script = (0..ENTRIES)
        .fold(Script::new("sip.example"), |script, id| script.login(&id.to_string(), Login::new(&format!("pw-{id}"))));
    world.at(PROVIDER, Host::Registrar(Box::new(alta::demo::registrar::Registrar::new(script))));
    world.watch = Some(super::watch::Watch::new(PACE));
    for id in 0..ENTRIES {
        world.put(id as i64, account(&id.to_string()));
    }
    world.run_until(HOUR);
    assert_eq!(in_state(&world, State::Registered), ENTRIES);
    world.network.link.cut = (HOUR, 3 * HOUR);
    world.run_until(3 * HOUR);
    assert_eq!(in_state(&world, State::Registered), 0);
    world.registrar().restart();
    while in_state(&world, State::Registered) < ENTRIES && world.now < 4 * HOUR {
        world.run_for(S);
    }
    let seconds = (world.now - 3 * HOUR) / S;
    println!("all back after {seconds} s");
    assert!(seconds <= (ENTRIES / PACE) as u64 + 60, "{seconds} s");
}

#[test]
fn after_an_outage_the_load_is_flat_again() {
    let mut world = crowd(3, 1000, 600);
    world.run_until(HOUR);
    world.network.link.cut = (HOUR, HOUR + 30 * MINUTE);
    world.run_until(3 * HOUR);
    world.attempts.clear();
    world.run_until(3 * HOUR + 30 * MINUTE);
    assert_eq!(in_state(&world, State::Registered), 1000);
    let average = world.attempts.len() as f64 / 1800.0;
    println!("{average} a second, at most {}", peak(&world));
    assert!((peak(&world) as f64) < average * 8.0 + 5.0);
}

#[test]
fn a_restart_of_the_registrar_costs_two_requests_an_entry() {
    let mut world = crowd(4, 1000, 600);
    world.run_until(HOUR);
    world.registrar().restart();
    world.attempts.clear();
    world.run_for(600 * S);
    assert_eq!(in_state(&world, State::Registered), 1000);
    let bound = (1..=1000).filter(|id| world.is_bound(&id.to_string())).count();
    assert_eq!(bound, 1000);
    assert!(world.attempts.len() <= 3000, "{}", world.attempts.len());
}

#[test]
fn a_restart_of_ours_sends_nothing_that_is_not_due() {
    let mut world = crowd(5, 1000, 3600);
    world.run_until(10 * MINUTE);
    world.attempts.clear();
    world.restart();
    assert_eq!(in_state(&world, State::Registered), 1000);
    world.run_for(20 * MINUTE);
    assert_eq!(world.attempts.len(), 0);
    world.run_for(HOUR);
    assert!(in_state(&world, State::Registered) == 1000 && peak(&world) <= 100);
}

#[test]
fn a_busy_registrar_is_left_alone_by_all_its_entries() {
    let mut world = crowd(6, 100, 3600);
    let script = &mut world.registrar().script;
    for login in script.accounts.values_mut() {
        login.always = Some(Line::answer(503, "Busy", &["Retry-After: 60"]));
    }
    world.run_until(50 * S);
    let sent = world.attempts.len();
    assert!(sent <= 64, "those in flight and no more: {sent}");
}

#[test]
fn the_outage_of_one_provider_delays_no_other() {
    let mut world = crowd(7, 200, 300);
    world.name("other.example", &["192.0.2.20"], 3600);
    let script = World::script(&["900"]);
    let other = alta::demo::registrar::Registrar::new(Script { realm: "other".into(), grant: 60..=60, ..script });
    world.at("192.0.2.20:5060", Host::Registrar(Box::new(other)));
    let mut entry = account("900");
    entry.domain = std::sync::Arc::new("other.example".parse().unwrap());
    entry.peer = Arc::new(Peer::of_domain(&entry.domain));
    world.put(900, entry);
    world.run_until(5 * MINUTE);
    world.at(PROVIDER, Host::Dead);
    world.run_until(3 * HOUR);
    let states: Vec<State> = world.states[&EntryId(900)].iter().map(|(_, state)| *state).collect();
    assert_eq!(states, [State::Queued, State::Registering, State::Registered]);
}

#[test]
fn a_saved_entry_overtakes_the_queue() {
    let mut world = crowd(8, 1000, 3600);
    world.run_until(S);
    world.wish(|agent, now| agent.refresh(now, EntryId(1000), true));
    world.run_for(200);
    assert_eq!(world.status(1000).state, State::Registered);
    assert!(in_state(&world, State::Queued) > 500);
}

#[test]
fn editing_one_of_a_thousand_touches_that_one() {
    let mut world = crowd(9, 1000, 3600);
    world.run_until(MINUTE);
    let before = world.attempts.len();
    let mut changed = account("500");
    changed.expire = 1800;
    world.put(500, changed);
    world.run_for(MINUTE);
    assert_eq!(world.attempts.len() - before, 1);
    assert_eq!(world.status(500).asked, 1800);
}

#[test]
fn dns_that_fails_for_an_hour_unbinds_nobody() {
    let mut world = crowd(10, 50, 300);
    world.name("sip.example", &["192.0.2.10"], 60);
    world.run_until(10 * MINUTE);
    for answer in world.names.values_mut() {
        *answer = Err(alta::sip::target::DnsFault::Failed);
    }
    world.run_until(HOUR + 10 * MINUTE);
    assert_eq!(in_state(&world, State::Registered), 50);
}
