//! People, tokens and sessions.

use std::sync::Barrier;
use std::thread;

use alta::domain::operator::{OperatorId, OperatorName, Role, SessionStart};
use alta::store::OperatorError;

use super::Base;

on_both! {
    a_name_is_there_once_whatever_its_case,
    of_two_first_administrators_at_once_one_is_made,
    a_token_is_known_by_its_hash_until_it_ends,
    somebody_is_always_an_administrator,
    sessions_belong_to_somebody_and_end_with_them,
    a_second_factor_counts_once_confirmed_and_each_code_once,
    a_session_lasts_until_it_is_idle_or_over,
}

fn name(text: &str) -> OperatorName {
    OperatorName::parse(text).unwrap()
}

fn a_name_is_there_once_whatever_its_case(base: &Base) {
    let store = base.open();
    assert!(store.has_no_operator().unwrap());
    let ada = store.insert_operator(&name("Ada"), Role::Viewer, "hash", 1, false).unwrap();
    assert_eq!(store.insert_operator(&name("ADA"), Role::Viewer, "hash", 1, false), Err(OperatorError::NameTaken));
    assert_eq!(store.insert_operator(&name("eve"), Role::Viewer, "hash", 1, true), Err(OperatorError::NotFirst));
    assert_eq!(store.operator_by_name(&name("aDa")).unwrap(), Some((ada.clone(), "hash".to_owned())));
    assert_eq!(store.operator(ada.id).unwrap(), Some(ada.clone()));
    assert_eq!((store.operator(OperatorId(9)).unwrap(), store.operator_by_name(&name("x")).unwrap()), (None, None));
    assert_eq!(store.preferences(ada.id).unwrap(), (None, None));
    store.set_language(ada.id, "es").unwrap();
    store.set_zone(ada.id, Some("Europe/Madrid")).unwrap();
    assert_eq!(store.preferences(ada.id).unwrap(), (Some("es".into()), Some("Europe/Madrid".into())));
    assert_eq!(store.operator(ada.id).unwrap().unwrap().zone.as_deref(), Some("Europe/Madrid"));
    assert!(!store.has_no_operator().unwrap());
}

