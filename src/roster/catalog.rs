//! The list in memory: what is searched, filtered and sorted by, of every entry. Columns are kept in order, pieces of text
//! are looked for where they may be, and who is of which contract or in which state is kept as sets: what is asked costs
//! what a page shows, or what may be meant where that is little, not what is stored; when those who fit come late in an
//! order, the others are passed over with a bit for each place. Pure: what the engine says is an argument.

mod contracts;
mod first;
mod fitting;
mod grams;
mod order;
mod page;
mod rows;
mod search;

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use contracts::Contracts;
pub use fitting::Patience;
use grams::Grams;
use order::Order;
use rows::{Row, Rows, Written};

use super::query::{Filter, SortBy};
use crate::domain::contract::ContractId;
use crate::domain::dense::Place;
use crate::domain::entry::{Details, EntryId};
use crate::domain::set::EntrySet;
use crate::domain::status::{Cause, State};
use crate::engine::Board;

/// See the module.
#[derive(Debug, Default)]
pub struct Catalog {
    rows: Rows,
    contracts: Contracts,
    grams: Grams,
    /// Columns of text that somebody has sorted by.
    orders: HashMap<SortBy, Order>,
    /// Entries that are stored and cannot be read.
    damaged: HashSet<EntryId>,
    /// How far a page counts.
    patience: Patience,
}

/// What a row is sorted by, in a column of text.
fn key<'a>(rows: &'a Rows, contracts: &'a Contracts, column: SortBy, row: &Row) -> (&'a str, i64) {
    let text = if column == SortBy::Contract { contracts.key(row.contract) } else { rows.part(row, column) };
    (text, row.id.0)
}

/// How rows at two places stand to each other, in a column of text.
fn compare(rows: &Rows, contracts: &Contracts, column: SortBy, a: Place, b: Place) -> Ordering {
    let key = |place| rows.get(place).map(|row| key(rows, contracts, column, row));
    key(a).cmp(&key(b))
}

impl Catalog {
    /// A list whose pages count so far.
    pub fn with(patience: Patience) -> Self {
        Self { patience, ..Self::default() }
    }

    /// Takes an entry in, or what was edited of it.
    pub fn put(&mut self, id: EntryId, details: &Details) {
        self.damaged.remove(&id);
        let written = Written::of(details);
        let contract = details.contract.map(|id| self.contracts.place(id));
        if let Some(place) = self.rows.place(id)
            && let Some(row) = self.rows.get(place).copied()
        {
            if row.contract == contract && self.rows.says(&row, &written) {
                return;
            }
            self.out_of_orders(place);
            self.contracts.forget(row.contract, id);
            self.rows.write(id, &written, contract);
            self.grams.forget(place, |place| self.rows.text_at(place));
        } else {
            self.rows.write(id, &written, contract);
        }
        self.contracts.add(contract, id);
        let Some(place) = self.rows.place(id) else { return };
        self.grams.add(place, self.rows.text_at(place.index()).unwrap_or_default());
        for (column, order) in &mut self.orders {
            order.insert(place, |other| compare(&self.rows, &self.contracts, *column, other, place));
        }
    }

    fn out_of_orders(&mut self, place: Place) {
        for (column, order) in &mut self.orders {
            order.remove(|other| compare(&self.rows, &self.contracts, *column, other, place));
        }
    }

    /// The entry is gone.
    pub fn remove(&mut self, id: EntryId) {
        self.damaged.remove(&id);
        let (Some(place), Some(last)) = (self.rows.place(id), self.rows.last()) else { return };
        self.out_of_orders(place);
        if place != last {
            for (column, order) in &mut self.orders {
                order.rename(place, |other| compare(&self.rows, &self.contracts, *column, other, last));
            }
        }
        self.contracts.forget(self.rows.get(place).and_then(|row| row.contract), id);
        self.rows.take(place);
        self.grams.forget(last, |place| self.rows.text_at(place));
        if let Some(moved) = self.rows.text_at(place.index()) {
            self.grams.add(place, moved);
            self.grams.forget(place, |place| self.rows.text_at(place));
        }
    }

