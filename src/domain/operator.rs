//! A person (or, by token, a program) who may use Alta, and what each role may do.

use std::fmt;
use std::str::FromStr;

use super::fault::{Fault, bounded};

/// Number of an operator, for its whole life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OperatorId(pub i64);

/// What somebody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Everything.
    Administrator,
    /// Entries and contracts.
    Manager,
    /// To look, never to change.
    Viewer,
}

/// What a page or an API call asks for; routes are denied unless their role grants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Right {
    View,
    Edit,
    Administer,
}

impl Role {
    pub const ALL: [Self; 3] = [Self::Administrator, Self::Manager, Self::Viewer];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Manager => "manager",
            Self::Viewer => "viewer",
        }
    }

    pub fn grants(self, right: Right) -> bool {
        match right {
            Right::View => true,
            Right::Edit => matches!(self, Self::Administrator | Self::Manager),
            Right::Administer => matches!(self, Self::Administrator),
        }
    }
}

impl FromStr for Role {
    type Err = NotARole;

    fn from_str(text: &str) -> Result<Self, NotARole> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or(NotARole)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a role is administrator, manager or viewer")]
pub struct NotARole;

/// The name somebody signs in with: 1 to 64 characters, compared without case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OperatorName(String);

impl OperatorName {
    /// # Errors
    /// As [`bounded`].
    pub fn parse(text: &str) -> Result<Self, Fault> {
        bounded(text, 64).map(|t| Self(t.to_lowercase()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OperatorName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Somebody who has signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    pub id: OperatorId,
    pub name: OperatorName,
    pub role: Role,
    /// The name of the time zone that they chose.
    pub zone: Option<String>,
}

/// Somebody as the list of users shows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub operator: Operator,
    /// Whether a code is asked for beside the password.
    pub second_factor: bool,
    pub signed_in_at: Option<i64>,
}

/// An API token as its list shows it; nobody can read the token itself again. Times are milliseconds since 1970 UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    pub id: i64,
    pub name: String,
    pub role: Role,
    pub created_at: i64,
    pub expires_at: Option<i64>,
    pub used_at: Option<i64>,
}

impl Token {
    /// Whether it opens nothing any more.
    pub fn is_over(&self, now: i64) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }
}

/// A session as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Names it; lets nobody in.
    pub id: String,
    pub address: String,
    pub agent: String,
    pub started_at: i64,
    /// Last used, to the request.
    pub used_at: i64,
}

/// What begins with a sign-in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionStart {
    pub id: String,
    pub operator: Option<OperatorId>,
    /// When it began, for one that goes on under another key.
    pub since: Option<i64>,
    pub address: String,
    pub agent: String,
}

/// Fewest characters of a person's password.
pub const PASSWORD_MIN: usize = 12;
/// Most characters of a person's password, so that hashing it costs a bounded time.
pub const PASSWORD_MAX: usize = 256;
