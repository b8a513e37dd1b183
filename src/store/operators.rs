//! People and tokens that may use Alta. Only hashes of their secrets come here.

use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};

use super::pool::{AnyConnection, Store, next_ids};
use super::schema::{operators, tokens};
use crate::domain::operator::{Operator, OperatorId, OperatorName, Role};

/// Why the store did not do what was asked of it with people and tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OperatorError {
    #[error("that name is taken")]
    NameTaken,
    /// The first administrator is there already.
    #[error("Alta is set up already")]
    NotFirst,
    #[error("the database is away")]
    Unavailable,
}

impl From<Error> for OperatorError {
    fn from(error: Error) -> Self {
        if matches!(error, Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) {
            return Self::NameTaken;
        }
        tracing::warn!(%error, "the database did not do what it was asked");
        Self::Unavailable
    }
}

type Row = (i64, String, String, String);

fn operator((id, name, role, hash): Row) -> Option<(Operator, String)> {
    let (name, role) = (OperatorName::parse(&name).ok()?, role.parse().ok()?);
    Some((Operator { id: OperatorId(id), name, role }, hash))
}

const COLUMNS: (operators::id, operators::name, operators::role, operators::password_hash) =
    (operators::id, operators::name, operators::role, operators::password_hash);

impl Store {
    /// Whether nobody can sign in yet.
    ///
    /// # Errors
    /// [`OperatorError::Unavailable`].
    pub fn has_no_operator(&self) -> Result<bool, OperatorError> {
        let count: i64 = self.read(|c| operators::table.count().get_result(c))?;
        Ok(count == 0)
    }

    /// Stores a person; with `first`, only when there is nobody yet.
    ///
    /// # Errors
    /// See [`OperatorError`].
    pub fn insert_operator(
        &self,
        name: &OperatorName,
        role: Role,
        hash: &str,
        now: i64,
        first: bool,
    ) -> Result<Operator, OperatorError> {
        let insert = |c: &mut AnyConnection| -> Result<i64, OperatorError> {
            // Taking the number locks the row of the sequence: two first administrators cannot both pass.
            let id = next_ids(c, "operators", 1)?;
            let count: i64 = operators::table.count().get_result(c)?;
            if first && count > 0 {
                return Err(OperatorError::NotFirst);
            }
            let row = (
                operators::id.eq(id),
                operators::name.eq(name.as_str()),
                operators::role.eq(role.as_str()),
                operators::password_hash.eq(hash),
                operators::created_at.eq(now),
            );
            diesel::insert_into(operators::table).values(row).execute(c)?;
            Ok(id)
        };
        let id = self.write(insert)?;
        Ok(Operator { id: OperatorId(id), name: name.clone(), role })
    }

    /// A person and the hash of their password.
    ///
    /// # Errors
    /// [`OperatorError::Unavailable`].
    pub fn operator_by_name(&self, name: &OperatorName) -> Result<Option<(Operator, String)>, OperatorError> {
        let query = operators::table.filter(operators::name.eq(name.as_str())).select(COLUMNS);
        let row: Option<Row> = self.read(|c| query.first(c).optional())?;
        Ok(row.and_then(operator))
    }

    /// A person by number.
    ///
    /// # Errors
    /// [`OperatorError::Unavailable`].
    pub fn operator(&self, id: OperatorId) -> Result<Option<Operator>, OperatorError> {
        let row: Option<Row> = self.read(|c| operators::table.find(id.0).select(COLUMNS).first(c).optional())?;
        Ok(row.and_then(operator).map(|(operator, _)| operator))
    }

    /// The language that a person chose, by its code.
    ///
    /// # Errors
    /// [`OperatorError::Unavailable`].
    pub fn language(&self, id: OperatorId) -> Result<Option<String>, OperatorError> {
        let language: Option<Option<String>> =
            self.read(|c| operators::table.find(id.0).select(operators::language).first(c).optional())?;
        Ok(language.flatten())
    }

    /// Remembers the language that a person chose.
    ///
    /// # Errors
    /// [`OperatorError::Unavailable`].
    pub fn set_language(&self, id: OperatorId, language: &str) -> Result<(), OperatorError> {
        let change = diesel::update(operators::table.find(id.0)).set(operators::language.eq(language));
        self.write(|c| change.execute(c)).map(|_| ()).map_err(|error: Error| error.into())
    }

    /// Stores the hash of an API token.
    ///
    /// # Errors
    /// See [`OperatorError`].
    pub fn insert_token(&self, name: &str, role: Role, hash: &str, now: i64) -> Result<(), OperatorError> {
        let row = (
            tokens::token_hash.eq(hash),
            tokens::name.eq(name),
            tokens::role.eq(role.as_str()),
            tokens::created_at.eq(now),
        );
        self.write(|c| diesel::insert_into(tokens::table).values(row).execute(c))
            .map(|_| ())
            .map_err(|error: Error| error.into())
    }

    /// Name and role of the API token with this hash.
    ///
    /// # Errors
    /// [`OperatorError::Unavailable`].
    pub fn token(&self, hash: &str) -> Result<Option<(String, Role)>, OperatorError> {
        let row: Option<(String, String)> =
            self.read(|c| tokens::table.find(hash).select((tokens::name, tokens::role)).first(c).optional())?;
        Ok(row.and_then(|(name, role)| role.parse().ok().map(|role| (name, role))))
    }
}
