//! What happened to an entry's registration, as its history keeps it.

use super::status::{Cause, State, Status};

/// From then on it was in this state, for this cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Milliseconds since 1970 UTC.
    pub at: i64,
    pub state: State,
    pub cause: Option<Cause>,
    /// What the provider answered, quoted.
    pub code: Option<u16>,
    pub reason: Option<String>,
}

impl Event {
    /// What a status says, as of `at`.
    pub fn of(status: &Status<i64>, at: i64) -> Self {
        // The answer belongs to the cause: a good one needs no quoting.
        let answer = status.answer.as_ref().filter(|_| status.cause.is_some());
        Self {
            at,
            state: status.state,
            cause: status.cause,
            code: answer.map(|answer| answer.code),
            reason: answer.map(|answer| answer.reason.clone()).filter(|reason| !reason.is_empty()),
        }
    }

    /// Whether the state only lasts until something else has happened: it tells nothing afterwards.
    pub fn is_passing(&self) -> bool {
        matches!(self.state, State::Queued | State::Registering | State::Unregistering | State::Unknown)
    }
}
