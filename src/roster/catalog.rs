//! The list in memory: what is searched, filtered and sorted by, of every entry. One pass over it answers any question in
//! a few tens of milliseconds with a million entries, whatever the columns, since live facts are in no index of a
//! database. Pure: what the engine says is an argument.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use memchr::memmem::Finder;

use super::query::{Cursor, Filter, Found, From, Key, ListQuery, SortBy, Under, borrowed, owned, urgency};
use crate::domain::contract::ContractId;
use crate::domain::dense::{Dense, Place};
use crate::domain::entry::{Details, EntryId};
use crate::domain::status::{Cause, State};
use crate::engine::Facts;

/// An entry of it: where its text stands, and how long the parts are.
#[derive(Clone, Copy, Debug)]
struct Item {
    id: EntryId,
    start: u32,
    ddi: u16,
    username: u16,
    domain: u16,
    user: u16,
    /// Place of its contract in the list of those.
    contract: Option<Place>,
}

/// A contract of it.
#[derive(Debug)]
struct Contract {
    id: ContractId,
    /// As it is, and in lower case.
    name: Option<(String, String)>,
}

/// Entries whose facts are asked for at once, so that the engine never waits long for them.
const CHUNK: usize = 4096;

/// See the module.
#[derive(Debug, Default)]
pub struct Catalog {
    /// DDI, username, domain and user of each, in lower case, one after the other with a line end between.
    text: String,
    items: Vec<Item>,
    places: Dense<Place>,
    /// Every contract that there ever was since the start; those that are gone have no name.
    contracts: Vec<Contract>,
    contract_places: HashMap<ContractId, Place>,
    /// Bytes of the text that belong to nobody any more.
    waste: usize,
    /// Entries that are stored and cannot be read.
    damaged: HashSet<EntryId>,
}

fn length(text: &str) -> u16 {
    // Fields have 190 characters at most; in lower case a letter may become three.
    u16::try_from(text.len()).unwrap_or(u16::MAX)
}

impl Item {
    fn part<'a>(&self, text: &'a str, which: SortBy) -> &'a str {
        let start = self.start as usize;
        let (ddi, username) = (usize::from(self.ddi), usize::from(self.username));
        let (from, length) = match which {
            SortBy::Username => (ddi + 1, username),
            SortBy::Domain => (ddi + username + 2, usize::from(self.domain)),
            // Without one of its own it is the username.
            SortBy::User if self.user == 0 => (ddi + 1, username),
            SortBy::User => (ddi + username + usize::from(self.domain) + 3, usize::from(self.user)),
            SortBy::Id | SortBy::Ddi | SortBy::Contract | SortBy::Status | SortBy::NextAction => (0, ddi),
        };
        text.get(start + from..start + from + length).unwrap_or_default()
    }

    fn length(&self) -> usize {
        [self.ddi, self.username, self.domain, self.user].into_iter().map(usize::from).sum::<usize>() + 3
    }

    fn whole<'a>(&self, text: &'a str) -> &'a str {
        text.get(self.start as usize..self.start as usize + self.length()).unwrap_or_default()
    }
}

impl Catalog {
    /// Takes an entry in, or what was edited of it.
    pub fn put(&mut self, id: EntryId, details: &Details) {
        self.remove(id);
        let user = details.user.as_ref().map_or("", |user| user.as_str()).to_lowercase();
        let parts =
            [details.ddi.as_str(), details.username.as_str(), &details.domain.to_string()].map(str::to_lowercase);
        let [ddi, username, domain] = &parts;
        // More than four gigabytes of names do not fit the machines that this runs on.
        let start = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        let place = Place::of(u32::try_from(self.items.len()).unwrap_or(u32::MAX));
        let contract = details.contract.map(|id| self.contract_place(id));
        let item = Item {
            id,
            start,
            ddi: length(ddi),
            username: length(username),
            domain: length(domain),
            user: length(&user),
            contract,
        };
        for part in [ddi, "\n", username, "\n", domain, "\n", &user] {
            self.text.push_str(part);
        }
        self.items.push(item);
        self.places.insert(id, place);
    }

    /// The entry is gone.
    pub fn remove(&mut self, id: EntryId) {
        self.damaged.remove(&id);
        let Some(place) = self.places.remove(id) else { return };
        let item = self.items.swap_remove(place.index());
        self.waste += item.length();
        if let Some(moved) = self.items.get(place.index()) {
            self.places.insert(moved.id, place);
        }
        if self.waste > self.text.len() / 2 {
            self.tidy();
        }
    }

    fn tidy(&mut self) {
        let mut text = String::with_capacity(self.text.len() - self.waste);
        for item in &mut self.items {
            let start = u32::try_from(text.len()).unwrap_or(u32::MAX);
            text.push_str(item.whole(&self.text));
            item.start = start;
        }
        (self.text, self.waste) = (text, 0);
    }

