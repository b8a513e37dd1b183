//! What an account that is tried out is made of, beside what was typed.

use std::sync::Arc;

use diesel::prelude::*;

use super::checkpoints;
use super::contracts::terms_of;
use super::pool::{AnyConnection, Store, unavailable};
use super::schema::{contracts, entries};
use crate::domain::account::Secret;
use crate::domain::audit::Deed;
use crate::domain::entry::{Details, EntryError, EntryId, Fault, Field};
use crate::domain::terms::Terms;

/// See the module.
#[derive(Clone, Debug)]
pub struct TrialBasis {
    /// Of the entry that the account may become.
    pub password: Option<Secret>,
    pub terms: Arc<Terms>,
    /// An entry has this account or this DDI, or is being edited: what it has at the registrar must stand. Its Call-ID.
    pub in_use: Option<String>,
}

impl Store {
    /// Looks up what a trial of these details needs, and writes down that there is one. `entry` is the one that is being
    /// edited: its password is used when none was typed.
    ///
    /// # Errors
    /// [`EntryError::Refused`] without such a contract, [`EntryError::NotFound`] or [`EntryError::Corrupt`] of the entry,
    /// [`EntryError::Unavailable`].
    pub fn trial_basis(&self, details: &Details, entry: Option<EntryId>) -> Result<TrialBasis, EntryError> {
        let (username, domain) = (details.username.as_str(), details.domain.to_string());
        let look = |c: &mut AnyConnection| -> QueryResult<_> {
            let same = entries::table.filter(entries::username.eq(username)).filter(entries::domain.eq(&domain));
            let about: Option<i64> = same.select(entries::id).first(c).optional()?;
            let by_ddi = entries::table.filter(entries::ddi.eq(details.ddi.as_str())).select(entries::id);
            let holder: Option<i64> = match entry.map(|id| id.0).or(about) {
                Some(id) => Some(id),
                None => by_ddi.first(c).optional()?,
            };
            let in_use = match holder {
                Some(id) => Some(checkpoints::of(c, EntryId(id))?.call_id.to_string()),
                None => None,
            };
            let sealed: Option<Vec<u8>> = match entry {
                Some(id) => Some(entries::table.find(id.0).select(entries::password).first(c)?),
                None => None,
            };
            let known: i64 = match details.contract {
                Some(id) => contracts::table.find(id.0).count().get_result(c)?,
                None => 1,
            };
            let terms = terms_of(c, details.contract)?;
            self.record(c, Deed::EntryTested, entry.map(|id| id.0).or(about), &details.name(), &[])?;
            Ok((in_use, sealed, known > 0, terms))
        };
        let (in_use, sealed, known, terms) = self.write(look).map_err(|error| unavailable(&error))?;
        if !known {
            return Err(EntryError::Refused(vec![(0, Field::Contract, Fault::NoSuchContract)]));
        }
        let password = match entry.zip(sealed) {
            Some((id, sealed)) => Some(self.key.open(id, &sealed).ok_or(EntryError::Corrupt(id))?),
            None => None,
        };
        Ok(TrialBasis { password, terms, in_use })
    }
}
