//! A registration over days and months: losses, restarts, edits, farewells.

use alta::demo::script::{Line, NoncePolicy};
use alta::domain::entry::EntryId;
use alta::domain::status::State;
use alta::sip::{Held, Put, Resume, Time};

use super::transcript::expect;
use super::world::*;

const ID: EntryId = EntryId(7);

fn world(seed: u64, granted: u32) -> World {
    println!("seed {seed}");
    let mut world = World::with(seed, World::script(&["7"]));
    world.registrar().script.grant = granted..=granted;
    world
}

fn registered(seed: u64, granted: u32) -> World {
    let mut world = world(seed, granted);
    world.put(7, account("7"));
    world.run_until(10 * S);
    assert_eq!(world.status(7).state, State::Registered);
    world.transcript.take();
    world
}

/// How often the registrar found itself without a binding in a month, and how many times it accepted one.
fn a_month(seed: u64, granted: u32) -> (u64, u64) {
    let mut world = world(seed, granted);
    world.transcript.silent = true;
    world.network.link = Link { loss: 30, latency: (10, 200), ..Link::default() };
    world.put(7, account("7"));
    world.run_until(10 * MINUTE);
    let (mut lapses, mut bound) = (0, true);
    while world.now < 30 * DAY {
        let Some(next) = world.next() else { panic!("nothing is planned any more: {:?}", world.status(7)) };
        world.run_until(next);
        let was = std::mem::replace(&mut bound, world.is_bound("7"));
        lapses += u64::from(was && !bound);
    }
    let seen = world.registrar().seen("7");
    assert_eq!(seen.call_ids, ["call-7"], "one Call-ID for life");
    assert!(seen.cseqs.is_sorted_by(|a, b| a < b), "CSeq always rises");
    (lapses, seen.accepted)
}

#[test]
fn in_a_month_with_a_third_of_all_datagrams_lost_no_binding_of_five_minutes_lapses() {
    let (lapses, accepted) = a_month(11, 300);
    assert!(lapses == 0 && accepted > 15_000, "{lapses} lapses, {accepted} accepted");
}

#[test]
fn in_a_month_with_a_third_of_all_datagrams_lost_no_binding_of_an_hour_lapses() {
    let (lapses, accepted) = a_month(12, 3600);
    assert!(lapses == 0 && accepted > 800, "{lapses} lapses, {accepted} accepted");
}

#[test]
fn in_a_month_with_a_third_of_all_datagrams_lost_hardly_a_binding_of_a_minute_lapses() {
    let (lapses, accepted) = a_month(13, 60);
    println!("{lapses} of {accepted}");
    assert!(lapses * 1000 <= accepted * 4 && accepted > 75_000, "{lapses} lapses, {accepted} accepted");
}

#[test]
fn a_refresh_is_one_round_trip_with_a_nonce_used_ahead() {
    let mut world = registered(1, 300);
    world.run_until(180 * S);
    let said = world.transcript.take();
    expect(
        &said,
        "169.164 → 192.0.2.10:5060 REGISTER 3 expires=3600 auth=MD5/2
         169.204 ← 192.0.2.10:5060 200 OK",
    );
}

#[test]
fn a_registrar_of_one_time_nonces_is_found_out() {
    let mut world = registered(1, 300);
    world.registrar().script.nonces = NoncePolicy::Once;
    world.run_until(HOUR);
    world.transcript.take();
    let (before, accepted) = (world.attempts.len(), world.registrar().seen("7").accepted);
    world.run_until(2 * HOUR);
    let said = world.transcript.take();
    assert_eq!(world.attempts.len() - before, 2 * (world.registrar().seen("7").accepted - accepted) as usize);
    let (trials, refreshes) = (said.matches("MD5/2").count(), said.matches("200 OK").count());
    assert!(trials > 0 && trials * 8 <= refreshes + 8, "one in eight finds out whether that has changed: {said}");
    world.registrar().script.nonces = NoncePolicy::Kept;
    world.run_until(4 * HOUR);
    world.transcript.take();
    world.run_until(5 * HOUR);
    assert!(!world.transcript.take().contains("401"), "and it is found out when it has");
}

