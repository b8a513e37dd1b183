//! Entries with all that the engine needs of them, many at once.

use std::collections::HashMap;
use std::sync::Arc;

use diesel::prelude::*;

use super::checkpoints;
use super::contracts::all_terms;
use super::entries::{Loaded, Row};
use super::pool::{AnyConnection, Store, unavailable};
use super::schema::{checkpoints as checkpoint_rows, contracts, entries};
use crate::domain::contract::ContractId;
use crate::domain::entry::{EntryError, EntryId};
use crate::domain::terms::Terms;

/// Entries of one batch: what is held of them beside what the engine keeps is small, however many there are.
const BATCH: i64 = 10_000;

/// Entries for the engine, and the numbers of those that cannot be read.
#[derive(Clone, Debug, Default)]
pub struct LoadedForEngine {
    pub entries: Vec<Loaded>,
    pub corrupt: Vec<EntryId>,
}

/// Everything for the engine, batch by batch.
pub struct Loading {
    store: Store,
    pub contracts: Vec<(ContractId, String)>,
    terms: TermsOf,
    after: i64,
}

/// The terms of each contract, and those of none.
#[derive(Debug, Default)]
struct TermsOf {
    contracts: HashMap<ContractId, Arc<Terms>>,
    none: Arc<Terms>,
}

type Both = (Row, Vec<u8>, checkpoints::Row);

impl Loading {
    /// The next batch; nothing when that was all. Its reserves of CSeq numbers are raised, and the old ones handed out, so
    /// that a crash before the first checkpoint never uses a number twice.
    ///
    /// # Errors
    /// [`EntryError::Unavailable`].
    pub fn next_batch(&mut self) -> Result<Option<LoadedForEngine>, EntryError> {
        let query = entries::table
            .inner_join(checkpoint_rows::table)
            .filter(entries::id.gt(self.after))
            .order(entries::id)
            .limit(BATCH)
            .select((Row::as_select(), entries::password, checkpoints::Row::as_select()));
        let after = self.after;
        let load = |c: &mut AnyConnection| -> QueryResult<Vec<Both>> {
            let rows: Vec<Both> = query.load(c)?;
            if let Some((last, ..)) = rows.last() {
                checkpoints::raise(c, after, last.id)?;
            }
            Ok(rows)
        };
        let rows = self.store.write(load).map_err(|error| unavailable(&error))?;
        let mut loaded = LoadedForEngine::default();
        for (row, password, checkpoint) in rows {
            self.after = row.id;
            match self.store.loaded((row, password, checkpoint), &self.terms) {
                Ok(entry) => loaded.entries.push(entry),
                Err(id) => loaded.corrupt.push(id),
            }
        }
        Ok(Some(loaded).filter(|loaded| !loaded.entries.is_empty() || !loaded.corrupt.is_empty()))
    }
}

impl Store {
    /// Everything for the engine.
    ///
    /// # Errors
    /// [`EntryError::Unavailable`].
    pub fn for_engine(&self) -> Result<Loading, EntryError> {
        let load = |c: &mut AnyConnection| -> QueryResult<(HashMap<_, _>, Vec<(i64, String)>)> {
            Ok((all_terms(c)?, contracts::table.select((contracts::id, contracts::name)).load(c)?))
        };
        let (terms, names) = self.read(load).map_err(|error| unavailable(&error))?;
        Ok(Loading {
            store: self.clone(),
            contracts: names.into_iter().map(|(id, name)| (ContractId(id), name)).collect(),
            terms: TermsOf { contracts: terms, none: Arc::default() },
            after: i64::MIN,
        })
    }

    /// Those of these entries that exist and can be read, for the engine that knows them already.
    ///
    /// # Errors
    /// [`EntryError::Unavailable`].
    pub fn load_many(&self, ids: &[EntryId]) -> Result<Vec<Loaded>, EntryError> {
        let contracts = self.read(all_terms).map_err(|error| unavailable(&error))?;
        let terms = TermsOf { contracts, none: Arc::default() };
        let mut out = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(10_000) {
            let numbers: Vec<i64> = chunk.iter().map(|id| id.0).collect();
            let query = entries::table
                .inner_join(checkpoint_rows::table)
                .filter(entries::id.eq_any(numbers))
                .order(entries::id)
                .select((Row::as_select(), entries::password, checkpoints::Row::as_select()));
            let rows: Vec<Both> = self.read(|c| query.load(c)).map_err(|error| unavailable(&error))?;
            out.extend(rows.into_iter().filter_map(|row| self.loaded(row, &terms).ok()));
        }
        Ok(out)
    }

    /// The numbers of the entries of a contract.
    ///
    /// # Errors
    /// [`EntryError::Unavailable`].
    pub fn of_contract(&self, contract: ContractId) -> Result<Vec<EntryId>, EntryError> {
        let query = entries::table.filter(entries::contract_id.eq(contract.0)).order(entries::id).select(entries::id);
        let ids: Vec<i64> = self.read(|c| query.load(c)).map_err(|error| unavailable(&error))?;
        Ok(ids.into_iter().map(EntryId).collect())
    }

    fn loaded(&self, row: Both, terms: &TermsOf) -> Result<Loaded, EntryId> {
        let (row, sealed, checkpoint) = row;
        let contract = row.contract_id.map(ContractId);
        let entry = row.entry()?;
        let password = self.key.open(entry.id, &sealed).ok_or(entry.id)?;
        let terms = contract.and_then(|contract| terms.contracts.get(&contract)).unwrap_or(&terms.none).clone();
        Ok(Loaded { entry, password, checkpoint: checkpoint.into(), terms })
    }
}
