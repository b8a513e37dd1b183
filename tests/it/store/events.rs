//! Events: kept in order, told per entry, pruned from the oldest.

use alta::domain::entry::EntryId;
use alta::domain::event::Event;
use alta::domain::status::{Cause, State};

use super::Base;

on_both! {
    events_are_told_newest_first_and_page_by_page,
    old_events_go_the_oldest_first,
}

fn event(at: i64) -> Event {
    Event { at, state: State::Retrying, cause: Some(Cause::Busy), code: Some(503), reason: Some("Maintenance".into()) }
}

fn events_are_told_newest_first_and_page_by_page(base: &Base) {
    let store = base.open();
    let plain = Event { at: 9, state: State::Registered, cause: None, code: None, reason: None };
    let batch: Vec<_> = (1..=5).map(|at| (EntryId(at % 2), event(at))).chain([(EntryId(1), plain.clone())]).collect();
    store.add_events(&batch).unwrap();
    let times = |before, limit| -> Vec<i64> {
        store.events(EntryId(1), before, limit).unwrap().iter().map(|(_, event)| event.at).collect()
    };
    assert_eq!(times(i64::MAX, 10), [9, 5, 3, 1]);
    let first = store.events(EntryId(1), i64::MAX, 2).unwrap();
    assert_eq!((&first[0].1, &first[1].1), (&plain, &event(5)));
    assert_eq!(times(first[1].0, 10), [3, 1]);
    assert_eq!(store.events(EntryId(7), i64::MAX, 10).unwrap(), []);
    // More than one statement holds.
    store.add_events(&(0..2_500).map(|at| (EntryId(8), event(at))).collect::<Vec<_>>()).unwrap();
    let many = store.events(EntryId(8), i64::MAX, 5_000).unwrap();
    assert!(many.len() == 2_500 && many.iter().zip((0..2_500).rev()).all(|((_, told), at)| *told == event(at)));
}

fn old_events_go_the_oldest_first(base: &Base) {
    let store = base.open();
    store.add_events(&(1..=50).map(|at| (EntryId(1), event(at))).collect::<Vec<_>>()).unwrap();
    assert_eq!(store.prune_events(1, 100).unwrap(), 0);
    assert_eq!(store.prune_events(31, 10).unwrap(), 10, "not all at once");
    assert_eq!(store.prune_events(31, 100).unwrap(), 20);
    assert_eq!(store.prune_events(31, 100).unwrap(), 0);
    assert_eq!(store.events(EntryId(1), i64::MAX, 100).unwrap().len(), 20);
}
