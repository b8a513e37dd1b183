//! Numbers of things, and what may be wrong with a text that is to become one.

use std::fmt;

/// Number of an entry, for its whole life; never used again after it is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EntryId(pub i64);

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Number of a contract, for its whole life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContractId(pub i64);

impl fmt::Display for ContractId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    Required,
    /// More characters than `max`.
    TooLong {
        max: usize,
    },
    /// Holds CR, LF, NUL or another control character, which would end a header line on the wire.
    Control,
    NotAHost,
    NotAServerUri,
    NotANumber,
    OutOfRange {
        min: u32,
        max: u32,
    },
    /// Not one of the values that the field knows.
    NotAChoice,
    /// Another entry has this value: its number, unless it is not stored yet either, and its name (`username@domain`).
    Taken {
        by: Option<EntryId>,
        name: String,
    },
    /// Names a contract that does not exist.
    NoSuchContract,
}

impl Fault {
    /// The code that the API shows.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::TooLong { .. } => "too_long",
            Self::Control => "control_character",
            Self::NotAHost => "not_a_host",
            Self::NotAServerUri => "not_a_server_uri",
            Self::NotANumber => "not_a_number",
            Self::OutOfRange { .. } => "out_of_range",
            Self::NotAChoice => "not_a_choice",
            Self::Taken { .. } => "taken",
            Self::NoSuchContract => "no_such_contract",
        }
    }
}

/// Trims outer blanks, then holds a text to its bounds: 1 to `max` characters, no controls.
///
/// # Errors
/// [`Fault::Control`] is told first, since trimming would hide a CR at the end.
pub fn bounded(text: &str, max: usize) -> Result<&str, Fault> {
    // Blanks are space and tab; any other white space that is a control is an attack or an accident, never a blank.
    let trimmed = text.trim_matches([' ', '\t', '\u{a0}']);
    if trimmed.chars().any(char::is_control) {
        return Err(Fault::Control);
    }
    match trimmed.chars().count() {
        0 => Err(Fault::Required),
        n if n > max => Err(Fault::TooLong { max }),
        _ => Ok(trimmed),
    }
}