    /// The entry is stored and cannot be read.
    pub fn note_damaged(&mut self, id: EntryId) {
        self.damaged.insert(id);
    }

    /// How many entries are stored and cannot be read.
    pub fn damaged(&self) -> usize {
        self.damaged.len()
    }

    fn contract_place(&mut self, id: ContractId) -> Place {
        if let Some(place) = self.contract_places.get(&id) {
            return *place;
        }
        // Nobody has four billion contracts.
        let place = Place::of(u32::try_from(self.contracts.len()).unwrap_or(u32::MAX));
        self.contracts.push(Contract { id, name: None });
        self.contract_places.insert(id, place);
        place
    }

    fn contract(&self, place: Option<Place>) -> Option<&Contract> {
        self.contracts.get(place?.index())
    }

    /// A contract is called so.
    pub fn name_contract(&mut self, id: ContractId, name: &str) {
        let place = self.contract_place(id);
        self.contracts[place.index()].name = Some((name.to_owned(), name.to_lowercase()));
    }

    /// What a contract is called, unless it is gone.
    pub fn contract_name(&self, id: ContractId) -> Option<&str> {
        let place = self.contract_places.get(&id)?;
        self.contract(Some(*place))?.name.as_ref().map(|(name, _)| name.as_str())
    }

    /// Every contract, by name.
    pub fn contracts(&self) -> Vec<(ContractId, String)> {
        let named = |contract: &Contract| contract.name.as_ref().map(|(name, _)| (contract.id, name.clone()));
        let mut all: Vec<_> = self.contracts.iter().filter_map(named).collect();
        all.sort_by(|a, b| a.1.cmp(&b.1));
        all
    }

    /// A contract is gone; its entries, as far as there are any, have none.
    pub fn remove_contract(&mut self, id: ContractId) {
        let Some(place) = self.contract_places.get(&id).copied() else { return };
        self.contracts[place.index()].name = None;
        for item in self.items.iter_mut().filter(|item| item.contract == Some(place)) {
            item.contract = None;
        }
    }

    /// Whether there is such an entry, be it one that cannot be read.
    pub fn has(&self, id: EntryId) -> bool {
        self.places.has(id) || self.damaged.contains(&id)
    }

    pub fn len(&self) -> usize {
        self.items.len()
    }

    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Hands every entry that fits the filter to `each`, with its facts when the filter or `live` wants them.
    fn matching<'a>(
        &'a self,
        filter: &Filter,
        live: bool,
        mut facts_of: impl FnMut(&[EntryId], &mut Vec<Facts>),
        mut each: impl FnMut(&'a Item, &Facts),
    ) {
        let wanted = filter.search.to_lowercase();
        let finder = Finder::new(&wanted);
        let holds = |contract: &Contract| contract.name.as_ref().is_some_and(|(_, name)| name.contains(&wanted));
        let named: Vec<bool> = self.contracts.iter().map(|one| !wanted.is_empty() && holds(one)).collect();
        let under = match filter.under {
            Some(Under::Contract(id)) => self.contract_places.get(&id).copied(),
            Some(Under::Nothing) | None => None,
        };
        let is_live = live || filter.is_live();
        let (mut chosen, mut ids, mut facts): (Vec<&'a Item>, _, _) = (Vec::new(), Vec::new(), Vec::new());
        for chunk in self.items.chunks(CHUNK) {
            chosen.clear();
            chosen.extend(chunk.iter().filter(|item: &&'a Item| {
                let stands = match filter.under {
                    None => true,
                    Some(Under::Nothing) => item.contract.is_none(),
                    Some(Under::Contract(_)) => under.is_some() && item.contract == under,
                };
                stands
                    && (wanted.is_empty()
                        || finder.find(item.whole(&self.text).as_bytes()).is_some()
                        || item.contract.is_some_and(|place| named.get(place.index()) == Some(&true)))
            }));
            if !is_live {
                chosen.iter().for_each(|item| each(item, &Facts::UNKNOWN));
                continue;
            }
            ids.clear();
            ids.extend(chosen.iter().map(|item| item.id));
            facts.clear();
            facts_of(&ids, &mut facts);
            for (item, facts) in chosen.iter().zip(&facts).filter(|(_, facts)| filter.fits(facts)) {
                each(item, facts);
            }
        }
    }

    fn key(&self, sort: SortBy, item: &Item, facts: &Facts) -> Key<&str> {
        match sort {
            SortBy::Id => Key::Number(0),
            SortBy::Ddi | SortBy::Username | SortBy::Domain | SortBy::User => Key::Text(item.part(&self.text, sort)),
            SortBy::Contract => {
                let name = self.contract(item.contract).and_then(|contract| contract.name.as_ref());
                Key::Text(name.map_or("", |(_, name)| name))
            }
            SortBy::Status => Key::Number(urgency(facts.state)),
            SortBy::NextAction => Key::Number(facts.next_action_at().unwrap_or(i64::MAX)),
        }
    }

