//! What is done to many entries in one transaction, each told of in the audit.

use diesel::prelude::*;
use diesel::result::Error;

use super::entries::{Row, is_conflict};
use super::pool::{AnyConnection, Store, unavailable};
use super::schema::entries;
use crate::domain::audit::{Change, Deed};
use crate::domain::contract::ContractId;
use crate::domain::entry::{EntryError, EntryId};

fn these(c: &mut AnyConnection, ids: &[EntryId]) -> QueryResult<Vec<Row>> {
    let numbers: Vec<i64> = ids.iter().map(|id| id.0).collect();
    entries::table.filter(entries::id.eq_any(numbers)).order(entries::id).select(Row::as_select()).load(c)
}

impl Store {
    fn record_each(
        &self,
        c: &mut AnyConnection,
        deed: Deed,
        rows: &[Row],
        change: impl Fn(&Row) -> Option<Change>,
    ) -> QueryResult<()> {
        rows.iter().try_for_each(|row| {
            let name = format!("{}@{}", row.username, row.domain);
            self.record(c, deed, Some(row.id), &name, change(row).as_slice())
        })
    }

    /// Enables or disables those of these entries that exist; gives back how they stand then.
    ///
    /// # Errors
    /// [`EntryError::Unavailable`].
    pub fn enable_many(&self, ids: &[EntryId], enabled: bool, now: i64) -> Result<Vec<super::Loaded>, EntryError> {
        let set = |c: &mut AnyConnection| -> QueryResult<()> {
            let mut rows = these(c, ids)?;
            let numbers: Vec<i64> = rows.iter().map(|row| row.id).collect();
            let change = (entries::enabled.eq(enabled), entries::updated_at.eq(now));
            diesel::update(entries::table.filter(entries::id.eq_any(numbers))).set(change).execute(c)?;
            rows.retain(|row| row.enabled != enabled);
            let (before, after) = ((!enabled).to_string(), enabled.to_string());
            self.record_each(c, Deed::EntryChanged, &rows, |_| {
                Some(Change::new("enabled", Some(&before), Some(&after)))
            })
        };
        self.write(set).map_err(|error: Error| unavailable(&error))?;
        self.load_many(ids)
    }

    /// Moves those of these entries that exist into a contract, or out of any; gives back how they stand then.
    ///
    /// # Errors
    /// [`EntryError::NotFound`] when there is no such contract, or [`EntryError::Unavailable`].
    pub fn move_many(
        &self,
        ids: &[EntryId],
        contract: Option<ContractId>,
        now: i64,
    ) -> Result<Vec<super::Loaded>, EntryError> {
        let set = |c: &mut AnyConnection| -> QueryResult<()> {
            let mut rows = these(c, ids)?;
            let numbers: Vec<i64> = rows.iter().map(|row| row.id).collect();
            let change = (entries::contract_id.eq(contract.map(|contract| contract.0)), entries::updated_at.eq(now));
            diesel::update(entries::table.filter(entries::id.eq_any(numbers))).set(change).execute(c)?;
            rows.retain(|row| row.contract_id != contract.map(|contract| contract.0));
            let after = contract.map(|contract| contract.to_string());
            self.record_each(c, Deed::EntryChanged, &rows, |row| {
                let before = row.contract_id.map(|id| id.to_string());
                Some(Change::new("contract_id", before.as_deref(), after.as_deref()))
            })
        };
        match self.write(set) {
            Err(error) if is_conflict(&error) => return Err(EntryError::NotFound),
            Err(error) => return Err(unavailable(&error)),
            Ok(()) => {}
        }
        self.load_many(ids)
    }

    /// Deletes those of these entries that exist; gives back which.
    ///
    /// # Errors
    /// [`EntryError::Unavailable`].
    pub fn delete_many(&self, ids: &[EntryId]) -> Result<Vec<EntryId>, EntryError> {
        let delete = |c: &mut AnyConnection| -> QueryResult<Vec<Row>> {
            let rows = these(c, ids)?;
            let numbers: Vec<i64> = rows.iter().map(|row| row.id).collect();
            diesel::delete(entries::table.filter(entries::id.eq_any(numbers))).execute(c)?;
            self.record_each(c, Deed::EntryDeleted, &rows, |row| Some(Change::new("ddi", Some(&row.ddi), None)))?;
            Ok(rows)
        };
        let gone = self.write(delete).map_err(|error: Error| unavailable(&error))?;
        Ok(gone.into_iter().map(|row| EntryId(row.id)).collect())
    }

    /// Tells what is wished of these entries; gives back those that exist.
    ///
    /// # Errors
    /// [`EntryError::Unavailable`].
    pub fn wish_many(&self, ids: &[EntryId], deed: Deed) -> Result<Vec<EntryId>, EntryError> {
        let tell = |c: &mut AnyConnection| -> QueryResult<Vec<Row>> {
            let rows = these(c, ids)?;
            self.record_each(c, deed, &rows, |_| None)?;
            Ok(rows)
        };
        let there = self.write(tell).map_err(|error: Error| unavailable(&error))?;
        Ok(there.into_iter().map(|row| EntryId(row.id)).collect())
    }
}
