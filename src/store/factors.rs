//! Second factors: their secrets sealed, of their recovery codes only hashes.

use diesel::prelude::*;
use diesel::result::Error;
use zeroize::Zeroizing;

use super::operators::{OperatorError, whole};
use super::pool::{AnyConnection, Store};
use super::schema::{operators, recovery_codes};
use crate::domain::audit::Deed;
use crate::domain::operator::OperatorId;

/// A second factor's secret.
type FactorSecret = Zeroizing<Vec<u8>>;

impl Store {
    /// The secret that counts, when there is one.
    ///
    /// # Errors
    /// [`OperatorError::NotFound`] or [`OperatorError::Unavailable`], when it cannot be unsealed, too.
    pub fn factor(&self, id: OperatorId) -> Result<Option<FactorSecret>, OperatorError> {
        let sealed: Option<Vec<u8>> = self.read(|c| operators::table.find(id.0).select(operators::factor).first(c))?;
        let open = |sealed: Vec<u8>| self.key.open_factor(id, &sealed).ok_or(OperatorError::Unavailable);
        sealed.map(open).transpose()
    }

    /// The secret that was offered and is not confirmed yet.
    ///
    /// # Errors
    /// [`OperatorError::NotFound`] or [`OperatorError::Unavailable`].
    pub fn factor_offered(&self, id: OperatorId) -> Result<Option<FactorSecret>, OperatorError> {
        let query = operators::table.find(id.0).select(operators::factor_offered);
        let sealed: Option<Vec<u8>> = self.read(|c| query.first(c))?;
        Ok(sealed.and_then(|sealed| self.key.open_factor(id, &sealed)))
    }

    /// Remembers a secret until it is confirmed.
    ///
    /// # Errors
    /// [`OperatorError::Unavailable`].
    pub fn offer_factor(&self, id: OperatorId, secret: &[u8]) -> Result<(), OperatorError> {
        let sealed = self.key.seal_factor(id, secret).ok_or(OperatorError::Unavailable)?;
        let change = diesel::update(operators::table.find(id.0)).set(operators::factor_offered.eq(sealed));
        self.write(|c| change.execute(c)).map(|_| ()).map_err(|error: Error| error.into())
    }

    /// Lets the offered secret count, with these recovery codes; the code of `step` is used up.
    ///
    /// # Errors
    /// See [`OperatorError`].
    pub fn confirm_factor(&self, id: OperatorId, step: i64, codes: &[String]) -> Result<(), OperatorError> {
        self.write(|c| {
            let (person, _) = whole(c, id)?;
            let offered: Option<Vec<u8>> = operators::table.find(id.0).select(operators::factor_offered).first(c)?;
            let offered = offered.ok_or(OperatorError::NotFound)?;
            let change = (
                operators::factor.eq(Some(offered)),
                operators::factor_offered.eq(None::<Vec<u8>>),
                operators::factor_step.eq(step),
            );
            diesel::update(operators::table.find(id.0)).set(change).execute(c)?;
            diesel::delete(recovery_codes::table.filter(recovery_codes::operator_id.eq(id.0))).execute(c)?;
            for code in codes {
                let row = (recovery_codes::operator_id.eq(id.0), recovery_codes::code_hash.eq(code));
                diesel::insert_into(recovery_codes::table).values(row).execute(c)?;
            }
            Ok(self.record(c, Deed::FactorEnabled, Some(id.0), person.name.as_str(), &[])?)
        })
    }

    /// Uses up the code of a step; `false` when it, or a later one, was used before.
    ///
    /// # Errors
    /// [`OperatorError::Unavailable`].
    pub fn take_step(&self, id: OperatorId, step: i64) -> Result<bool, OperatorError> {
        let newer = operators::table.find(id.0).filter(operators::factor_step.lt(step));
        let change = diesel::update(newer).set(operators::factor_step.eq(step));
        self.write(|c| change.execute(c)).map(|n| n > 0).map_err(|error: Error| error.into())
    }

    /// Uses up a recovery code; `false` when it is none.
    ///
    /// # Errors
    /// [`OperatorError::Unavailable`].
    pub fn take_recovery(&self, id: OperatorId, hash: &str) -> Result<bool, OperatorError> {
        self.write(|c: &mut AnyConnection| {
            if diesel::delete(recovery_codes::table.find((id.0, hash))).execute(c)? == 0 {
                return Ok(false);
            }
            let (person, _) = whole(c, id)?;
            self.record(c, Deed::RecoveryUsed, Some(id.0), person.name.as_str(), &[])?;
            Ok(true)
        })
    }

    /// The hashes of the recovery codes that a person has left.
    ///
    /// # Errors
    /// [`OperatorError::Unavailable`].
    pub fn recovery_codes(&self, id: OperatorId) -> Result<Vec<String>, OperatorError> {
        let query = recovery_codes::table.filter(recovery_codes::operator_id.eq(id.0));
        Ok(self.read(|c| query.select(recovery_codes::code_hash).load(c))?)
    }

    /// Takes a second factor away, with its recovery codes.
    ///
    /// # Errors
    /// See [`OperatorError`].
    pub fn remove_factor(&self, id: OperatorId) -> Result<(), OperatorError> {
        self.write(|c| {
            let (person, _) = whole(c, id)?;
            let change = (operators::factor.eq(None::<Vec<u8>>), operators::factor_offered.eq(None::<Vec<u8>>));
            diesel::update(operators::table.find(id.0)).set(change).execute(c)?;
            diesel::delete(recovery_codes::table.filter(recovery_codes::operator_id.eq(id.0))).execute(c)?;
            Ok(self.record(c, Deed::FactorDisabled, Some(id.0), person.name.as_str(), &[])?)
        })
    }
}
