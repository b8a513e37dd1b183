//! Entries with all that the engine needs of them, many at once.

use std::collections::HashMap;
use std::sync::Arc;

use diesel::prelude::*;

use super::checkpoints;
use super::contracts::all_terms;
use super::entries::{Loaded, Row};
use super::pool::{AnyConnection, Store, unavailable};
use super::schema::{checkpoints as checkpoint_rows, contracts, entries};
use super::seal::SealKey;
use crate::domain::contract::ContractId;
use crate::domain::entry::{EntryError, EntryId};
use crate::domain::terms::Terms;

/// Entries of one batch: what is held of them beside what the engine keeps is small, however many there are.
const BATCH: i64 = 4_000;

/// Entries for the engine, and the numbers of those that cannot be read.
#[derive(Clone, Debug, Default)]
pub struct LoadedForEngine {
    pub entries: Vec<Loaded>,
    pub corrupt: Vec<EntryId>,
}

/// Everything for the engine, batch by batch.
pub struct Loading {
    pub contracts: Vec<(ContractId, String)>,
    store: Store,
    basis: Arc<Basis>,
    after: i64,
}

/// Entries as they are stored, passwords sealed.
pub struct Batch {
    key: SealKey,
    basis: Arc<Basis>,
    rows: Vec<Both>,
}

/// What is stored once for many entries.
#[derive(Debug, Default)]
struct Basis {
    /// Of each contract.
    terms: HashMap<ContractId, Arc<Terms>>,
    /// Of no contract.
    none: Arc<Terms>,
    /// CSeq numbers that starts have taken in advance.
    taken: i64,
}

type Both = (Row, Vec<u8>, checkpoints::Row);

impl Loading {
    /// The next batch; nothing when that was all.
    ///
    /// # Errors
    /// [`EntryError::Unavailable`].
    pub fn next_batch(&mut self) -> Result<Option<Batch>, EntryError> {
        let query = entries::table
            .inner_join(checkpoint_rows::table)
            .filter(entries::id.gt(self.after))
            .order(entries::id)
            .limit(BATCH)
            .select((Row::as_select(), entries::password, checkpoints::Row::as_select()));
        let rows: Vec<Both> = self.store.read(|c| query.load(c)).map_err(|error| unavailable(&error))?;
        let Some((last, ..)) = rows.last() else { return Ok(None) };
        self.after = last.id;
        Ok(Some(Batch { key: self.store.key.clone(), basis: Arc::clone(&self.basis), rows }))
    }
}

impl Batch {
    /// Opens the passwords.
    pub fn open(self) -> LoadedForEngine {
        let mut loaded = LoadedForEngine { entries: Vec::with_capacity(self.rows.len()), corrupt: Vec::new() };
        for row in self.rows {
            match self.basis.open(&self.key, row) {
                Ok(entry) => loaded.entries.push(entry),
                Err(id) => loaded.corrupt.push(id),
            }
        }
        loaded
    }
}

impl Basis {
    fn read(c: &mut AnyConnection) -> QueryResult<Self> {
        Ok(Self { terms: all_terms(c)?, none: Arc::default(), taken: checkpoints::taken(c)? })
    }

    fn open(&self, key: &SealKey, (row, sealed, checkpoint): Both) -> Result<Loaded, EntryId> {
        let contract = row.contract_id.map(ContractId);
        let entry = row.entry()?;
        let password = key.open(entry.id, &sealed).ok_or(entry.id)?;
        let terms = contract.and_then(|contract| self.terms.get(&contract)).unwrap_or(&self.none).clone();
        Ok(Loaded { entry, password, checkpoint: checkpoint.checkpoint(self.taken), terms })
    }
}

impl Store {
    /// Everything for the engine. Reserves of CSeq numbers are raised for all, and the old ones handed out, so that a crash
    /// before the first checkpoint never uses a number twice.
    ///
    /// # Errors
    /// [`EntryError::Unavailable`].
    pub fn for_engine(&self) -> Result<Loading, EntryError> {
        let load = |c: &mut AnyConnection| -> QueryResult<(Basis, Vec<(i64, String)>)> {
            let basis = Basis { taken: checkpoints::take(c)?, ..Basis::read(c)? };
            Ok((basis, contracts::table.select((contracts::id, contracts::name)).load(c)?))
        };
        let (basis, names) = self.write(load).map_err(|error| unavailable(&error))?;
        self.settle().map_err(|error| unavailable(&error))?;
        Ok(Loading {
            contracts: names.into_iter().map(|(id, name)| (ContractId(id), name)).collect(),
            store: self.clone(),
            basis: Arc::new(basis),
            after: i64::MIN,
        })
    }

    /// Those of these entries that exist and can be read, for the engine that knows them already.
    ///
    /// # Errors
    /// [`EntryError::Unavailable`].
    pub fn load_many(&self, ids: &[EntryId]) -> Result<Vec<Loaded>, EntryError> {
        let basis = self.read(Basis::read).map_err(|error| unavailable(&error))?;
        let mut out = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(10_000) {
            let numbers: Vec<i64> = chunk.iter().map(|id| id.0).collect();
            let query = entries::table
                .inner_join(checkpoint_rows::table)
                .filter(entries::id.eq_any(numbers))
                .order(entries::id)
                .select((Row::as_select(), entries::password, checkpoints::Row::as_select()));
            let rows: Vec<Both> = self.read(|c| query.load(c)).map_err(|error| unavailable(&error))?;
            out.extend(rows.into_iter().filter_map(|row| basis.open(&self.key, row).ok()));
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
}
