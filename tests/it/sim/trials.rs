//! Accounts that are tried out, and what people may look at afterwards.

use alta::demo::script::{Line, Login, Script};
use alta::domain::account::Secret;
use alta::domain::entry::EntryId;
use alta::domain::status::{Cause, Note, State};
use alta::domain::trial::{Asking, Request, Step, Verdict};

use super::world::*;

/// The number of the trial; those of entries are above zero.
const TRIAL: i64 = -1;

fn try_out(world: &mut World, user: &str, asking: Asking) {
    let account = account(user);
    world.wish(|agent, now| agent.try_out(now, EntryId(TRIAL), account, "trial@alta".into(), asking));
}

/// The steps in short.
fn told(world: &World) -> Vec<String> {
    let line = |step: &Step| match step {
        Step::Looking { question } => format!("looks for {question}"),
        Step::Sent { request, with_credentials, .. } => {
            format!("{request:?}{}", if *with_credentials { " with credentials" } else { "" })
        }
        Step::Heard { code, proposal, .. } => {
            format!("{code}{}", proposal.as_ref().map_or_else(String::new, |p| format!(" {}", p.realm)))
        }
        Step::Lost { target, cause } => format!("{target} {}", cause.code()),
        Step::Found(Verdict::Registers { granted, .. }) => format!("would be registered for {granted}"),
        Step::Found(Verdict::Known { ours, others }) => format!("known, ours {ours:?}, others {others}"),
        Step::Found(Verdict::Fails { cause, .. }) => format!("fails: {}", cause.code()),
        Step::Undone(done) => format!("undone: {done}"),
    };
    assert!(world.steps.iter().all(|(_, id, _)| *id == EntryId(TRIAL)));
    world.steps.iter().map(|(_, _, step)| line(step)).filter(|line| !line.starts_with("looks for")).collect()
}

#[test]
fn a_new_account_is_registered_for_real_and_undone_at_once() {
    let mut world = World::with(1, World::script(&["7"]));
    try_out(&mut world, "7", Asking::Register);
    world.run_until(S);
    let expected = [
        "Register",
        "401 sip.example",
        "Register with credentials",
        "200",
        "would be registered for 3600",
        "Unregister with credentials",
        "200",
        "undone: true",
    ];
    assert_eq!(told(&world), expected);
    assert!(
        world
            .steps
            .iter()
            .any(|(_, _, step)| matches!(step, Step::Looking { question } if question == "A sip.example"))
    );
    assert_eq!(world.gone, [EntryId(TRIAL)]);
    assert!(!world.is_bound("7"));
    assert!(world.statuses.is_empty() && world.marks.is_empty(), "it is no entry");
    assert!(world.traced >= 6, "its messages may be looked at: {}", world.traced);
    world.run_until(DAY);
    assert_eq!(world.attempts.len(), 3, "once");
}

#[test]
fn an_account_in_use_is_asked_about_and_nothing_of_it_changes() {
    let mut world = World::with(2, World::script(&["7"]));
    world.put(7, account("7"));
    world.run_until(S);
    let granted = world.status(7).registered_until;
    try_out(&mut world, "7", Asking::Query);
    world.run_until(3 * S);
    let expected = ["Query", "401 sip.example", "Query with credentials", "200", "known, ours Some(3599), others 0"];
    assert_eq!(told(&world)[..4], expected[..4]);
    assert!(told(&world)[4].starts_with("known, ours Some(35"), "{:?}", told(&world));
    assert_eq!((world.status(7).state, world.status(7).registered_until), (State::Registered, granted));
    assert!(world.is_bound("7"));
}

#[test]
fn it_fails_for_the_cause_that_the_entry_would_have() {
    let mut world = World::with(3, World::script(&["7"]));
    world.registrar().script.accounts.insert("7".into(), Login::new("another"));
    try_out(&mut world, "7", Asking::Register);
    world.run_until(DAY);
    assert_eq!(told(&world).last().unwrap(), "fails: auth_rejected");
    assert_eq!(world.attempts.len(), 2, "and is not tried again");
    assert_eq!(world.gone, [EntryId(TRIAL)]);
}

#[test]
fn who_does_not_answer_is_given_up_after_timer_f() {
    let mut world = World::with(4, World::script(&["7"]));
    world.at(PROVIDER, Host::Dead);
    try_out(&mut world, "7", Asking::Register);
    world.run_until(31 * S);
    assert!(world.gone.is_empty());
    world.run_until(33 * S);
    assert_eq!(told(&world), ["Register", "fails: no_answer", "Unregister"], "it may have been bound");
    assert!(world.gone.is_empty());
    world.run_until(66 * S);
    assert_eq!(told(&world).last().unwrap(), "undone: false");
    assert_eq!(world.gone, [EntryId(TRIAL)]);
    // Where nothing arrived, nothing is to be undone.
    let mut world = World::with(11, World::script(&["7"]));
    world.at(PROVIDER, Host::Closed);
    try_out(&mut world, "7", Asking::Register);
    world.run_until(MINUTE);
    assert_eq!(told(&world), ["Register", "fails: refused"]);
    assert_eq!(world.gone, [EntryId(TRIAL)]);
}

#[test]
fn who_is_known_by_the_address_and_never_answers_is_unbound_too() {
    let mut world = World::with(12, World::script(&["7"]));
    world.registrar().script.challenges = false;
    // The first request arrives; no answer does, and none of the nine that follow it.
    world.network.link = Link { latency: (5, 5), cut: (1, 31_800), ..Link::default() };
    try_out(&mut world, "7", Asking::Register);
    world.run_until(10 * S);
    assert!(world.is_bound("7"));
    world.run_until(40 * S);
    assert_eq!(told(&world)[..3], ["Register", "fails: no_answer", "Unregister"]);
    assert_eq!(told(&world).last().unwrap(), "undone: true");
    assert!(!world.is_bound("7"));
}

