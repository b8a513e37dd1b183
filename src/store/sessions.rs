//! Sessions of signed-in people. Their keys come hashed.

use diesel::prelude::*;

use super::operators::{OperatorError, end_others, whole};
use super::pool::{AnyConnection, Store};
use super::schema::sessions;
use crate::domain::audit::{Change, Deed};
use crate::domain::operator::{OperatorId, Session, SessionStart};

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
        start: &SessionStart,
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
                sessions::id.eq(&start.id),
                sessions::operator_id.eq(start.operator.map(|operator| operator.0)),
                sessions::address.eq(&start.address),
                sessions::agent.eq(&start.agent),
                sessions::started_at.eq(start.since.unwrap_or(now)),
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

    /// The sessions of a person, last used first; each may be idle for `idle` milliseconds.
    ///
    /// # Errors
    /// [`OperatorError::Unavailable`].
    pub fn sessions_of(&self, id: OperatorId, idle: i64, now: i64) -> Result<Vec<Session>, OperatorError> {
        let columns = (sessions::id, sessions::address, sessions::agent, sessions::started_at, sessions::idle_until);
        let query = sessions::table
            .filter(sessions::operator_id.eq(id.0))
            .filter(sessions::idle_until.gt(now).and(sessions::ends_at.gt(now)))
            .order(sessions::idle_until.desc())
            .select(columns);
        let rows: Vec<(String, String, String, i64, i64)> = self.read(|c| query.load(c))?;
        let session = |(id, address, agent, started_at, until): (String, String, String, i64, i64)| Session {
            id,
            address,
            agent,
            started_at,
            used_at: until - idle,
        };
        Ok(rows.into_iter().map(session).collect())
    }

    /// Ends one session of a person.
    ///
    /// # Errors
    /// See [`OperatorError`].
    pub fn end_session_of(&self, id: OperatorId, session: &str) -> Result<(), OperatorError> {
        self.write(|c| {
            let theirs = sessions::table.filter(sessions::operator_id.eq(id.0)).filter(sessions::id.eq(session));
            if diesel::delete(theirs).execute(c)? == 0 {
                return Err(OperatorError::NotFound);
            }
            self.record_ended(c, id, 1)
        })
    }

    /// Ends the sessions of a person, but the one that is kept.
    ///
    /// # Errors
    /// See [`OperatorError`].
    pub fn end_sessions(&self, id: OperatorId, keep: Option<&str>) -> Result<(), OperatorError> {
        self.write(|c| {
            let ended = end_others(c, id, keep)?;
            self.record_ended(c, id, ended)
        })
    }

    fn record_ended(&self, c: &mut AnyConnection, id: OperatorId, ended: usize) -> Result<(), OperatorError> {
        let (person, _) = whole(c, id)?;
        let changes = [Change::new("sessions", Some(&ended.to_string()), None)];
        Ok(self.record(c, Deed::SessionsEnded, Some(id.0), person.name.as_str(), &changes)?)
    }
}
