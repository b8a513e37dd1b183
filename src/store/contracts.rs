//! Contracts, and what becomes of their entries: the row's shape is private to this file.

use std::collections::HashMap;
use std::sync::Arc;

use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};

use super::pool::{AnyConnection, Store, next_ids};
use super::schema::{contracts, entries};
use crate::domain::audit::{Change, Deed};
use crate::domain::contract::{Contract, ContractDraft, ContractError, ContractId, Orphans};
use crate::domain::entry::EntryId;
use crate::domain::terms::{Numbering, Terms};

#[derive(Queryable, Selectable)]
#[diesel(table_name = contracts)]
struct Row {
    id: i64,
    name: String,
    description: String,
    #[diesel(embed)]
    terms: TermsRow,
}

/// The columns of a contract's terms.
#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = contracts, treat_none_as_null = true)]
struct TermsRow {
    numbering: String,
    contact_address: Option<String>,
    local_address: Option<String>,
    outbound_proxy: Option<String>,
    outbound: bool,
    pace: Option<i32>,
}

impl From<&Terms> for TermsRow {
    fn from(terms: &Terms) -> Self {
        Self {
            numbering: terms.numbering.code().to_owned(),
            contact_address: terms.contact_address.as_ref().map(ToString::to_string),
            local_address: terms.local_address.map(|address| address.to_string()),
            outbound_proxy: terms.outbound_proxy.as_ref().map(ToString::to_string),
            outbound: terms.outbound,
            pace: terms.pace.and_then(|pace| i32::try_from(pace).ok()),
        }
    }
}

impl TermsRow {
    /// The terms, when every column still holds to its rules.
    fn read(&self) -> Option<Terms> {
        Some(Terms {
            numbering: Numbering::of(&self.numbering)?,
            contact_address: self.contact_address.as_deref().map(str::parse).transpose().ok()?,
            local_address: self.local_address.as_deref().map(str::parse).transpose().ok()?,
            outbound_proxy: self.outbound_proxy.as_deref().map(str::parse).transpose().ok()?,
            outbound: self.outbound,
            pace: self.pace.map(u32::try_from).transpose().ok()?,
        })
    }

    fn terms(&self, contract: i64) -> Terms {
        self.read().unwrap_or_else(|| {
            tracing::error!(contract, "the terms of this contract cannot be read: the usual ones count; save it again");
            Terms::default()
        })
    }
}

impl Row {
    fn contract(self, entries: i64) -> Contract {
        let terms = self.terms.terms(self.id);
        Contract { id: ContractId(self.id), name: self.name, description: self.description, terms, entries }
    }
}

/// What the audit tells of a contract as it is stored.
fn told(c: &mut AnyConnection, id: i64) -> QueryResult<Vec<(&'static str, String)>> {
    let row: Row = contracts::table.find(id).select(Row::as_select()).first(c)?;
    Ok(row.contract(0).told())
}

/// The terms of every contract.
pub(super) fn all_terms(c: &mut AnyConnection) -> QueryResult<HashMap<ContractId, Arc<Terms>>> {
    let rows: Vec<(i64, TermsRow)> = contracts::table.select((contracts::id, TermsRow::as_select())).load(c)?;
    Ok(rows.into_iter().map(|(id, row)| (ContractId(id), Arc::new(row.terms(id)))).collect())
}

