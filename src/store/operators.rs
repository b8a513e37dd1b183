//! People who may use Alta. Only hashes of their secrets come here.

use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};

use super::pool::{AnyConnection, Store, next_ids};
use super::schema::{operators, sessions};
use crate::domain::audit::{Change, Deed};
use crate::domain::operator::{Operator, OperatorId, OperatorName, Person, Role};

/// Why the store did not do what was asked of it with people and tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OperatorError {
    #[error("that name is taken")]
    NameTaken,
    /// The first administrator is there already.
    #[error("Alta is set up already")]
    NotFirst,
    #[error("no such person or token")]
    NotFound,
    #[error("this is the last administrator")]
    LastAdministrator,
    #[error("the database is away")]
    Unavailable,
}

impl From<Error> for OperatorError {
    fn from(error: Error) -> Self {
        if matches!(error, Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) {
            return Self::NameTaken;
        }
        if matches!(error, Error::NotFound) {
            return Self::NotFound;
        }
        tracing::warn!(%error, "the database did not do what it was asked");
        Self::Unavailable
    }
}

type Row = (i64, String, String, String, Option<String>);

fn operator((id, name, role, hash, zone): Row) -> Option<(Operator, String)> {
    let (name, role) = (OperatorName::parse(&name).ok()?, role.parse().ok()?);
    Some((Operator { id: OperatorId(id), name, role, zone }, hash))
}

