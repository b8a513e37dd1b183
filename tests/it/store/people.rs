//! People, tokens and sessions.

use std::sync::Barrier;
use std::thread;

use alta::domain::operator::{OperatorId, OperatorName, Role};
use alta::store::OperatorError;

use super::Base;

on_both! {
    a_name_is_there_once_whatever_its_case,
    of_two_first_administrators_at_once_one_is_made,
    a_token_is_known_by_its_hash,
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
    assert_eq!(store.language(ada.id).unwrap(), None);
    store.set_language(ada.id, "es").unwrap();
    assert_eq!(store.language(ada.id).unwrap().as_deref(), Some("es"));
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

fn a_token_is_known_by_its_hash(base: &Base) {
    let store = base.open();
    store.insert_token("script", Role::Manager, "abc", 1).unwrap();
    assert_eq!(store.token("abc").unwrap(), Some(("script".to_owned(), Role::Manager)));
    assert_eq!(store.token("script").unwrap(), None);
    assert_eq!(store.insert_token("script", Role::Viewer, "def", 1), Err(OperatorError::NameTaken));
}

fn a_session_lasts_until_it_is_idle_or_over(base: &Base) {
    let store = base.open();
    store.insert_session("key", "state", 0, 100, 1000).unwrap();
    let held = |now| store.session("key", now).unwrap();
    assert_eq!((held(99).as_deref(), held(100)), (Some("state"), None));
    store.touch_session("key", 2000).unwrap();
    assert_eq!((held(999).as_deref(), held(1000)), (Some("state"), None), "no use of it moves its end");
    assert!(store.update_session("key", "other", 500).unwrap() && !store.update_session("none", "x", 500).unwrap());
    assert_eq!(held(0).as_deref(), Some("other"));
    // A later sign-in sweeps out what is over.
    store.insert_session("next", "state", 600, 700, 1600).unwrap();
    assert!(!store.update_session("key", "x", 9000).unwrap(), "the session that was over is still there");
    store.delete_session("next").unwrap();
    assert_eq!(store.session("next", 600).unwrap(), None);
}
