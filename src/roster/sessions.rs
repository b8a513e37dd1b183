//! Sessions, by the hash of their key.

use sha2::{Digest, Sha256};

use super::waist::{Away, Roster};
use crate::clock::wall_ms;
use crate::domain::operator::{OperatorId, Session, SessionStart};
use crate::store::OperatorError;

/// Longest life of a session, in milliseconds.
const ABSOLUTE: i64 = 12 * 3_600_000;

fn hashed(key: &str) -> String {
    Sha256::digest(key.as_bytes()).iter().map(|b| format!("{b:02x}")).collect()
}

impl Roster {
    /// The key that the session cookie is sealed with; the same after every start.
    pub fn cookie_key(&self) -> [u8; 64] {
        self.store.derived_key(b"session cookie")
    }

    /// What the session with this key holds, while it lasts.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn session(&self, key: &str) -> Result<Option<String>, Away> {
        let key = hashed(key);
        self.ask(move |store| store.session(&key, wall_ms())).await?.map_err(|_| Away)
    }

    /// Stores a new session that may be idle for `idle` milliseconds.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn start_session(&self, key: &str, state: String, start: SessionStart, idle: i64) -> Result<(), Away> {
        let (key, now) = (hashed(key), wall_ms());
        let began = start.since.unwrap_or(now);
        self.ask(move |store| store.insert_session(&key, &state, &start, now, now + idle, began + ABSOLUTE))
            .await?
            .map_err(|_| Away)
    }

    /// Changes what a session holds; `false` when it is gone.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn update_session(&self, key: &str, state: String, idle: i64) -> Result<bool, Away> {
        let key = hashed(key);
        self.ask(move |store| store.update_session(&key, &state, wall_ms() + idle)).await?.map_err(|_| Away)
    }

    /// A session was used.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn touch_session(&self, key: &str, idle: i64) -> Result<(), Away> {
        let key = hashed(key);
        self.ask(move |store| store.touch_session(&key, wall_ms() + idle)).await?.map_err(|_| Away)
    }

    /// Ends a session.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn end_session(&self, key: &str) -> Result<(), Away> {
        let key = hashed(key);
        self.ask(move |store| store.delete_session(&key)).await?.map_err(|_| Away)
    }

    /// The sessions of a person, last used first; each may be idle for `idle` milliseconds.
    ///
    /// # Errors
    /// [`OperatorError::Unavailable`].
    pub async fn sessions_of(&self, id: OperatorId, idle: i64) -> Result<Vec<Session>, OperatorError> {
        self.ask(move |store| store.sessions_of(id, idle, wall_ms())).await?
    }

    /// Ends one session of a person.
    ///
    /// # Errors
    /// See [`OperatorError`].
    pub async fn end_session_of(&self, id: OperatorId, session: String) -> Result<(), OperatorError> {
        self.ask(move |store| store.end_session_of(id, &session)).await?
    }

    /// Ends the sessions of a person, but the one that is kept.
    ///
    /// # Errors
    /// See [`OperatorError`].
    pub async fn end_sessions(&self, id: OperatorId, keep: Option<String>) -> Result<(), OperatorError> {
        self.ask(move |store| store.end_sessions(id, keep.as_deref())).await?
    }
}
