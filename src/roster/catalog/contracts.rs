//! Contracts as the list knows them: what they are called, and whose they are.

use std::collections::HashMap;

use crate::domain::contract::ContractId;
use crate::domain::dense::Place;
use crate::domain::entry::EntryId;
use crate::domain::set::EntrySet;

#[derive(Debug)]
struct Contract {
    id: ContractId,
    /// As it is, and in lower case.
    name: Option<(String, String)>,
    entries: EntrySet,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Contracts {
    /// Every contract that there ever was since the start; those that are gone have no name.
    all: Vec<Contract>,
    places: HashMap<ContractId, Place>,
    /// Entries of none.
    without: EntrySet,
}

impl Contracts {
    /// The place of a contract, be it one that has no name yet.
    pub(super) fn place(&mut self, id: ContractId) -> Place {
        if let Some(place) = self.places.get(&id) {
            return *place;
        }
        // Nobody has four billion contracts.
        let place = Place::of(u32::try_from(self.all.len()).unwrap_or(u32::MAX));
        self.all.push(Contract { id, name: None, entries: EntrySet::default() });
        self.places.insert(id, place);
        place
    }

    /// A contract is called so.
    pub(super) fn name(&mut self, id: ContractId, name: &str) {
        let place = self.place(id);
        self.all[place.index()].name = Some((name.to_owned(), name.to_lowercase()));
    }

    /// What a contract is called, unless it is gone.
    pub(super) fn name_of(&self, id: ContractId) -> Option<&str> {
        let place = self.places.get(&id)?;
        self.all.get(place.index())?.name.as_ref().map(|(name, _)| name.as_str())
    }

    /// What those of this one are sorted by; nothing when there is none.
    pub(super) fn key(&self, place: Option<Place>) -> &str {
        let contract = place.and_then(|place| self.all.get(place.index()));
        contract.and_then(|contract| contract.name.as_ref()).map_or("", |(_, name)| name)
    }

    /// Every contract, by name.
    pub(super) fn names(&self) -> Vec<(ContractId, String)> {
        let named = |contract: &Contract| contract.name.as_ref().map(|(name, _)| (contract.id, name.clone()));
        let mut all: Vec<_> = self.all.iter().filter_map(named).collect();
        all.sort_by(|a, b| a.1.cmp(&b.1));
        all
    }

    /// An entry is of this contract, or of none.
    pub(super) fn add(&mut self, place: Option<Place>, id: EntryId) {
        self.held(place).insert(id);
    }

    /// An entry is not of this contract any more, or not of none.
    pub(super) fn forget(&mut self, place: Option<Place>, id: EntryId) {
        self.held(place).remove(id);
    }

    fn held(&mut self, place: Option<Place>) -> &mut EntrySet {
        match place.and_then(|place| self.all.get_mut(place.index())) {
            Some(contract) => &mut contract.entries,
            None => &mut self.without,
        }
    }

    /// A contract is gone; its entries, which are told, have none.
    pub(super) fn remove(&mut self, id: ContractId) -> EntrySet {
        let contract = self.places.get(&id).and_then(|place| self.all.get_mut(place.index()));
        let Some(contract) = contract else { return EntrySet::default() };
        contract.name = None;
        let entries = std::mem::take(&mut contract.entries);
        self.without |= &entries;
        entries
    }

    /// Entries of a contract, or of none.
    pub(super) fn entries(&self, id: Option<ContractId>) -> Option<&EntrySet> {
        match id {
            None => Some(&self.without),
            Some(id) => self.places.get(&id).and_then(|place| self.all.get(place.index())).map(|found| &found.entries),
        }
    }

    /// Every contract that has entries, and none, with those.
    pub(super) fn all(&self) -> impl Iterator<Item = (Option<ContractId>, &EntrySet)> {
        let of = self.all.iter().map(|contract| (Some(contract.id), &contract.entries));
        of.chain([(None, &self.without)]).filter(|(_, entries)| !entries.is_empty())
    }

    /// Entries of every contract whose name has this piece, in lower case, in it.
    pub(super) fn named<'a>(&'a self, piece: &'a str) -> impl Iterator<Item = &'a EntrySet> {
        let holds = move |contract: &&Contract| contract.name.as_ref().is_some_and(|(_, name)| name.contains(piece));
        self.all.iter().filter(holds).map(|contract| &contract.entries)
    }
}
