//! API tokens. Only hashes of them come here.

use diesel::prelude::*;
use diesel::result::Error;

use super::operators::OperatorError;
use super::pool::Store;
use super::schema::tokens;
use crate::domain::audit::{Change, Deed};
use crate::domain::operator::{Role, Token};

type Row = (i64, String, String, i64, Option<i64>, Option<i64>);

const COLUMNS: (tokens::id, tokens::name, tokens::role, tokens::created_at, tokens::expires_at, tokens::used_at) =
    (tokens::id, tokens::name, tokens::role, tokens::created_at, tokens::expires_at, tokens::used_at);
/// The last use of a token is known to this many milliseconds: a busy program does not make every question a write.
const USE: i64 = 60_000;

fn token((id, name, role, created_at, expires_at, used_at): Row) -> Option<Token> {
    Some(Token { id, name, role: role.parse().ok()?, created_at, expires_at, used_at })
}

impl Store {
    /// All tokens, by name.
    ///
    /// # Errors
    /// [`OperatorError::Unavailable`].
    pub fn tokens(&self) -> Result<Vec<Token>, OperatorError> {
        let rows: Vec<Row> = self.read(|c| tokens::table.order(tokens::name).select(COLUMNS).load(c))?;
        Ok(rows.into_iter().filter_map(token).collect())
    }

    /// Stores the hash of an API token that ends at `expires`, or never.
    ///
    /// # Errors
    /// See [`OperatorError`].
    pub fn insert_token(
        &self,
        name: &str,
        role: Role,
        hash: &str,
        now: i64,
        expires: Option<i64>,
    ) -> Result<(), OperatorError> {
        let row = (
            tokens::token_hash.eq(hash),
            tokens::name.eq(name),
            tokens::role.eq(role.as_str()),
            tokens::created_at.eq(now),
            tokens::expires_at.eq(expires),
        );
        self.write(|c| {
            diesel::insert_into(tokens::table).values(row).execute(c)?;
            let id: i64 = tokens::table.filter(tokens::token_hash.eq(hash)).select(tokens::id).first(c)?;
            let changes = [Change::new("role", None, Some(role.as_str()))];
            self.record(c, Deed::TokenAdded, Some(id), name, &changes)
        })
        .map_err(|error: Error| error.into())
    }

    /// The token with this hash, while it is valid; it counts as used.
    ///
    /// # Errors
    /// [`OperatorError::Unavailable`].
    pub fn token(&self, hash: &str, now: i64) -> Result<Option<Token>, OperatorError> {
        let query = tokens::table
            .filter(tokens::token_hash.eq(hash))
            .filter(tokens::expires_at.is_null().or(tokens::expires_at.gt(now)))
            .select(COLUMNS);
        let row: Option<Row> = self.read(|c| query.first(c).optional())?;
        let Some(token) = row.and_then(token) else { return Ok(None) };
        if token.used_at.is_none_or(|used| now.saturating_sub(used) >= USE) {
            let change = diesel::update(tokens::table.find(token.id)).set(tokens::used_at.eq(now));
            // It is known without this, too.
            let _ = self.write(|c| change.execute(c));
        }
        Ok(Some(token))
    }

    /// Revokes a token.
    ///
    /// # Errors
    /// See [`OperatorError`].
    pub fn delete_token(&self, id: i64) -> Result<(), OperatorError> {
        self.write(|c| {
            let (name, role): (String, String) =
                tokens::table.find(id).select((tokens::name, tokens::role)).first(c)?;
            diesel::delete(tokens::table.find(id)).execute(c)?;
            self.record(c, Deed::TokenRevoked, Some(id), &name, &[Change::new("role", Some(&role), None)])
        })
        .map_err(|error: Error| error.into())
    }
}