#[test]
fn a_failed_refresh_shows_the_risk_and_never_blinks() {
    let mut world = registered(2, 3600);
    world.network.link.cut = (2000 * S, 3200 * S);
    world.run_until(3000 * S);
    let states: Vec<State> = world.states[&ID].iter().map(|(_, state)| *state).collect();
    assert_eq!(states, [State::Queued, State::Registering, State::Registered, State::AtRisk]);
    world.run_until(4 * HOUR);
    assert_eq!(world.states[&ID].len(), 5);
    assert_eq!(world.states[&ID][4].1, State::Registered, "it recovered within the life of its binding");
    assert!(world.states[&ID][4].0 < 3600 * S);
}

#[test]
fn it_is_registered_again_after_an_outage_longer_than_its_life() {
    let mut world = registered(3, 300);
    world.network.link.cut = (100 * S, 3 * HOUR);
    world.run_until(2 * HOUR);
    assert_eq!(world.status(7).state, State::Unreachable);
    world.run_until(3 * HOUR + 11 * MINUTE);
    assert_eq!(world.status(7).state, State::Registered);
}

#[test]
fn a_restart_keeps_the_binding_and_sends_nothing_before_its_time() {
    let mut world = registered(4, 3600);
    world.run_until(600 * S);
    world.transcript.take();
    world.restart();
    assert_eq!(world.status(7).state, State::Registered);
    world.run_until(2800 * S);
    expect(&world.transcript.take(), "");
    world.run_until(3400 * S);
    assert_eq!(world.status(7).state, State::Registered);
    let seen = world.registrar().seen("7");
    assert!(seen.cseqs.is_sorted_by(|a, b| a < b), "{:?}", seen.cseqs);
    assert_eq!(seen.call_ids, ["call-7"]);
}

#[test]
fn a_binding_that_began_before_the_clock_did_is_refreshed_in_time() {
    let mut world = world(4, 3600);
    let held = Held { contact: "sip:97@192.0.2.1:5070".into(), granted: 3600, until: Time(700 * S) };
    let resume = Resume { binding: Some(held), ..fresh(7) };
    world.wish(|agent, now| {
        agent.put(now, Put { id: ID, account: account("7"), enabled: true, urgent: false, resume });
    });
    assert_eq!(world.status(7).state, State::Registered);
    let next = world.status(7).next_action_at.expect("a refresh");
    assert!(next <= Time(340 * S), "inside the window of its life: {next:?}");
    world.run_until(DAY);
    assert!(world.states[&ID].iter().all(|(_, state)| *state == State::Registered));
}

#[test]
fn a_thousand_crashes_use_no_cseq_twice() {
    let mut world = registered(5, 300);
    world.transcript.silent = true;
    for _ in 0..1000 {
        world.run_for(157 * S);
        world.restart();
    }
    let seen = world.registrar().seen("7");
    assert!(seen.cseqs.is_sorted_by(|a, b| a < b) && seen.call_ids.len() == 1);
    assert!(seen.cseqs.len() > 1000 && world.is_bound("7"));
}

#[test]
fn clicking_ten_times_sends_one_request() {
    let mut world = registered(6, 3600);
    let before = world.attempts.len();
    for _ in 0..10 {
        world.wish(|agent, now| agent.refresh(now, ID, true));
    }
    world.run_for(10 * S);
    assert_eq!(world.attempts.len() - before, 1);
}

#[test]
fn deleting_undoes_the_binding_with_the_same_call_and_then_forgets() {
    let mut world = registered(1, 3600);
    world.wish(|agent, now| agent.remove(now, ID));
    world.run_for(S);
    expect(
        &world.transcript.take(),
        "10.000 → 192.0.2.10:5060 REGISTER 3 expires=0 auth=MD5/2
         10.000 = unregistering
         10.040 ← 192.0.2.10:5060 200 OK",
    );
    assert!(world.gone == [ID] && !world.is_bound("7"));
    assert_eq!(world.next(), None, "nothing is left");
}

#[test]
fn deleting_while_a_request_is_on_its_way_undoes_what_it_brings() {
    let mut world = world(1, 3600);
    world.put(7, account("7"));
    world.run_until(50);
    world.wish(|agent, now| agent.remove(now, ID));
    world.run_until(MINUTE);
    assert!(world.gone == [ID] && !world.is_bound("7"), "{}", world.transcript.take());
}

