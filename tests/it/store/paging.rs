//! The list by keyset: every column, both ways, there and back.

use std::collections::BTreeSet;

use alta::domain::entry::{AuthUser, Domain};
use alta::store::{Cursor, EntryPage, EntryQuery, From, SortColumn, Store};

use super::{Base, contract, draft};

on_both! {
    every_column_pages_there_and_back_without_loss,
    a_search_takes_wildcards_for_letters,
    a_page_after_an_entry_that_was_deleted_goes_on_there,
}

fn filled(base: &Base) -> Store {
    let store = base.open();
    let contracts = ["b 100%", "a_b", "C"].map(|name| contract(&store, name));
    let drafts: Vec<_> = (0..53)
        .map(|n| {
            let mut draft = draft(n);
            // Equal values by the dozen, so that the number has to break ties, and upper case among lower.
            draft.details.domain = Domain::parse(["a.example", "B.example", "c.example"][n as usize % 3]).unwrap();
            draft.details.contract = contracts.get(n as usize % 5).copied();
            draft.details.user = (n == 7).then(|| AuthUser::parse("Auth%User_7").unwrap());
            draft
        })
        .collect();
    store.insert(&drafts, 1).unwrap();
    store
}

fn ids(page: &EntryPage) -> Vec<i64> {
    page.entries.iter().map(|entry| entry.id.0).collect()
}

fn every_column_pages_there_and_back_without_loss(base: &Base) {
    let store = filled(base);
    for sort in [SortColumn::Id, SortColumn::Ddi, SortColumn::Username, SortColumn::Domain, SortColumn::Contract] {
        for descending in [false, true] {
            for limit in [1, 7, 53, 100] {
                let ask =
                    |from| store.page(&EntryQuery { sort, descending, from, limit, ..Default::default() }).unwrap();
                let told = format!("{sort:?} {descending} {limit}");
                let mut pages = vec![ask(From::Start)];
                while let Some(next) = pages.last().unwrap().next.clone() {
                    // As it travels in an address.
                    pages.push(ask(From::After(next.to_string().parse::<Cursor>().unwrap())));
                }
                let all: Vec<i64> = pages.iter().flat_map(ids).collect();
                assert_eq!((all.len(), all.iter().collect::<BTreeSet<_>>().len()), (53, 53), "{told}");
                assert!(pages.iter().all(|page| page.total == 53), "{told}");
                let one = ids(&store.page(&EntryQuery { sort, descending, limit: 100, ..Default::default() }).unwrap());
                assert_eq!(all, one, "{told}: pages and the whole differ");
                let mut back = pages.last().unwrap().clone();
                for before in pages.iter().rev().skip(1) {
                    back = ask(From::Before(back.previous.clone().expect("a page before")));
                    assert_eq!(ids(&back), ids(before), "{told}");
                }
                assert!(back.previous.is_none(), "{told}: something before the first");
                let mut turned = store
                    .page(&EntryQuery { sort, descending: !descending, limit: 100, ..Default::default() })
                    .map(|page| ids(&page))
                    .unwrap();
                turned.reverse();
                assert_eq!(turned, one, "{told}: the other way round is not the same turned");
            }
        }
    }
}

fn a_search_takes_wildcards_for_letters(base: &Base) {
    let store = filled(base);
    let total = |search: &str| {
        let page = store.page(&EntryQuery { search: search.to_owned(), limit: 1, ..Default::default() }).unwrap();
        page.total
    };
    for (search, found) in [
        ("u1", 11),
        ("U52", 1),
        ("34000007", 1),
        ("b.EXAMPLE", 18),
        ("%", 12),
        ("0%", 11),
        ("_", 12),
        ("a_B", 11),
        ("auth%user_", 1),
        ("\\", 0),
        ("'", 0),
        ("a\0_b", 11),
        ("", 53),
    ] {
        assert_eq!(total(search), found, "{search:?}");
    }
    let some = EntryQuery { contract: Some(alta::domain::contract::ContractId(1)), limit: 100, ..Default::default() };
    assert_eq!(store.page(&some).unwrap().entries.len(), 11);
}

fn a_page_after_an_entry_that_was_deleted_goes_on_there(base: &Base) {
    let store = filled(base);
    let ask = |from| store.page(&EntryQuery { from, limit: 10, ..Default::default() }).unwrap();
    let first = ask(From::Start);
    let whole = ids(&store.page(&EntryQuery { limit: 100, ..Default::default() }).unwrap());
    store.delete(first.entries.last().unwrap().id).unwrap();
    assert_eq!(ids(&ask(From::After(first.next.unwrap()))), whole[10..20]);
    for garbage in ["", "x", "////", "MTI", "MTI6AA"] {
        assert!(garbage.parse::<Cursor>().is_err(), "{garbage}");
    }
}
