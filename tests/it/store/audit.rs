//! The audit: written with what it tells of, found by who, what and when, forgotten in time.

use std::sync::Arc;

use alta::domain::audit::{Actor, AuditQuery, Change, Deed, Turn, Via};
use alta::domain::entry::{Ddi, EntryError};
use alta::store::Store;

use super::{Base, contract, draft};

on_both! {
    every_change_is_told_with_its_values_and_without_secrets,
    what_fails_is_not_told,
    many_at_once_are_told_one_by_one,
    pages_go_back_and_forth_and_can_be_narrowed,
    what_is_old_is_forgotten,
}

fn acting(store: &Store, name: &str, now: i64) -> Store {
    let from = "203.0.113.9".parse().ok();
    store.acting(Arc::new(Actor { name: name.into(), via: Via::Api, from }), now)
}

fn query() -> AuditQuery {
    AuditQuery { limit: 100, ..AuditQuery::default() }
}

fn deeds(store: &Store, query: &AuditQuery) -> Vec<(Deed, i64)> {
    store.audit(query).unwrap().records.iter().map(|record| (record.deed, record.at)).collect()
}

fn every_change_is_told_with_its_values_and_without_secrets(base: &Base) {
    let store = base.open();
    let at = |now| acting(&store, "ada", now);
    let id = at(1).insert(&[draft(1)], 1).unwrap()[0].entry.id;
    let mut changed = draft(1);
    changed.details.ddi = Ddi::parse("7").unwrap();
    at(2).update(id, &changed, 2).unwrap();
    at(3).delete(id).unwrap();
    let records = store.audit(&query()).unwrap().records;
    assert_eq!(
        records.iter().map(|r| r.deed).collect::<Vec<_>>(),
        [Deed::EntryDeleted, Deed::EntryChanged, Deed::EntryAdded]
    );
    let change = &records[1];
    assert_eq!(change.changes, [Change::new("ddi", Some("34000001"), Some("7")), Change::secret("password")]);
    assert_eq!((change.about, change.name.as_str(), change.at), (Some(id.0), "u1@sip.example", 2));
    assert_eq!((change.actor.name.as_str(), change.actor.via), ("ada", Via::Api));
    assert_eq!(change.actor.from, "203.0.113.9".parse().ok());
    assert!(!format!("{records:?}").contains("password 1"), "{records:?}");
}

fn what_fails_is_not_told(base: &Base) {
    let store = base.open();
    acting(&store, "ada", 1).insert(&[draft(1)], 1).unwrap();
    let twice = acting(&store, "ada", 2).insert(&[draft(2), draft(1)], 2);
    assert!(matches!(twice, Err(EntryError::Refused(_))));
    assert_eq!(deeds(&store, &query()), [(Deed::EntryAdded, 1)]);
}

fn many_at_once_are_told_one_by_one(base: &Base) {
    let store = base.open();
    let ids: Vec<_> = store.insert(&[draft(1), draft(2)], 1).unwrap().iter().map(|l| l.entry.id).collect();
    let contract = contract(&store, "c");
    acting(&store, "ada", 5).enable_many(&ids, false, 5).unwrap();
    acting(&store, "ada", 6).enable_many(&ids, false, 6).unwrap();
    acting(&store, "ada", 7).move_many(&ids[..1], Some(contract), 7).unwrap();
    acting(&store, "ada", 8).wish_many(&ids, Deed::EntryRefreshed).unwrap();
    acting(&store, "ada", 9).delete_many(&ids).unwrap();
    let told = deeds(&store, &AuditQuery { who: "ada".into(), ..query() });
    let counted = |deed, at| told.iter().filter(|told| **told == (deed, at)).count();
    assert_eq!(counted(Deed::EntryChanged, 5), 2);
    assert_eq!(counted(Deed::EntryChanged, 6), 0, "they were disabled already");
    assert_eq!(
        (counted(Deed::EntryChanged, 7), counted(Deed::EntryRefreshed, 8), counted(Deed::EntryDeleted, 9)),
        (1, 2, 2)
    );
}

fn pages_go_back_and_forth_and_can_be_narrowed(base: &Base) {
    let store = base.open();
    for n in 1..=7 {
        let who = if n % 2 == 0 { "ada" } else { "bea" };
        acting(&store, who, n).note(Deed::SignedIn, Some(n), &format!("100%_{n}"), &[]).unwrap();
    }
    let times = |query: &AuditQuery| {
        let page = store.audit(query).unwrap();
        (page.records.iter().map(|record| record.at).collect::<Vec<_>>(), page.older, page.newer)
    };
    let three = AuditQuery { limit: 3, ..query() };
    let (first, older, newer) = times(&three);
    assert_eq!((first, newer), (vec![7, 6, 5], None));
    let (second, older, newer) = times(&AuditQuery { turn: Turn::Older(older.unwrap()), ..three.clone() });
    assert_eq!(second, [4, 3, 2]);
    let (last, end, _) = times(&AuditQuery { turn: Turn::Older(older.unwrap()), ..three.clone() });
    assert_eq!((last, end), (vec![1], None));
    let (back, _, begin) = times(&AuditQuery { turn: Turn::Newer(newer.unwrap()), ..three });
    assert_eq!((back, begin), (vec![7, 6, 5], None));
    assert_eq!(times(&AuditQuery { who: "Ada".into(), ..query() }).0, [6, 4, 2]);
    assert_eq!(times(&AuditQuery { about: "%_3".into(), ..query() }).0, [3], "signs of the pattern mean themselves");
    assert_eq!(times(&AuditQuery { deed: Some(Deed::SignedOut), ..query() }).0, Vec::<i64>::new());
    assert_eq!(times(&AuditQuery { from: Some(2), until: Some(4), ..query() }).0, [3, 2]);
    assert_eq!(times(&AuditQuery { about: "#3".into(), ..query() }).0, Vec::<i64>::new(), "no entry has that number");
}

fn what_is_old_is_forgotten(base: &Base) {
    let store = base.open();
    for n in 1..=4 {
        acting(&store, "ada", n).note(Deed::SignedIn, None, "x", &[]).unwrap();
    }
    assert!(!store.sweep_audit(3).unwrap());
    assert_eq!(deeds(&store, &query()), [(Deed::SignedIn, 4), (Deed::SignedIn, 3)]);
}
