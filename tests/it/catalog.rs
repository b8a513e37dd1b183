//! The list in memory: every order, both ways, there and back; filters by what is stored and by what is the case.

use std::collections::BTreeSet;

use alta::domain::contract::ContractId;
use alta::domain::entry::{AuthUser, Ddi, Details, Domain, EntryId, Expire, Username};
use alta::domain::status::{Cause, Group, State, Status};
use alta::engine::Board;
use alta::roster::{Catalog, Cursor, Filter, Found, From, ListQuery, Patience, SortBy, Total, Under};

/// Every order.
pub(crate) const ALL: [SortBy; 8] = [
    SortBy::Id,
    SortBy::Ddi,
    SortBy::Username,
    SortBy::Domain,
    SortBy::Contract,
    SortBy::User,
    SortBy::Status,
    SortBy::NextAction,
];
const STATES: [State; 4] = [State::Registered, State::Retrying, State::RejectedAuth, State::Queued];

/// So little that much of what is found here is neither counted nor gathered.
const HASTY: Patience = Patience { found: 40, read: 200, thin: 20, asked: 40, few: 30 };

fn details(n: i64) -> Details {
    Details {
        username: Username::parse(&format!("U{}", 100 - n)).unwrap(),
        // Equal values by the dozen, so that the number has to break ties, and upper case among lower.
        domain: Domain::parse(["a.example", "B.example", "c.example"][n as usize % 3]).unwrap(),
        ddi: Ddi::parse(&format!("34{n:06}")).unwrap(),
        contract: [Some(1), Some(2), Some(3), None, None][n as usize % 5].map(ContractId),
        user: (n == 7).then(|| AuthUser::parse("Auth%User_7").unwrap()),
        register_server_uri: None,
        realm: None,
        expire: Expire::DEFAULT,
        enabled: true,
    }
}

/// What the engine says of one.
fn status(id: i64) -> Status<i64> {
    let state = STATES[id as usize % 4];
    let cause = (state == State::Retrying).then_some(Cause::NoAnswer);
    let next_action_at = (state != State::RejectedAuth).then_some(id % 7);
    Status { state, cause, next_action_at, ..Status::unknown() }
}

/// Of these, and of one that is not in the list.
fn board(ids: impl Iterator<Item = i64>) -> Board {
    let board = Board::default();
    let mut all = ids.chain([1_000_000]).map(|id| (EntryId(id), status(id))).collect();
    board.post(&mut all, |_, _| {});
    board
}

/// What is next is kept in order from here on.
fn put_in_order(board: &Board) {
    assert!(board.agenda(|_| ()).is_none());
    board.keep_agenda();
    assert!(board.agenda(|_| ()).is_some());
}

fn catalog() -> Catalog {
    let mut catalog = Catalog::with(Patience { few: 0, ..Patience::default() });
    for (id, name) in [(1, "b 100%"), (2, "a_b"), (3, "C")] {
        catalog.name_contract(ContractId(id), name);
    }
    for n in 0..53 {
        catalog.put(EntryId(n + 1), &details(n));
    }
    catalog
}

fn engine() -> Board {
    board(1..54)
}

fn ids(found: &Found) -> Vec<i64> {
    found.ids.iter().map(|id| id.0).collect()
}

#[test]
fn every_order_pages_there_and_back_without_loss() {
    let (mut catalog, engine) = (catalog(), engine());
    // Whether it is kept in order or not.
    for sort in ALL.into_iter().chain(ALL) {
        for descending in [false, true] {
            for limit in [1, 7, 53, 100] {
                let told = format!("{sort:?} {descending} {limit}");
                let ask =
                    |from| catalog.page(&ListQuery { sort, descending, from, limit, ..ListQuery::default() }, &engine);
                let mut pages = vec![ask(From::Start)];
                while let Some(next) = pages.last().unwrap().next.clone() {
                    // As it travels in an address.
                    pages.push(ask(From::After(next.to_string().parse::<Cursor>().unwrap())));
                }
                let all: Vec<i64> = pages.iter().flat_map(ids).collect();
                assert_eq!((all.len(), all.iter().collect::<BTreeSet<_>>().len()), (53, 53), "{told}");
                assert!(pages.iter().all(|page| page.total == Total::Exactly(53)), "{told}");
                let whole = |descending| {
                    let query = ListQuery { sort, descending, limit: 100, ..ListQuery::default() };
                    ids(&catalog.page(&query, &engine))
                };
                assert_eq!(all, whole(descending), "{told}: pages and the whole differ");
                let mut back = pages.last().unwrap().clone();
                for before in pages.iter().rev().skip(1) {
                    back = ask(From::Before(back.previous.clone().expect("a page before")));
                    assert_eq!(ids(&back), ids(before), "{told}");
                }
                assert!(back.previous.is_none(), "{told}: something before the first");
                let mut turned = whole(!descending);
                turned.reverse();
                assert_eq!(turned, all, "{told}: the other way round is not the same turned");
            }
        }
        catalog.sort(sort);
        assert!(catalog.is_sorted(sort));
        engine.keep_agenda();
    }
    assert!(engine.agenda(|_| ()).is_some());
}