/// The terms of a contract; the usual ones without one.
pub(super) fn terms_of(c: &mut AnyConnection, contract: Option<ContractId>) -> QueryResult<Arc<Terms>> {
    let Some(ContractId(id)) = contract else { return Ok(Arc::default()) };
    let row: Option<TermsRow> = contracts::table.find(id).select(TermsRow::as_select()).first(c).optional()?;
    Ok(row.map(|row| Arc::new(row.terms(id))).unwrap_or_default())
}

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
            let rows = contracts::table.order((contracts::name, contracts::id)).select(Row::as_select()).load(c)?;
            let counts = entries::table
                .group_by(entries::contract_id)
                .select((entries::contract_id, diesel::dsl::count(entries::id)))
                .load(c)?;
            Ok((rows, counts))
        };
        let (rows, counts) = self.read(load).map_err(|error| unavailable(&error))?;
        let counts: HashMap<Option<i64>, i64> = counts.into_iter().collect();
        let count = |id| counts.get(&Some(id)).copied().unwrap_or(0);
        Ok(rows.into_iter().map(|row| (count(row.id), row)).map(|(entries, row)| row.contract(entries)).collect())
    }

    /// # Errors
    /// [`ContractError::NotFound`] or [`ContractError::Unavailable`].
    pub fn contract(&self, id: ContractId) -> Result<Contract, ContractError> {
        let load = |c: &mut AnyConnection| -> QueryResult<(Row, i64)> {
            let row = contracts::table.find(id.0).select(Row::as_select()).first(c)?;
            let count = entries::table.filter(entries::contract_id.eq(id.0)).count().get_result(c)?;
            Ok((row, count))
        };
        let (row, entries) = self.read(load).map_err(|error| unavailable(&error))?;
        Ok(row.contract(entries))
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
                TermsRow::from(draft.terms()),
            );
            diesel::insert_into(contracts::table).values(row).execute(c)?;
            let told = told(c, id)?;
            self.record(c, Deed::ContractAdded, Some(id), draft.name(), &Change::between(&[], &told))?;
            Ok(id)
        };
        self.write(insert).map(ContractId).map_err(|error| self.name_taken(&error, draft))
    }

    /// Changes a contract; `true` when its terms are others than before.
    ///
    /// # Errors
    /// [`ContractError::NotFound`], [`ContractError::NameTaken`] or [`ContractError::Unavailable`].
    pub fn update_contract(&self, id: ContractId, draft: &ContractDraft) -> Result<bool, ContractError> {
        let change = (
            contracts::name.eq(draft.name()),
            contracts::description.eq(draft.description()),
            TermsRow::from(draft.terms()),
        );
        let update = |c: &mut AnyConnection| -> QueryResult<bool> {
            let before: Row = contracts::table.find(id.0).select(Row::as_select()).first(c)?;
            let before = before.contract(0);
            diesel::update(contracts::table.find(id.0)).set(change).execute(c)?;
            let changes = Change::between(&before.told(), &told(c, id.0)?);
            self.record(c, Deed::ContractChanged, Some(id.0), draft.name(), &changes)?;
            Ok(before.terms != *draft.terms())
        };
        self.write(update).map_err(|error| self.name_taken(&error, draft))
    }

    fn name_taken(&self, error: &Error, draft: &ContractDraft) -> ContractError {
        if matches!(error, Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) {
            let by: QueryResult<i64> =
                self.read(|c| contracts::table.filter(contracts::name.eq(draft.name())).select(contracts::id).first(c));
            return by.map_or(ContractError::Unavailable, |id| ContractError::NameTaken(ContractId(id)));
        }
        unavailable(error)
    }

    /// Deletes a contract; gives back the entries that it had.
    ///
    /// # Errors
    /// [`ContractError::NotFound`] or [`ContractError::Unavailable`].
    pub fn delete_contract(&self, id: ContractId, orphans: Orphans) -> Result<Vec<EntryId>, ContractError> {
        let delete = |c: &mut AnyConnection| -> QueryResult<Vec<i64>> {
            let mine = entries::table.filter(entries::contract_id.eq(id.0));
            let ids = mine.select(entries::id).load(c)?;
            let before: Row = contracts::table.find(id.0).select(Row::as_select()).first(c)?;
            let before = before.contract(0);
            self.record(c, Deed::ContractDeleted, Some(id.0), &before.name, &Change::between(&before.told(), &[]))?;
            if orphans == Orphans::Delete {
                let columns = (entries::id, entries::username, entries::domain, entries::ddi);
                let rows: Vec<(i64, String, String, String)> = mine.select(columns).load(c)?;
                for (id, username, domain, ddi) in rows {
                    let changes = [Change::new("ddi", Some(&ddi), None)];
                    self.record(c, Deed::EntryDeleted, Some(id), &format!("{username}@{domain}"), &changes)?;
                }
                diesel::delete(mine).execute(c)?;
            }
            diesel::delete(contracts::table.find(id.0)).execute(c)?;
            Ok(ids)
        };
        let had = self.write(delete).map_err(|error| unavailable(&error))?;
        Ok(had.into_iter().map(EntryId).collect())
    }
}
