//! The list in memory against a look at everybody: whatever comes, goes and changes, a page of any filter and order holds
//! what sorting all entries that fit would put there.

use std::collections::BTreeMap;

use alta::domain::contract::ContractId;
use alta::domain::entry::{AuthUser, Ddi, Details, Domain, EntryId, Expire, Username};
use alta::domain::status::{Cause, Group, State, Status};
use alta::engine::Board;
use alta::roster::{Catalog, Cursor, Filter, Found, From, ListQuery, Patience, SortBy, Total, Under};
use alta::sip::seed::Seed;

use crate::catalog::ALL;

/// More than one block of an order, and one segment of the index of n-grams, hold.
const ENTRIES: i64 = 6_000;
const ROUNDS: usize = 120;
const CONTRACTS: u64 = 6;
/// So little that searches here are often not counted to their end.
const PATIENCE: Patience = Patience { found: 600, read: 1000, thin: 30, asked: 60, few: 400 };

struct Model {
    draw: Seed,
    catalog: Catalog,
    board: Board,
    all: BTreeMap<i64, Details>,
    contracts: BTreeMap<i64, String>,
    statuses: BTreeMap<i64, Status<i64>>,
    /// Pages that did not count to the end.
    uncounted: usize,
}

impl Model {
    fn below(&mut self, most: u64) -> u64 {
        self.draw.between(0, most - 1)
    }

    fn put(&mut self, id: i64) {
        let (number, letters) = (self.below(100_000_000), self.draw.bits());
        let contract = i64::try_from(self.below(CONTRACTS + 1)).unwrap();
        let details = Details {
            username: Username::parse(&format!("U{letters:x}")).unwrap(),
            domain: Domain::parse(&format!("SIP{}.example", self.below(9))).unwrap(),
            ddi: Ddi::parse(&format!("34{number:08}")).unwrap(),
            contract: self.contracts.contains_key(&contract).then_some(ContractId(contract)),
            user: (letters % 3 == 0).then(|| AuthUser::parse(&format!("äÖ{}", letters % 1000)).unwrap()),
            register_server_uri: None,
            realm: None,
            expire: Expire::DEFAULT,
            enabled: true,
        };
        self.catalog.put(EntryId(id), &details);
        self.all.insert(id, details);
    }

    fn post(&mut self, id: i64) {
        let pick = |all: usize, draw: u64| usize::try_from(draw).unwrap() % all;
        let state = State::ALL[pick(State::ALL.len(), self.draw.bits())];
        let cause = Cause::ALL[pick(3, self.draw.bits())];
        let status = Status {
            state,
            cause: (state.group() != Group::Ok).then_some(cause),
            next_action_at: (state != State::Disabled).then(|| i64::try_from(self.below(3_000)).unwrap()),
            ..Status::unknown()
        };
        self.board.post(&mut vec![(EntryId(id), status.clone())], |_, _| {});
        self.statuses.insert(id, status);
    }

    /// A few entries come, go, are edited, or change their state.
    fn shake(&mut self) {
        for _ in 0..200 {
            let id = i64::try_from(self.below(ENTRIES.unsigned_abs())).unwrap();
            match self.below(4) {
                0 => {
                    self.catalog.remove(EntryId(id));
                    self.all.remove(&id);
                }
                1 => self.put(id),
                2 => self.post(id),
                _ => {
                    self.board.take_down(EntryId(id));
                    self.statuses.remove(&id);
                }
            }
        }
        let contract = i64::try_from(self.below(CONTRACTS)).unwrap();
        if self.contracts.remove(&contract).is_some() {
            self.catalog.remove_contract(ContractId(contract));
            let of = self.all.values_mut().filter(|details| details.contract == Some(ContractId(contract)));
            of.for_each(|details| details.contract = None);
        } else {
            let name = format!("Proveedor {}", self.below(4));
            self.catalog.name_contract(ContractId(contract), &name);
            self.contracts.insert(contract, name);
        }
    }