#[test]
fn users_are_sorted_by_what_is_used() {
    let query = |limit| ListQuery { sort: SortBy::User, limit, ..ListQuery::default() };
    assert_eq!(
        ids(&catalog().page(&query(1), &engine())),
        [8],
        "the only one with a user of its own, which begins with an A"
    );
    let by_username = ListQuery { sort: SortBy::Username, limit: 100, ..ListQuery::default() };
    let rest = |found: &Found| ids(found).into_iter().filter(|id| *id != 8).collect::<Vec<_>>();
    assert_eq!(rest(&catalog().page(&query(100), &engine())), rest(&catalog().page(&by_username, &engine())));
}

#[test]
fn what_needs_somebody_comes_first_and_what_happens_soonest() {
    let (catalog, engine) = (catalog(), engine());
    let sorted = |sort| {
        let found = catalog.page(&ListQuery { sort, limit: 100, ..ListQuery::default() }, &engine);
        found.ids.into_iter().map(|id| engine.status(id)).collect::<Vec<_>>()
    };
    let groups: Vec<Group> = sorted(SortBy::Status).iter().map(|status| status.state.group()).collect();
    let mut different = groups.clone();
    different.dedup();
    assert_eq!(different, [Group::Problem, Group::Risk, Group::Working, Group::Ok]);
    let next: Vec<i64> = sorted(SortBy::NextAction).iter().map(|s| s.next_action_at.unwrap_or(i64::MAX)).collect();
    assert!(next.is_sorted() && next.last() == Some(&i64::MAX), "nothing planned comes last");
}

#[test]
fn a_search_is_for_letters_without_case_and_a_filter_for_what_is_the_case() {
    let (catalog, engine) = (catalog(), engine());
    let total = |filter: &Filter| {
        let found = catalog.page(&ListQuery { filter: filter.clone(), limit: 1, ..ListQuery::default() }, &engine);
        let total = catalog.all(filter, &engine).len();
        assert_eq!(found.total, Total::Exactly(total));
        total
    };
    let search = |search: &str| total(&Filter { search: search.into(), ..Filter::default() });
    for (text, found) in [
        ("u10", 1),
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
        ("", 53),
        ("nothing of this", 0),
    ] {
        assert_eq!(search(text), found, "{text:?}");
    }
    let with = |change: fn(&mut Filter)| {
        let mut filter = Filter::default();
        change(&mut filter);
        total(&filter)
    };
    assert_eq!(with(|f| f.under = Some(Under::Contract(ContractId(1)))), 11);
    assert_eq!(with(|f| f.under = Some(Under::Nothing)), 20);
    assert_eq!(with(|f| f.group = Some(Group::Problem)), 13);
    assert_eq!(with(|f| f.states = vec![State::Registered, State::Queued]), 26);
    assert_eq!(with(|f| f.cause = Some(Cause::NoAnswer)), 14);
    assert_eq!(with(|f| f.cause = Some(Cause::Forbidden)), 0);
    assert_eq!(
        with(|f| {
            f.search = "a.example".into();
            f.group = Some(Group::Ok);
            f.under = Some(Under::Nothing);
        }),
        2
    );
}

#[test]
fn a_search_is_counted_and_gathered_only_as_far_as_its_page_needs() {
    let (mut hasty, mut thorough) = (Catalog::with(HASTY), Catalog::with(Patience::ENDLESS));
    let board = board(1..641);
    for catalog in [&mut hasty, &mut thorough] {
        for n in 0..640 {
            let domain = Domain::parse(&format!("d{}.example", n % 10)).unwrap();
            catalog.put(EntryId(n + 1), &Details { domain, ..details(n) });
        }
        ALL.into_iter().for_each(|sort| catalog.sort(sort));
    }
    put_in_order(&board);
    // One in ten; all; one in a hundred, too few for a page to be found by asking; one.
    for (search, told) in [
        ("d9", Total::MoreThan(20)),
        ("example", Total::MoreThan(60)),
        ("34000600", Total::Exactly(1)),
        ("99", Total::Exactly(7)),
    ] {
        for (sort, descending) in ALL.into_iter().flat_map(|sort| [(sort, false), (sort, true)]) {
            let filter = Filter { search: search.into(), ..Filter::default() };
            let query = ListQuery { filter, sort, descending, limit: 3, ..ListQuery::default() };
            let [page, whole] = [&hasty, &thorough].map(|catalog| catalog.page(&query, &board));
            assert_eq!((ids(&page), page.next), (ids(&whole), whole.next), "{search} {sort:?} {descending}");
            assert!(matches!(whole.total, Total::Exactly(_)));
            assert_eq!(page.total, told, "{search} {sort:?} {descending}");
        }
    }
}

