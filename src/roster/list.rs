//! The list: what is asked of it is answered from memory, and only the page that was found is read from the store.

use std::collections::HashMap;

use super::entries::Listed;
use super::query::{Filter, ListQuery, Total};
use super::waist::Roster;
use crate::domain::contract::ContractId;
use crate::domain::entry::{Entry, EntryError, EntryId};
use crate::domain::status::{Cause, State};

/// A page of the list.
#[derive(Clone, Debug, Default)]
pub struct ListPage {
    pub items: Vec<Listed>,
    /// How many entries fit the filter.
    pub total: Total,
    /// How many entries there are at all.
    pub all: usize,
    /// How many entries are stored and cannot be read.
    pub damaged: usize,
    /// Opaque cursors.
    pub next: Option<String>,
    pub previous: Option<String>,
}

impl Roster {
    /// A page of the list.
    ///
    /// # Errors
    /// [`EntryError::Unavailable`].
    pub async fn page(&self, query: ListQuery) -> Result<ListPage, EntryError> {
        let (catalog, board) = (self.catalog.clone(), self.engine.board().clone());
        let find = move |store: &crate::store::Store| {
            let (found, all, damaged) = {
                let catalog = catalog.sorted(query.sort);
                let found = catalog.page(&query, &board);
                (found, catalog.len(), catalog.damaged())
            };
            let entries = store.find_many(&found.ids)?;
            Ok::<_, EntryError>((found, entries, all, damaged))
        };
        let (found, entries, all, damaged) = self.ask(find).await??;
        let mut by_id: HashMap<EntryId, Entry> = entries.into_iter().map(|entry| (entry.id, entry)).collect();
        Ok(ListPage {
            items: found.ids.iter().filter_map(|id| by_id.remove(id)).map(|entry| self.listed(entry)).collect(),
            total: found.total,
            all,
            damaged,
            next: found.next.map(|cursor| cursor.to_string()),
            previous: found.previous.map(|cursor| cursor.to_string()),
        })
    }

    /// What a contract is called, unless it is gone.
    pub fn contract_name(&self, id: ContractId) -> Option<String> {
        self.catalog.read().contract_name(id).map(str::to_owned)
    }

    /// Names of all contracts, by name.
    pub fn contract_names(&self) -> Vec<(ContractId, String)> {
        self.catalog.read().contracts()
    }

    /// How many entries of each contract, and of none, stand in each state.
    ///
    /// # Errors
    /// [`EntryError::Unavailable`].
    pub async fn by_contract(&self) -> Result<HashMap<Option<ContractId>, HashMap<State, usize>>, EntryError> {
        let (catalog, board) = (self.catalog.clone(), self.engine.board().clone());
        Ok(self.ask(move |_| catalog.read().by_contract(&board)).await?)
    }

    /// How many entries fail for each cause.
    ///
    /// # Errors
    /// [`EntryError::Unavailable`].
    pub async fn by_cause(&self) -> Result<HashMap<Cause, usize>, EntryError> {
        let (catalog, board) = (self.catalog.clone(), self.engine.board().clone());
        Ok(self.ask(move |_| catalog.read().by_cause(&board)).await?)
    }

    /// How many others have the domain of this entry, and how many of those are registered.
    ///
    /// # Errors
    /// [`EntryError::Unavailable`].
    pub async fn beside(&self, id: EntryId) -> Result<(usize, usize), EntryError> {
        let (catalog, board) = (self.catalog.clone(), self.engine.board().clone());
        Ok(self.ask(move |_| catalog.read().beside(id, &board)).await?)
    }

    /// Every entry that fits the filter, by number.
    ///
    /// # Errors
    /// [`EntryError::Unavailable`].
    pub async fn matching(&self, filter: Filter) -> Result<Vec<EntryId>, EntryError> {
        let (catalog, board) = (self.catalog.clone(), self.engine.board().clone());
        Ok(self.ask(move |_| catalog.read().all(&filter, &board)).await?)
    }
}
