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

/// Everything for the engine, and the numbers of those that cannot be read.
#[derive(Clone, Debug)]
pub struct LoadedForEngine {
    pub entries: Vec<Loaded>,
    pub corrupt: Vec<EntryId>,
    pub contracts: Vec<(ContractId, String)>,
}

type Both = (Row, Vec<u8>, checkpoints::Row);

impl Store {
    /// Everything for the engine. First every reserve of CSeq numbers is raised, and the old one handed out, so that a
    /// crash before the first checkpoint never uses a number twice.
    ///
    /// # Errors
    /// [`EntryError::Unavailable`].
    pub fn for_engine(&self) -> Result<LoadedForEngine, EntryError> {
        let load = |c: &mut AnyConnection| -> QueryResult<(Vec<Both>, _, _)> {
            let rows = entries::table
                .inner_join(checkpoint_rows::table)
                .order(entries::id)
                .select((Row::as_select(), entries::password, checkpoints::Row::as_select()))
                .load(c)?;
            checkpoints::raise_all(c)?;
            let names: Vec<(i64, String)> = contracts::table.select((contracts::id, contracts::name)).load(c)?;
            Ok((rows, all_terms(c)?, names))
        };
        let (rows, terms, names) = self.write(load).map_err(|error| unavailable(&error))?;
        let mut loaded = LoadedForEngine {
            entries: Vec::with_capacity(rows.len()),
            corrupt: Vec::new(),
            contracts: names.into_iter().map(|(id, name)| (ContractId(id), name)).collect(),
        };
        for row in rows {
            match self.loaded(row, &terms) {
                Ok(entry) => loaded.entries.push(entry),
                Err(id) => loaded.corrupt.push(id),
            }
        }
        Ok(loaded)
    }

    /// Those of these entries that exist and can be read, for the engine that knows them already.
    ///
    /// # Errors
    /// [`EntryError::Unavailable`].
    pub fn load_many(&self, ids: &[EntryId]) -> Result<Vec<Loaded>, EntryError> {
        let terms = self.read(all_terms).map_err(|error| unavailable(&error))?;
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

    fn loaded(&self, row: Both, terms: &HashMap<ContractId, Arc<Terms>>) -> Result<Loaded, EntryId> {
        let (row, sealed, checkpoint) = row;
        let contract = row.contract_id.map(ContractId);
        let entry = row.entry()?;
        let password = self.key.open(entry.id, &sealed).ok_or(entry.id)?;
        let terms = contract.and_then(|contract| terms.get(&contract)).cloned().unwrap_or_default();
        Ok(Loaded { entry, password, checkpoint: checkpoint.into(), terms })
    }
}
