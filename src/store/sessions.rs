//! Sessions of signed-in people. Their keys come hashed.

use diesel::prelude::*;

use super::operators::OperatorError;
use super::pool::Store;
use super::schema::sessions;

impl Store {
    /// What a session holds, while it has neither been idle too long nor come to its end.
    ///
    /// # Errors
    /// [`OperatorError::Unavailable`].
    pub fn session(&self, key_hash: &str, now: i64) -> Result<Option<String>, OperatorError> {
        let query = sessions::table
            .find(key_hash)
            .filter(sessions::idle_until.gt(now))
            .filter(sessions::ends_at.gt(now))
            .select(sessions::state);
        Ok(self.read(|c| query.first(c).optional())?)
    }

    /// Stores a new session. Sessions that are over are swept out on the way.
    ///
    /// # Errors
    /// [`OperatorError::Unavailable`].
    pub fn insert_session(
        &self,
        key_hash: &str,
        state: &str,
        now: i64,
        idle_until: i64,
        ends_at: i64,
    ) -> Result<(), OperatorError> {
        self.write(|c| {
            diesel::delete(sessions::table.filter(sessions::idle_until.le(now).or(sessions::ends_at.le(now))))
                .execute(c)?;
            let row = (
                sessions::key_hash.eq(key_hash),
                sessions::state.eq(state),
                sessions::idle_until.eq(idle_until),
                sessions::ends_at.eq(ends_at),
            );
            diesel::insert_into(sessions::table).values(row).execute(c).map(|_| ())
        })
        .map_err(|error: diesel::result::Error| error.into())
    }

    /// Changes what a session holds, and until when it may be idle; `false` when it is gone.
    ///
    /// # Errors
    /// [`OperatorError::Unavailable`].
    pub fn update_session(&self, key_hash: &str, state: &str, idle_until: i64) -> Result<bool, OperatorError> {
        let change = diesel::update(sessions::table.find(key_hash))
            .set((sessions::state.eq(state), sessions::idle_until.eq(idle_until)));
        self.write(|c| change.execute(c)).map(|n| n > 0).map_err(|error: diesel::result::Error| error.into())
    }

    /// Moves the time until when a session may be idle.
    ///
    /// # Errors
    /// [`OperatorError::Unavailable`].
    pub fn touch_session(&self, key_hash: &str, idle_until: i64) -> Result<(), OperatorError> {
        let change = diesel::update(sessions::table.find(key_hash)).set(sessions::idle_until.eq(idle_until));
        self.write(|c| change.execute(c)).map(|_| ()).map_err(|error: diesel::result::Error| error.into())
    }

    /// Ends a session.
    ///
    /// # Errors
    /// [`OperatorError::Unavailable`].
    pub fn delete_session(&self, key_hash: &str) -> Result<(), OperatorError> {
        self.write(|c| diesel::delete(sessions::table.find(key_hash)).execute(c))
            .map(|_| ())
            .map_err(|error: diesel::result::Error| error.into())
    }
}