#[test]
fn disabling_undoes_the_binding_and_stays_quiet() {
    let mut world = registered(1, 3600);
    world.disable(7);
    world.run_for(DAY);
    assert_eq!(world.status(7).state, State::Disabled);
    assert!(!world.is_bound("7") && world.attempts.len() == 3 && world.next().is_none());
}

#[test]
fn an_unregistered_entry_waits_for_a_person() {
    let mut world = registered(1, 3600);
    world.wish(|agent, now| agent.unregister(now, ID, true));
    world.run_for(DAY);
    assert_eq!(world.status(7).state, State::Unregistered);
    world.wish(|agent, now| agent.refresh(now, ID, true));
    world.run_for(S);
    assert_eq!(world.status(7).state, State::Registered);
}

#[test]
fn another_ddi_replaces_the_old_contact() {
    let mut world = registered(1, 3600);
    let mut changed = account("7");
    changed.contact_user = "98".into();
    world.put(7, changed);
    world.run_for(10 * S);
    let now = world.now;
    assert_eq!(world.registrar().bound("7", now), ["sip:98@192.0.2.1:5070"]);
    assert_eq!(world.status(7).state, State::Registered);
}

#[test]
fn an_edit_that_is_taken_back_while_it_is_on_its_way_leaves_no_contact_behind() {
    for moment in 0..60 {
        let mut world = registered(200 + moment, 3600);
        world.network.link = Link { latency: (5, 40), ..Link::default() };
        let mut changed = account("7");
        changed.contact_user = "98".into();
        world.put(7, changed);
        world.run_for(5 * moment);
        world.put(7, account("7"));
        world.run_for(30 * S);
        let now = world.now;
        assert_eq!(world.registrar().bound("7", now), ["sip:97@192.0.2.1:5070"], "moment {moment}");
        assert_eq!(world.status(7).state, State::Registered, "moment {moment}");
    }
}

#[test]
fn a_registrar_that_forgot_everything_is_registered_at_again_by_the_next_refresh() {
    let mut world = registered(1, 300);
    world.registrar().restart();
    world.run_until(5 * MINUTE);
    assert!(world.is_bound("7"));
    let said = world.transcript.take();
    assert_eq!(said.matches("REGISTER").count(), 2, "{said}");
}

#[test]
fn path_and_service_route_are_quoted_and_replaced_by_every_good_answer() {
    let mut world = world(1, 3600);
    let routes =
        ["Path: <sip:edge.example;lr>", "Service-Route: <sip:a.example;lr>", "Service-Route:\r\n <sip:b.example;lr>"];
    world.registrar().script.accounts.get_mut("7").unwrap().lines = [Line::answer(200, "OK", &routes)].into();
    world.put(7, account("7"));
    world.run_until(S);
    assert_eq!(world.status(7).path.as_deref(), Some("<sip:edge.example;lr>"));
    assert_eq!(world.status(7).service_route.as_deref(), Some("<sip:a.example;lr>, <sip:b.example;lr>"));
    world.wish(|agent, now| agent.refresh(now, ID, true));
    world.run_for(S);
    assert_eq!((world.status(7).path.as_ref(), world.status(7).service_route.as_ref()), (None, None));
}

#[test]
fn a_shortened_and_a_silly_grant_neither_lapse_nor_storm() {
    for granted in [1, 5, 30, 60] {
        let mut world = registered(8, granted);
        let before = world.attempts.len();
        world.run_for(MINUTE);
        let sent = world.attempts.len() - before;
        assert!(sent as u64 <= 2 * 60 / u64::from(granted) + 2, "{granted}: {sent} requests a minute");
        assert!(world.is_bound("7"), "{granted}");
    }
}

#[test]
fn climbing_minimums_end_after_two_raises_whatever_they_say() {
    let mut world = world(9, 3600);
    let lines = (1..50).map(|n| Line::answer(423, "X", &[&format!("Min-Expires: {}", 4000 + n)]));
    world.registrar().script.accounts.get_mut("7").unwrap().lines = lines.collect();
    world.put(7, account("7"));
    world.run_until(MINUTE);
    assert_eq!(world.attempts.len(), 3);
}