fn of_two_first_administrators_at_once_one_is_made(base: &Base) {
    let store = base.open();
    let gate = Barrier::new(4);
    let made: Vec<_> = thread::scope(|scope| {
        let make = |n: usize| {
            let (store, gate) = (&store, &gate);
            scope.spawn(move || {
                gate.wait();
                store.insert_operator(&name(&format!("first {n}")), Role::Administrator, "hash", 1, true)
            })
        };
        let threads: Vec<_> = (0..4).map(make).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(made.iter().filter(|made| made.is_ok()).count(), 1, "{made:?}");
    assert_eq!(made.iter().filter(|made| **made == Err(OperatorError::NotFirst)).count(), 3, "{made:?}");
}

fn a_token_is_known_by_its_hash_until_it_ends(base: &Base) {
    let store = base.open();
    store.insert_token("script", Role::Manager, "abc", 1, Some(200_000)).unwrap();
    let token = store.token("abc", 100_000).unwrap().unwrap();
    assert_eq!((token.name.as_str(), token.role, token.used_at), ("script", Role::Manager, None));
    assert_eq!(store.token("abc", 100_001).unwrap().unwrap().used_at, Some(100_000), "its use is remembered");
    assert_eq!(store.token("abc", 200_000).unwrap(), None, "it is over");
    assert_eq!(store.token("script", 1).unwrap(), None);
    assert_eq!(store.insert_token("script", Role::Viewer, "def", 1, None), Err(OperatorError::NameTaken));
    store.delete_token(token.id).unwrap();
    assert_eq!(store.token("abc", 100_000).unwrap(), None);
    assert_eq!(store.delete_token(token.id), Err(OperatorError::NotFound));
}

fn somebody_is_always_an_administrator(base: &Base) {
    let store = base.open();
    let make = |text: &str| store.insert_operator(&name(text), Role::Administrator, "hash", 1, false).unwrap();
    let (ada, bea) = (make("ada"), make("bea"));
    let gate = Barrier::new(2);
    // Each takes the other's role at once: one of them comes too late.
    let taken: Vec<_> = thread::scope(|scope| {
        let take = |who: alta::domain::operator::Operator| {
            let (store, gate) = (&store, &gate);
            scope.spawn(move || {
                gate.wait();
                store.update_operator(who.id, &who.name, Role::Viewer)
            })
        };
        let threads = [take(ada.clone()), take(bea.clone())];
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(taken.iter().filter(|taken| **taken == Err(OperatorError::LastAdministrator)).count(), 1, "{taken:?}");
    let last = if taken[0].is_err() { ada } else { bea };
    assert_eq!(store.delete_operator(last.id), Err(OperatorError::LastAdministrator));
    assert_eq!(store.people().unwrap().len(), 2);
}

fn start(id: &str, operator: Option<OperatorId>) -> SessionStart {
    SessionStart { id: id.into(), operator, since: None, address: "192.0.2.1".into(), agent: "browser".into() }
}

fn a_session_lasts_until_it_is_idle_or_over(base: &Base) {
    let store = base.open();
    store.insert_session("key", "state", &start("a", None), 0, 100, 1000).unwrap();
    let held = |now| store.session("key", now).unwrap();
    assert_eq!((held(99).as_deref(), held(100)), (Some("state"), None));
    store.touch_session("key", 2000).unwrap();
    assert_eq!((held(999).as_deref(), held(1000)), (Some("state"), None), "no use of it moves its end");
    assert!(store.update_session("key", "other", 500).unwrap() && !store.update_session("none", "x", 500).unwrap());
    assert_eq!(held(0).as_deref(), Some("other"));
    // A later sign-in sweeps out what is over.
    store.insert_session("next", "state", &start("b", None), 600, 700, 1600).unwrap();
    assert!(!store.update_session("key", "x", 9000).unwrap(), "the session that was over is still there");
    store.delete_session("next").unwrap();
    assert_eq!(store.session("next", 600).unwrap(), None);
}

fn sessions_belong_to_somebody_and_end_with_them(base: &Base) {
    let store = base.open();
    store.insert_operator(&name("root"), Role::Administrator, "hash", 1, false).unwrap();
    let ada = store.insert_operator(&name("ada"), Role::Viewer, "hash", 1, false).unwrap();
    for id in ["a", "b", "c"] {
        store.insert_session(id, "state", &start(id, Some(ada.id)), 0, 1000, 9000).unwrap();
    }
    let names = || -> Vec<String> {
        let mut ids: Vec<String> = store.sessions_of(ada.id, 1000, 1).unwrap().into_iter().map(|s| s.id).collect();
        ids.sort_unstable();
        ids
    };
    assert_eq!(names(), ["a", "b", "c"]);
    store.end_session_of(ada.id, "a").unwrap();
    assert_eq!(store.end_session_of(OperatorId(1), "b"), Err(OperatorError::NotFound), "it is not theirs");
    store.set_password(ada.id, "other", Some("b")).unwrap();
    assert_eq!(names(), ["b"], "a new password ends the others");
    store.delete_operator(ada.id).unwrap();
    assert_eq!(store.session("b", 1).unwrap(), None);
}

fn a_second_factor_counts_once_confirmed_and_each_code_once(base: &Base) {
    let store = base.open();
    let ada = store.insert_operator(&name("ada"), Role::Viewer, "hash", 1, false).unwrap().id;
    assert_eq!(store.confirm_factor(ada, 5, &[]), Err(OperatorError::NotFound), "nothing was offered");
    store.offer_factor(ada, b"a key of twenty byte").unwrap();
    assert_eq!(store.factor(ada).unwrap(), None);
    assert_eq!(store.factor_offered(ada).unwrap().unwrap().as_slice(), b"a key of twenty byte");
    store.confirm_factor(ada, 5, &["one".into(), "two".into()]).unwrap();
    assert_eq!(store.factor(ada).unwrap().unwrap().as_slice(), b"a key of twenty byte");
    let taken = |step| store.take_step(ada, step).unwrap();
    assert_eq!([taken(5), taken(6), taken(6), taken(4)], [false, true, false, false]);
    let recovered = |hash| store.take_recovery(ada, hash).unwrap();
    assert_eq!([recovered("one"), recovered("one"), recovered("three")], [true, false, false]);
    assert_eq!(store.recovery_codes(ada).unwrap(), ["two"]);
    assert!(store.people().unwrap()[0].second_factor);
    store.remove_factor(ada).unwrap();
    assert_eq!((store.factor(ada).unwrap(), store.recovery_codes(ada).unwrap().len()), (None, 0));
}