    /// A page of the list. `facts_of` tells what the engine says of some entries, in their order.
    pub fn page(&self, query: &ListQuery, facts_of: impl FnMut(&[EntryId], &mut Vec<Facts>)) -> Found {
        let (backwards, cursor) = match &query.from {
            From::Start => (false, None),
            From::After(cursor) => (false, Some(cursor)),
            From::Before(cursor) => (true, Some(cursor)),
        };
        let down = query.descending != backwards;
        let turned = |order: Ordering| if down { order.reverse() } else { order };
        let beyond = cursor.map(|cursor| (borrowed(&cursor.key), cursor.id));
        let mut total = 0;
        // The first `limit + 1` beyond the cursor in the order that is walked, and some that may be among them.
        let room = 4 * (query.limit + 1) + 1024;
        let mut first: Vec<(Key<&str>, i64)> = Vec::with_capacity(room);
        let mut last: Option<(Key<&str>, i64)> = None;
        let live = matches!(query.sort, SortBy::Status | SortBy::NextAction);
        self.matching(&query.filter, live, facts_of, |item, facts| {
            total += 1;
            let one = (self.key(query.sort, item, facts), item.id.0);
            if beyond.as_ref().is_some_and(|beyond| turned(one.cmp(beyond)) != Ordering::Greater) {
                return;
            }
            if last.as_ref().is_some_and(|last| turned(one.cmp(last)) != Ordering::Less) {
                return;
            }
            first.push(one);
            if first.len() == room {
                let (_, worst, _) = first.select_nth_unstable_by(query.limit, |a, b| turned(a.cmp(b)));
                last = Some(worst.clone());
                first.truncate(query.limit + 1);
            }
        });
        first.sort_unstable_by(|a, b| turned(a.cmp(b)));
        first.truncate(query.limit + 1);
        let more = first.len() > query.limit;
        first.truncate(query.limit);
        if backwards {
            first.reverse();
        }
        let (has_next, has_previous) = if backwards { (true, more) } else { (more, cursor.is_some()) };
        let cursor = |one: Option<&(Key<&str>, i64)>| one.map(|(key, id)| Cursor { key: owned(key), id: *id });
        Found {
            next: cursor(first.last()).filter(|_| has_next),
            previous: cursor(first.first()).filter(|_| has_previous),
            ids: first.into_iter().map(|(_, id)| EntryId(id)).collect(),
            total,
        }
    }

    /// How many entries of each contract, and of none, stand in each state.
    pub fn by_contract(
        &self,
        facts_of: impl FnMut(&[EntryId], &mut Vec<Facts>),
    ) -> HashMap<Option<ContractId>, HashMap<State, usize>> {
        let mut counts: HashMap<Option<ContractId>, HashMap<State, usize>> = HashMap::new();
        self.matching(&Filter::default(), true, facts_of, |item, facts| {
            let contract = self.contract(item.contract).map(|contract| contract.id);
            *counts.entry(contract).or_default().entry(facts.state).or_default() += 1;
        });
        counts
    }

    /// How many entries fail for each cause.
    pub fn by_cause(&self, facts_of: impl FnMut(&[EntryId], &mut Vec<Facts>)) -> HashMap<Cause, usize> {
        let mut counts = HashMap::new();
        self.matching(&Filter::default(), true, facts_of, |_, facts| {
            if let Some(cause) = facts.cause {
                *counts.entry(cause).or_default() += 1;
            }
        });
        counts
    }

    /// How many others have the domain of this entry, and how many of those are registered.
    pub fn beside(&self, id: EntryId, facts_of: impl FnMut(&[EntryId], &mut Vec<Facts>)) -> (usize, usize) {
        let Some(item) = self.places.get(id).and_then(|place| self.items.get(place.index())) else {
            return (0, 0);
        };
        let domain = item.part(&self.text, SortBy::Domain);
        let (mut others, mut registered) = (0, 0);
        self.matching(&Filter::default(), true, facts_of, |other, facts| {
            if other.id != id && facts.state != State::Disabled && other.part(&self.text, SortBy::Domain) == domain {
                others += 1;
                registered += usize::from(facts.state == State::Registered);
            }
        });
        (others, registered)
    }

    /// Every entry that fits the filter, by number.
    pub fn all(&self, filter: &Filter, facts_of: impl FnMut(&[EntryId], &mut Vec<Facts>)) -> Vec<EntryId> {
        let mut ids = Vec::new();
        self.matching(filter, false, facts_of, |item, _| ids.push(item.id));
        ids.sort_unstable();
        ids
    }
}
