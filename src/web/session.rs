//! Sessions behind actix-session's store: the cookie holds a random key, the database its hash.

use std::collections::HashMap;

use actix_session::storage::{LoadError, SaveError, SessionKey, SessionStore, UpdateError};
use actix_web::cookie::time::Duration;
use anyhow::anyhow;
use serde::de::DeserializeOwned;

use crate::domain::operator::{OperatorId, SessionStart};
use crate::entropy;
use crate::roster::Roster;

/// Minutes for which a session may be idle.
pub(crate) const IDLE_MINUTES: i64 = 30;
/// What a session holds: the number of who signed in, and what their forms carry.
pub(crate) const OPERATOR: &str = "operator";
pub(crate) const CSRF: &str = "csrf";
/// Who gave the right password, and when, while their code is asked for.
pub(crate) const HALF: &str = "half";
/// The role that they had when the key was made.
pub(crate) const ROLE: &str = "role";
/// What it is called, when it began, from where and with which browser.
pub(crate) const ID: &str = "id";
pub(crate) const SINCE: &str = "since";
pub(crate) const FROM: &str = "from";
pub(crate) const AGENT: &str = "agent";

/// See the module.
pub(crate) struct RosterSessions(pub Roster);

type State = HashMap<String, String>;

fn idle(ttl: &Duration) -> i64 {
    i64::try_from(ttl.whole_milliseconds()).unwrap_or(i64::MAX)
}

/// What the database has to know of a session, from what it holds.
fn start(state: &State) -> SessionStart {
    fn held<T: DeserializeOwned>(state: &State, name: &str) -> Option<T> {
        state.get(name).and_then(|value| serde_json::from_str(value).ok())
    }
    SessionStart {
        id: held(state, ID).unwrap_or_default(),
        operator: held(state, OPERATOR).map(OperatorId),
        since: held(state, SINCE),
        address: held(state, FROM).unwrap_or_default(),
        agent: held(state, AGENT).unwrap_or_default(),
    }
}

impl SessionStore for RosterSessions {
    async fn load(&self, key: &SessionKey) -> Result<Option<State>, LoadError> {
        let state = self.0.session(key.as_ref()).await.map_err(|error| LoadError::Other(error.into()))?;
        state
            .map(|state| serde_json::from_str(&state))
            .transpose()
            .map_err(|error| LoadError::Deserialization(error.into()))
    }

    async fn save(&self, state: State, ttl: &Duration) -> Result<SessionKey, SaveError> {
        let random = entropy::bytes::<32>().map_err(|error| SaveError::Other(error.into()))?;
        let key: String = random.iter().map(|b| format!("{b:02x}")).collect();
        let start = start(&state);
        let state = serde_json::to_string(&state).map_err(|error| SaveError::Serialization(error.into()))?;
        self.0.start_session(&key, state, start, idle(ttl)).await.map_err(|error| SaveError::Other(error.into()))?;
        SessionKey::try_from(key).map_err(|error| SaveError::Other(anyhow!("{error}")))
    }

    async fn update(&self, key: SessionKey, state: State, ttl: &Duration) -> Result<SessionKey, UpdateError> {
        let text = serde_json::to_string(&state).map_err(|error| UpdateError::Serialization(error.into()))?;
        let there = self
            .0
            .update_session(key.as_ref(), text, idle(ttl))
            .await
            .map_err(|error| UpdateError::Other(error.into()))?;
        if !there {
            tracing::debug!("a session was ended while it was used");
        }
        // Whoever ended it while it was used meant it: what is ended is not begun anew.
        Ok(key)
    }

    async fn update_ttl(&self, key: &SessionKey, ttl: &Duration) -> Result<(), anyhow::Error> {
        Ok(self.0.touch_session(key.as_ref(), idle(ttl)).await?)
    }

    async fn delete(&self, key: &SessionKey) -> Result<(), anyhow::Error> {
        Ok(self.0.end_session(key.as_ref()).await?)
    }
}
