//! Sessions, by the hash of their key.

use sha2::{Digest, Sha256};

use super::waist::{Away, Roster};
use crate::clock::wall_ms;

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
    pub async fn start_session(&self, key: &str, state: String, idle: i64) -> Result<(), Away> {
        let (key, now) = (hashed(key), wall_ms());
        self.ask(move |store| store.insert_session(&key, &state, now, now + idle, now + ABSOLUTE))
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
}