/// One in ten comes last, or first, in every order: what is asked one by one finds none of them.
#[test]
fn those_who_all_come_late_are_found_where_they_may_be() {
    let (mut hasty, mut thorough) = (Catalog::with(HASTY), Catalog::with(Patience::ENDLESS));
    let (entries, late) = (4_000, 3_600);
    let board = Board::default();
    for id in 0..entries {
        let state = if id < late { State::Registered } else { State::Disabled };
        let next_action_at = (id % 3 != 0).then_some(id / 2);
        board.post(&mut vec![(EntryId(id), Status { state, next_action_at, ..Status::unknown() })], |_, _| {});
    }
    for catalog in [&mut hasty, &mut thorough] {
        for (id, name) in [(1, "Early"), (2, "Late"), (3, "Zzz")] {
            catalog.name_contract(ContractId(id), name);
        }
        for id in 0..entries {
            let is_late = id >= late;
            let contract = ContractId(if is_late { 2 + id % 2 } else { 1 });
            catalog.put(
                EntryId(id),
                &Details {
                    username: Username::parse(&format!("u{id:06}")).unwrap(),
                    domain: Domain::parse(if is_late { "Slow.example" } else { "a.example" }).unwrap(),
                    contract: Some(contract),
                    ..details(id)
                },
            );
        }
        // The last ones come to the places of the first.
        (0..9).for_each(|id| catalog.remove(EntryId(id)));
        ALL.into_iter().for_each(|sort| catalog.sort(sort));
    }
    put_in_order(&board);
    let plain = Filter::default();
    let search = |text: &str| Filter { search: text.into(), ..Filter::default() };
    let filters = [
        (search("slow"), true),
        (search("late"), false),
        (search("u003"), true),
        (Filter { under: Some(Under::Contract(ContractId(3))), ..plain.clone() }, false),
        (Filter { states: vec![State::Disabled], ..plain.clone() }, false),
        (Filter { states: vec![State::Disabled], ..search("u003") }, true),
        (plain, false),
    ];
    for ((filter, is_uncounted), sort) in filters.iter().flat_map(|filter| ALL.map(|sort| (filter, sort))) {
        for descending in [false, true] {
            let mut query = ListQuery { filter: filter.clone(), sort, descending, limit: 3, ..ListQuery::default() };
            // A middle first, and then what is around it.
            let middle = thorough.page(&ListQuery { limit: 100, ..query.clone() }, &board).next.expect("more");
            let froms = [From::Start, From::After(middle.clone()), From::Before(middle)];
            for from in froms {
                query.from = from;
                let [page, whole] = [&hasty, &thorough].map(|catalog| catalog.page(&query, &board));
                assert_eq!(ids(&page), ids(&whole), "{query:?}");
                assert_eq!((page.next, page.previous), (whole.next, whole.previous), "{query:?}");
                // Only what is next in time has to be gathered.
                if sort != SortBy::NextAction {
                    assert_eq!(matches!(page.total, Total::MoreThan(_)), *is_uncounted, "{query:?}");
                }
            }
        }
    }
}

#[test]
fn entries_and_contracts_come_and_go_and_are_edited() {
    let (mut catalog, engine) = (catalog(), engine());
    let found = |catalog: &Catalog, search: &str| {
        catalog.all(&Filter { search: search.into(), ..Filter::default() }, &engine).len()
    };
    let first = catalog.page(&ListQuery { limit: 10, ..ListQuery::default() }, &engine);
    let whole = ids(&catalog.page(&ListQuery { limit: 100, ..ListQuery::default() }, &engine));
    catalog.remove(*first.ids.last().unwrap());
    let query = ListQuery { from: From::After(first.next.unwrap()), limit: 10, ..ListQuery::default() };
    assert_eq!(ids(&catalog.page(&query, &engine)), whole[10..20], "a page after an entry that is gone goes on there");
    for round in 0..10 {
        for n in 0..53 {
            catalog.put(EntryId(n + 1), &Details { ddi: Ddi::parse(&format!("{round}x{n}")).unwrap(), ..details(n) });
        }
        assert_eq!((catalog.len(), found(&catalog, &format!("{round}x"))), (53, 53));
    }
    assert_eq!(found(&catalog, "0x"), 0, "what was edited is forgotten");
    catalog.name_contract(ContractId(1), "renamed");
    assert_eq!((found(&catalog, "renamed"), found(&catalog, "100%")), (11, 0));
    catalog.remove_contract(ContractId(1));
    assert_eq!(found(&catalog, "renamed"), 0);
    assert_eq!(catalog.all(&Filter { under: Some(Under::Nothing), ..Filter::default() }, &engine).len(), 31);
    for n in 0..53 {
        catalog.remove(EntryId(n + 1));
    }
    assert!(catalog.is_empty() && found(&catalog, "") == 0);
}

#[test]
fn nonsense_is_no_cursor() {
    for garbage in ["", "x", "////", "MTI", "MTIz", "YTpi"] {
        assert!(garbage.parse::<Cursor>().is_err(), "{garbage}");
    }
}
