//! Contracts, and what becomes of their entries.

use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};

use super::pool::{AnyConnection, Store, next_ids};
use super::schema::{contracts, entries};
use crate::domain::contract::{Contract, ContractDraft, ContractError, ContractId, Orphans};
use crate::domain::entry::EntryId;

type Row = (i64, String, String);
/// A contract, or none, and how many entries it has.
type Counted = (Option<i64>, i64);

fn unavailable(error: &Error) -> ContractError {
    if matches!(error, Error::NotFound) {
        return ContractError::NotFound;
    }
    tracing::warn!(%error, "the database did not do what it was asked");
    ContractError::Unavailable
}

impl Store {
    /// All contracts by name, with how many entries each has.
    ///
    /// # Errors
    /// [`ContractError::Unavailable`].
    pub fn contracts(&self) -> Result<Vec<Contract>, ContractError> {
        let load = |c: &mut AnyConnection| -> QueryResult<(Vec<Row>, Vec<Counted>)> {
            let rows = contracts::table.order((contracts::name, contracts::id)).load(c)?;
            let counts = entries::table
                .group_by(entries::contract_id)
                .select((entries::contract_id, diesel::dsl::count(entries::id)))
                .load(c)?;
            Ok((rows, counts))
        };
        let (rows, counts) = self.read(load).map_err(|error| unavailable(&error))?;
        let counts: std::collections::HashMap<Option<i64>, i64> = counts.into_iter().collect();
        let contract = |(id, name, description)| {
            let entries = counts.get(&Some(id)).copied().unwrap_or(0);
            Contract { id: ContractId(id), name, description, entries }
        };
        Ok(rows.into_iter().map(contract).collect())
    }

    /// # Errors
    /// [`ContractError::NotFound`] or [`ContractError::Unavailable`].
    pub fn contract(&self, id: ContractId) -> Result<Contract, ContractError> {
        let load = |c: &mut AnyConnection| -> QueryResult<(Row, i64)> {
            let row = contracts::table.find(id.0).first(c)?;
            let count = entries::table.filter(entries::contract_id.eq(id.0)).count().get_result(c)?;
            Ok((row, count))
        };
        let ((_, name, description), entries) = self.read(load).map_err(|error| unavailable(&error))?;
        Ok(Contract { id, name, description, entries })
    }

    /// # Errors
    /// [`ContractError::NameTaken`] or [`ContractError::Unavailable`].
    pub fn insert_contract(&self, draft: &ContractDraft) -> Result<ContractId, ContractError> {
        let insert = |c: &mut AnyConnection| -> QueryResult<i64> {
            let id = next_ids(c, "contracts", 1)?;
            let row = (
                contracts::id.eq(id),
                contracts::name.eq(draft.name()),
                contracts::description.eq(draft.description()),
            );
            diesel::insert_into(contracts::table).values(row).execute(c)?;
            Ok(id)
        };
        self.write(insert).map(ContractId).map_err(|error| self.name_taken(&error, draft))
    }

    /// # Errors
    /// [`ContractError::NotFound`], [`ContractError::NameTaken`] or [`ContractError::Unavailable`].
    pub fn update_contract(&self, id: ContractId, draft: &ContractDraft) -> Result<(), ContractError> {
        let change = (contracts::name.eq(draft.name()), contracts::description.eq(draft.description()));
        let changed = self.write(|c| diesel::update(contracts::table.find(id.0)).set(change).execute(c));
        match changed.map_err(|error| self.name_taken(&error, draft))? {
            0 => Err(ContractError::NotFound),
            _ => Ok(()),
        }
    }

    fn name_taken(&self, error: &Error, draft: &ContractDraft) -> ContractError {
        if matches!(error, Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) {
            let by: QueryResult<i64> =
                self.read(|c| contracts::table.filter(contracts::name.eq(draft.name())).select(contracts::id).first(c));
            return by.map_or(ContractError::Unavailable, |id| ContractError::NameTaken(ContractId(id)));
        }
        unavailable(error)
    }

    /// Deletes a contract; gives back the entries that were deleted with it.
    ///
    /// # Errors
    /// [`ContractError::NotFound`] or [`ContractError::Unavailable`].
    pub fn delete_contract(&self, id: ContractId, orphans: Orphans) -> Result<Vec<EntryId>, ContractError> {
        let delete = |c: &mut AnyConnection| -> QueryResult<Vec<i64>> {
            let mine = entries::table.filter(entries::contract_id.eq(id.0));
            let deleted = match orphans {
                Orphans::Keep => Vec::new(),
                Orphans::Delete => {
                    let ids = mine.select(entries::id).load(c)?;
                    diesel::delete(mine).execute(c)?;
                    ids
                }
            };
            match diesel::delete(contracts::table.find(id.0)).execute(c)? {
                0 => Err(Error::NotFound),
                _ => Ok(deleted),
            }
        };
        let deleted = self.write(delete).map_err(|error| unavailable(&error))?;
        Ok(deleted.into_iter().map(EntryId).collect())
    }
}