#[test]
fn what_may_have_been_bound_all_the_same_is_undone() {
    let mut world = World::with(5, World::script(&["7"]));
    // It binds, but lists somebody else's contact only.
    let odd = Line::answer(200, "OK", &["Contact: <sip:other@192.0.2.99>;expires=60"]);
    world.registrar().script.accounts.get_mut("7").unwrap().lines.extend([Line::Usual, odd]);
    try_out(&mut world, "7", Asking::Register);
    world.run_until(S);
    let steps = told(&world);
    assert!(steps.contains(&"fails: no_binding".to_owned()), "{steps:?}");
    assert_eq!(steps.last().unwrap(), "undone: true");
    let unregisters =
        world.steps.iter().filter(|(_, _, step)| matches!(step, Step::Sent { request: Request::Unregister, .. }));
    assert!(unregisters.count() > 0);
}

#[test]
fn what_is_odd_about_the_answer_is_told_beside_it() {
    let mut world = World::with(6, Script { grant: 60..=120, ..World::script(&["7"]) });
    try_out(&mut world, "7", Asking::Register);
    world.run_until(S);
    let found = world.steps.iter().find_map(|(_, _, step)| match step {
        Step::Found(verdict) => Some(verdict.clone()),
        Step::Looking { .. } | Step::Sent { .. } | Step::Heard { .. } | Step::Lost { .. } | Step::Undone(_) => None,
    });
    assert_eq!(found, Some(Verdict::Registers { granted: 120, notes: vec![Note::GrantedLess] }));
    // The next one tells of a name that is not there.
    let mut stranger = account("8");
    stranger.domain = std::sync::Arc::new("nobody.example".parse().unwrap());
    stranger.peer = std::sync::Arc::new(alta::domain::account::Peer::of_domain(&stranger.domain));
    stranger.credentials.password = Secret::new("x".into());
    world.steps.clear();
    world.wish(|agent, now| agent.try_out(now, EntryId(TRIAL), stranger, "two@alta".into(), Asking::Register));
    world.run_for(S);
    let fails = |step: &Step| matches!(step, Step::Found(Verdict::Fails { cause: Cause::DnsNotFound, .. }));
    assert!(world.steps.iter().any(|(_, _, step)| fails(step)), "{:?}", world.steps);
}

#[test]
fn of_a_large_platform_only_what_goes_wrong_is_kept() {
    let users: Vec<String> = (1..=2_100).map(|n| n.to_string()).collect();
    let mut world = World::with(7, World::script(&users.iter().map(String::as_str).collect::<Vec<_>>()));
    for (id, user) in (1..).zip(&users) {
        world.put(id, account(user));
    }
    world.run_until(MINUTE);
    assert_eq!(world.traced, 0, "logins that went well");
    world.registrar().script.accounts.get_mut("7").unwrap().password = "another".into();
    world.wish(|agent, now| agent.refresh(now, EntryId(8), false));
    world.wish(|agent, now| agent.refresh(now, EntryId(7), false));
    world.run_for(10 * S);
    assert_eq!(world.status(7).state, State::AtRisk);
    assert!((2..=4).contains(&world.traced), "the refused login: {}", world.traced);
}

#[test]
fn an_answer_that_was_lost_is_made_up_for_and_an_entry_that_came_meanwhile_stays() {
    let mut world = World::with(8, World::script(&["7"]));
    // It takes the credentials and binds, and its answer never comes.
    world.registrar().script.accounts.get_mut("7").unwrap().lines.extend([Line::Usual]);
    try_out(&mut world, "7", Asking::Register);
    world.run_until(10);
    world.registrar().script.accounts.get_mut("7").unwrap().always = Some(Line::Silence);
    world.run_until(40 * S);
    assert!(told(&world).contains(&"fails: no_answer".to_owned()), "{:?}", told(&world));
    assert!(told(&world).iter().any(|step| step.starts_with("Unregister")), "{:?}", told(&world));
    // An entry with the same Contact is saved while another test is under way: it is bound in the end.
    let mut world = World::with(9, World::script(&["7"]));
    try_out(&mut world, "7", Asking::Register);
    world.put(7, account("7"));
    world.run_until(MINUTE);
    assert!(world.gone.contains(&EntryId(TRIAL)));
    assert_eq!(world.status(7).state, State::Registered);
    assert!(world.is_bound("7"), "the test undid what the entry had registered");
    // Unless it was unregistered in the meantime, which lasts.
    let mut world = World::with(10, World::script(&["7"]));
    try_out(&mut world, "7", Asking::Register);
    world.put(7, account("7"));
    world.wish(|agent, now| agent.unregister(now, EntryId(7), true));
    world.run_until(MINUTE);
    assert!(world.gone.contains(&EntryId(TRIAL)));
    assert_eq!(world.status(7).state, State::Unregistered);
    assert!(!world.is_bound("7"));
}

#[test]
fn whenever_an_entry_is_saved_beside_its_own_test_it_is_bound_in_the_end() {
    // At one of these moments its REGISTER is on its way while the test undoes the same Contact.
    for moment in 0..60 {
        let mut world = World::with(100 + moment, World::script(&["7"]));
        world.network.link = Link { latency: (5, 40), ..Link::default() };
        try_out(&mut world, "7", Asking::Register);
        world.run_until(5 * moment);
        world.put(7, account("7"));
        world.run_until(2 * MINUTE);
        assert!(world.gone.contains(&EntryId(TRIAL)), "moment {moment}");
        assert_eq!(world.status(7).state, State::Registered, "moment {moment}");
        assert!(world.is_bound("7"), "moment {moment}: the test undid what the entry had registered");
    }
}