    /// Keeps a column of text in order from now on: its pages are found without a look at the rest. Looks at
    /// everybody, once.
    pub fn sort(&mut self, column: SortBy) {
        if self.is_sorted(column) {
            return;
        }
        // A number of the first letters spares most of the looks at two texts that lie apart.
        let first = |text: &str| {
            let mut bytes = [0; 16];
            bytes.iter_mut().zip(text.bytes()).for_each(|(to, byte)| *to = byte);
            u128::from_be_bytes(bytes)
        };
        let keys = (0..).map(Place::of).zip(self.rows.all());
        let mut keys: Vec<(u128, Place)> =
            keys.map(|(place, row)| (first(key(&self.rows, &self.contracts, column, row).0), place)).collect();
        keys.sort_unstable_by(|a, b| {
            a.0.cmp(&b.0).then_with(|| compare(&self.rows, &self.contracts, column, a.1, b.1))
        });
        let places: Vec<Place> = keys.into_iter().map(|(_, place)| place).collect();
        self.orders.insert(column, Order::of(&places));
    }

    /// Whether pages of this column are found without a look at the rest.
    pub fn is_sorted(&self, column: SortBy) -> bool {
        !column.is_text() || self.orders.contains_key(&column)
    }

    /// The entry is stored and cannot be read.
    pub fn note_damaged(&mut self, id: EntryId) {
        self.damaged.insert(id);
    }

    /// How many entries are stored and cannot be read.
    pub fn damaged(&self) -> usize {
        self.damaged.len()
    }

    /// A contract is called so.
    pub fn name_contract(&mut self, id: ContractId, name: &str) {
        self.contracts.name(id, name);
        self.orders.remove(&SortBy::Contract);
    }

    /// What a contract is called, unless it is gone.
    pub fn contract_name(&self, id: ContractId) -> Option<&str> {
        self.contracts.name_of(id)
    }

    /// Every contract, by name.
    pub fn contracts(&self) -> Vec<(ContractId, String)> {
        self.contracts.names()
    }

    /// A contract is gone; its entries, as far as there are any, have none.
    pub fn remove_contract(&mut self, id: ContractId) {
        for id in self.contracts.remove(id).iter() {
            if let Some(place) = self.rows.place(id) {
                self.rows.set_contract(place, None);
            }
        }
        self.orders.remove(&SortBy::Contract);
    }

    /// Whether there is such an entry, be it one that cannot be read.
    pub fn has(&self, id: EntryId) -> bool {
        self.rows.there().has(id) || self.damaged.contains(&id)
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Rows of everybody who may have this text, neighbours together.
    fn rows_near(&self, text: &str) -> impl Iterator<Item = &[Row]> {
        let all = self.rows.all();
        self.grams.places(text).filter_map(|places| all.get(places.start..all.len().min(places.end)))
    }

    /// Entries in a state.
    fn in_state(&self, state: State, board: &Board) -> EntrySet {
        let mut held = board.in_state(state);
        held &= self.rows.there();
        if state == State::Unknown {
            let mut unknown = self.rows.there().clone();
            unknown -= &board.known();
            held |= &unknown;
        }
        held
    }

    /// How many entries of each contract, and of none, stand in each state.
    pub fn by_contract(&self, board: &Board) -> HashMap<Option<ContractId>, HashMap<State, usize>> {
        let states: Vec<_> = State::ALL.iter().map(|state| (*state, self.in_state(*state, board))).collect();
        let counts = |entries: &EntrySet| {
            let counts = states.iter().map(|(state, held)| (*state, held.shared(entries)));
            counts.filter(|(_, count)| *count > 0).collect()
        };
        self.contracts.all().map(|(id, entries)| (id, counts(entries))).collect()
    }

    /// How many entries fail for each cause.
    pub fn by_cause(&self, board: &Board) -> HashMap<Cause, usize> {
        let failing = |cause: &Cause| (*cause, board.failing_for(*cause).shared(self.rows.there()));
        Cause::ALL.iter().map(failing).filter(|(_, count)| *count > 0).collect()
    }

    /// How many others have the domain of this entry, and how many of those are registered.
    pub fn beside(&self, id: EntryId, board: &Board) -> (usize, usize) {
        let Some(row) = self.rows.place(id).and_then(|place| self.rows.get(place)) else { return (0, 0) };
        let domain = self.rows.part(row, SortBy::Domain);
        let same = |other: &&Row| other.id != id && self.rows.part(other, SortBy::Domain) == domain;
        let mut others: EntrySet = self.rows_near(domain).flatten().filter(same).map(|other| other.id).collect();
        others -= &board.in_state(State::Disabled);
        (others.len(), others.shared(&board.in_state(State::Registered)))
    }

    /// Every entry that fits the filter, by number.
    pub fn all(&self, filter: &Filter, board: &Board) -> Vec<EntryId> {
        self.fitting(filter, board, Patience::ENDLESS, 0).all().iter().collect()
    }
}