const COLUMNS: (operators::id, operators::name, operators::role, operators::password_hash, operators::zone) =
    (operators::id, operators::name, operators::role, operators::password_hash, operators::zone);

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
            let changes = [Change::new("role", None, Some(role.as_str()))];
            self.record(c, Deed::UserAdded, Some(id), name.as_str(), &changes)?;
            Ok(id)
        };
        let id = self.write(insert)?;
        Ok(Operator { id: OperatorId(id), name: name.clone(), role, zone: None })
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

    /// Everybody, by name.
    ///
    /// # Errors
    /// [`OperatorError::Unavailable`].
    pub fn people(&self) -> Result<Vec<Person>, OperatorError> {
        type Listed = (Row, bool, Option<i64>);
        let columns = (COLUMNS, operators::factor.is_not_null(), operators::signed_in_at);
        let rows: Vec<Listed> = self.read(|c| operators::table.order(operators::name).select(columns).load(c))?;
        let person = |(row, second_factor, signed_in_at): Listed| {
            let (operator, _) = operator(row)?;
            Some(Person { operator, second_factor, signed_in_at })
        };
        Ok(rows.into_iter().filter_map(person).collect())
    }

    /// Changes name and role; the last administrator stays one.
    ///
    /// # Errors
    /// See [`OperatorError`].
    pub fn update_operator(&self, id: OperatorId, name: &OperatorName, role: Role) -> Result<(), OperatorError> {
        self.write(|c| {
            lock(c)?;
            let (before, _) = whole(c, id)?;
            if before.role == Role::Administrator && role != Role::Administrator {
                keep_one(c, id)?;
            }
            let change = (operators::name.eq(name.as_str()), operators::role.eq(role.as_str()));
            diesel::update(operators::table.find(id.0)).set(change).execute(c)?;
            let told = |name: &OperatorName, role: Role| [("name", name.to_string()), ("role", role.to_string())];
            let changes = Change::between(&told(&before.name, before.role), &told(name, role));
            Ok(self.record(c, Deed::UserChanged, Some(id.0), name.as_str(), &changes)?)
        })
    }

    /// Deletes somebody, with their sessions; never the last administrator.
    ///
    /// # Errors
    /// See [`OperatorError`].
    pub fn delete_operator(&self, id: OperatorId) -> Result<(), OperatorError> {
        self.write(|c| {
            lock(c)?;
            let (before, _) = whole(c, id)?;
            if before.role == Role::Administrator {
                keep_one(c, id)?;
            }
            diesel::delete(operators::table.find(id.0)).execute(c)?;
            let changes = [Change::new("role", Some(before.role.as_str()), None)];
            Ok(self.record(c, Deed::UserDeleted, Some(id.0), before.name.as_str(), &changes)?)
        })
    }

    /// Replaces the hash of a password, and ends the sessions of its owner but the one that is kept.
    ///
    /// # Errors
    /// See [`OperatorError`].
    pub fn set_password(&self, id: OperatorId, hash: &str, keep: Option<&str>) -> Result<(), OperatorError> {
        self.write(|c| {
            let (person, _) = whole(c, id)?;
            diesel::update(operators::table.find(id.0)).set(operators::password_hash.eq(hash)).execute(c)?;
            end_others(c, id, keep)?;
            Ok(self.record(c, Deed::PasswordChanged, Some(id.0), person.name.as_str(), &[])?)
        })
    }

    /// The hash of a password.
    ///
    /// # Errors
    /// [`OperatorError::NotFound`] or [`OperatorError::Unavailable`].
    pub fn password(&self, id: OperatorId) -> Result<String, OperatorError> {
        Ok(self.read(|c| operators::table.find(id.0).select(operators::password_hash).first(c))?)
    }

    /// Somebody signed in, at this time.
    ///
    /// # Errors
    /// [`OperatorError::Unavailable`].
    pub fn signed_in(&self, operator: &Operator, now: i64) -> Result<(), OperatorError> {
        let change = diesel::update(operators::table.find(operator.id.0)).set(operators::signed_in_at.eq(now));
        self.write(|c| {
            change.execute(c)?;
            self.record(c, Deed::SignedIn, Some(operator.id.0), operator.name.as_str(), &[])
        })
        .map_err(|error: Error| error.into())
    }

    /// Language and time zone that a person chose, by their codes.
    ///
    /// # Errors
    /// [`OperatorError::Unavailable`].
    pub fn preferences(&self, id: OperatorId) -> Result<(Option<String>, Option<String>), OperatorError> {
        let columns = (operators::language, operators::zone);
        Ok(self.read(|c| operators::table.find(id.0).select(columns).first(c))?)
    }

    /// Remembers the time zone that a person chose; none is the browser's.
    ///
    /// # Errors
    /// [`OperatorError::Unavailable`].
    pub fn set_zone(&self, id: OperatorId, zone: Option<&str>) -> Result<(), OperatorError> {
        let change = diesel::update(operators::table.find(id.0)).set(operators::zone.eq(zone));
        self.write(|c| change.execute(c)).map(|_| ()).map_err(|error: Error| error.into())
    }

    /// Remembers the language that a person chose.
    ///
    /// # Errors
    /// [`OperatorError::Unavailable`].
    pub fn set_language(&self, id: OperatorId, language: &str) -> Result<(), OperatorError> {
        let change = diesel::update(operators::table.find(id.0)).set(operators::language.eq(language));
        self.write(|c| change.execute(c)).map(|_| ()).map_err(|error: Error| error.into())
    }
}

/// Takes the lock that everybody takes who adds, changes or deletes a person: of two administrators who take each
/// other's role at once one is refused.
fn lock(c: &mut AnyConnection) -> QueryResult<()> {
    next_ids(c, "operators", 0).map(|_| ())
}

pub(super) fn whole(c: &mut AnyConnection, id: OperatorId) -> Result<(Operator, String), OperatorError> {
    let row: Row = operators::table.find(id.0).select(COLUMNS).first(c)?;
    operator(row).ok_or(OperatorError::NotFound)
}

/// Refuses when nobody else is an administrator.
fn keep_one(c: &mut AnyConnection, id: OperatorId) -> Result<(), OperatorError> {
    let administrators = operators::table.filter(operators::role.eq(Role::Administrator.as_str()));
    let others: i64 = administrators.filter(operators::id.ne(id.0)).count().get_result(c)?;
    if others == 0 { Err(OperatorError::LastAdministrator) } else { Ok(()) }
}

/// Ends the sessions of a person, but the one with this name.
pub(super) fn end_others(c: &mut AnyConnection, id: OperatorId, keep: Option<&str>) -> QueryResult<usize> {
    let theirs = sessions::table.filter(sessions::operator_id.eq(id.0));
    diesel::delete(theirs.filter(sessions::id.ne(keep.unwrap_or_default()))).execute(c)
}