    fn filter(&mut self) -> Filter {
        let mut filter = Filter::default();
        let some = self.all.values().nth(usize::try_from(self.draw.bits() % self.all.len() as u64).unwrap()).cloned();
        let ddi = some.unwrap().ddi.to_string();
        let length = usize::try_from(self.draw.between(1, 10)).unwrap();
        match self.below(9) {
            0 | 1 => ddi[10 - length..].clone_into(&mut filter.search),
            2 => filter.search = ["sip7", "PROVEEDOR 1", "nowhere", "äö12", "u"][length / 2 % 5].to_owned(),
            3 | 4 => filter.group = Some(Group::ALL[length % Group::ALL.len()]),
            _ => {}
        }
        match self.below(9) {
            0 => filter.under = Some(Under::Nothing),
            1 => filter.under = Some(Under::Contract(ContractId(i64::try_from(length).unwrap()))),
            2 => filter.states = State::ALL[..length].to_vec(),
            3 => filter.cause = Some(Cause::ALL[length % 4]),
            _ => {}
        }
        filter
    }

    fn status(&self, id: i64) -> Status<i64> {
        self.statuses.get(&id).cloned().unwrap_or_else(Status::unknown)
    }

    fn name(&self, details: &Details) -> String {
        let name = details.contract.and_then(|id| self.contracts.get(&id.0));
        name.map_or_else(String::new, |name| name.to_lowercase())
    }

    fn fits(&self, id: i64, details: &Details, filter: &Filter) -> bool {
        let status = self.status(id);
        let user = details.user.as_ref().map_or(String::new(), |user| user.as_str().to_lowercase());
        let texts = [details.ddi.to_string(), details.username.to_string(), details.domain.to_string(), user];
        let wanted = filter.search.to_lowercase();
        (texts.iter().any(|text| text.to_lowercase().contains(&wanted)) || self.name(details).contains(&wanted))
            && filter.group.is_none_or(|group| status.state.group() == group)
            && (filter.states.is_empty() || filter.states.contains(&status.state))
            && (filter.cause.is_none() || filter.cause == status.cause)
            && match filter.under {
                None => true,
                Some(Under::Nothing) => details.contract.is_none(),
                Some(Under::Contract(id)) => details.contract == Some(id),
            }
    }

    /// Everybody who fits, sorted.
    fn expected(&self, query: &ListQuery) -> Vec<i64> {
        let key = |id: i64, details: &Details| {
            let status = self.status(id);
            let group = [Group::Problem, Group::Risk, Group::Working, Group::Ok, Group::Off]
                .iter()
                .position(|group| *group == status.state.group());
            let state = State::ALL.iter().position(|state| *state == status.state);
            let (text, number) = match query.sort {
                SortBy::Id => (String::new(), 0),
                SortBy::Ddi => (details.ddi.to_string(), 0),
                SortBy::Username => (details.username.to_string(), 0),
                SortBy::Domain => (details.domain.to_string(), 0),
                SortBy::Contract => (self.name(details), 0),
                SortBy::User => (details.effective_user().to_owned(), 0),
                SortBy::Status => (String::new(), i64::try_from(group.unwrap() * 100 + state.unwrap()).unwrap()),
                SortBy::NextAction => (String::new(), status.next_action_at.unwrap_or(i64::MAX)),
            };
            (text.to_lowercase(), number, id)
        };
        let fit = self.all.iter().filter(|(id, details)| self.fits(**id, details, &query.filter));
        let mut keys: Vec<_> = fit.map(|(id, details)| key(*id, details)).collect();
        keys.sort();
        if query.descending {
            keys.reverse();
        }
        keys.into_iter().map(|(_, _, id)| id).collect()
    }

    /// What a page tells of how many there are is true.
    fn count(&mut self, found: &Found, all: usize, told: &str) {
        match found.total {
            Total::Exactly(total) => assert_eq!(total, all, "{told}"),
            Total::MoreThan(least) => {
                assert!((PATIENCE.thin..all).contains(&least), "{told}: more than {least} of {all}");
                self.uncounted += 1;
            }
        }
    }

    /// Two pages on, one back, and three from somewhere within.
    fn look(&mut self, told: &str) {
        let mut query = ListQuery {
            filter: self.filter(),
            limit: [1, 25, 100][self.draw.bits() as usize % 3],
            ..ListQuery::default()
        };
        query.sort = ALL[self.draw.bits() as usize % ALL.len()];
        query.descending = self.below(2) == 0;
        if self.below(3) > 0 {
            self.catalog.sort(query.sort);
        }
        let told = format!("{told}, {query:?}");
        let expected = self.expected(&query);
        let mut at = 0;
        let mut found = self.catalog.page(&query, &self.board);
        // From when somebody has asked, what is next is sometimes kept in order.
        if self.below(2) == 0 {
            self.board.keep_agenda();
        }
        assert_eq!(ids(&found), part(&expected, at, query.limit), "{told}");
        self.count(&found, expected.len(), &told);
        assert!(found.previous.is_none(), "{told}");
        let fit: Vec<i64> = self.catalog.all(&query.filter, &self.board).into_iter().map(|id| id.0).collect();
        let mut sorted = expected.clone();
        sorted.sort_unstable();
        assert_eq!(fit, sorted, "{told}");
        for step in [1, 1, -1] {
            let cursor = if step > 0 { found.next.clone() } else { found.previous.clone() };
            let Some(cursor) = cursor else { break };
            query.from = turned(step, cursor);
            at = if step > 0 { at + query.limit } else { at - query.limit };
            found = self.catalog.page(&query, &self.board);
            assert_eq!(ids(&found), part(&expected, at, query.limit), "{told}, at {at}");
            self.count(&found, expected.len(), &told);
            assert_eq!(found.next.is_some(), at + query.limit < expected.len(), "{told}, at {at}");
            assert_eq!(found.previous.is_some(), at > 0, "{told}, at {at}");
        }
    }
}

fn turned(step: i32, cursor: Cursor) -> From {
    // As it travels in an address.
    let cursor = cursor.to_string().parse().unwrap();
    if step > 0 { From::After(cursor) } else { From::Before(cursor) }
}

fn ids(found: &Found) -> Vec<i64> {
    found.ids.iter().map(|id| id.0).collect()
}

fn part(all: &[i64], at: usize, limit: usize) -> Vec<i64> {
    all.iter().skip(at).take(limit).copied().collect()
}

/// A life of the list.
fn live(seed: u64) {
    println!("seed {seed}");
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_be_bytes());
    let mut model = Model {
        draw: Seed::new(key),
        catalog: Catalog::with(PATIENCE),
        board: Board::default(),
        all: BTreeMap::new(),
        contracts: BTreeMap::new(),
        statuses: BTreeMap::new(),
        uncounted: 0,
    };
    for id in 0..ENTRIES {
        model.put(id);
        model.post(id);
    }
    for round in 0..ROUNDS {
        for look in 0..3 {
            model.look(&format!("ALTA_SEED={seed}, round {round}, look {look}"));
        }
        model.shake();
    }
    assert!(model.uncounted > ROUNDS / 10, "{} pages were not counted to the end", model.uncounted);
}

/// `ALTA_SEED=17 cargo test --test it at_everybody` lives another life.
#[test]
#[allow(clippy::disallowed_methods, reason = "the seed of a life to be lived again")]
fn a_page_holds_what_a_look_at_everybody_would_put_there() {
    match std::env::var("ALTA_SEED").ok().and_then(|seed| seed.parse().ok()) {
        Some(seed) => live(seed),
        None => (1..=3).for_each(live),
    }
}
