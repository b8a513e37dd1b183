//! What may be asked of the list: which entries are meant, in which order, and which page of them.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::domain::contract::ContractId;
use crate::domain::entry::EntryId;
use crate::domain::status::{Cause, Group, State};

/// What the list is sorted by; ties by number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SortBy {
    Id,
    #[default]
    Ddi,
    Username,
    Domain,
    Contract,
    /// The authentication user that is used.
    User,
    /// What needs somebody first.
    Status,
    /// What happens soonest first; nothing planned last.
    NextAction,
}

impl SortBy {
    /// Whether it is a column of what is stored, sorted by its text.
    pub(super) fn is_text(self) -> bool {
        match self {
            Self::Ddi | Self::Username | Self::Domain | Self::Contract | Self::User => true,
            Self::Id | Self::Status | Self::NextAction => false,
        }
    }
}

/// Which contract entries are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Under {
    Contract(ContractId),
    /// None.
    Nothing,
}

/// Which entries are meant. Everything that is set has to fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Part of username, domain, DDI, user or contract, without case.
    pub search: String,
    pub under: Option<Under>,
    pub group: Option<Group>,
    /// One of these; any when empty.
    pub states: Vec<State>,
    pub cause: Option<Cause>,
}

impl Filter {
    /// Whether entries in this state fit.
    pub(super) fn fits(&self, state: State) -> bool {
        self.group.is_none_or(|group| state.group() == group)
            && (self.states.is_empty() || self.states.contains(&state))
    }
}

/// What an entry is sorted by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key<T> {
    Number(i64),
    Text(T),
}

/// Where a page begins: what the entry beside it is sorted by, and its number. Its text is opaque.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub(super) key: Key<String>,
    pub(super) id: i64,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match &self.key {
            Key::Number(number) => format!("{}#{number}", self.id),
            Key::Text(text) => format!("{}:{text}", self.id),
        };
        f.write_str(&URL_SAFE_NO_PAD.encode(text))
    }
}

impl FromStr for Cursor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| ())?;
        let text = String::from_utf8(bytes).map_err(|_| ())?;
        let at = text.find(['#', ':']).ok_or(())?;
        let (id, value) = (text[..at].parse().map_err(|_| ())?, &text[at + 1..]);
        let key = if text[at..].starts_with('#') {
            Key::Number(value.parse().map_err(|_| ())?)
        } else {
            Key::Text(value.to_owned())
        };
        Ok(Self { key, id })
    }
}

/// Which end of the list, or which side of an entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum From {
    #[default]
    Start,
    After(Cursor),
    Before(Cursor),
}

/// What is asked of the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListQuery {
    pub filter: Filter,
    pub sort: SortBy,
    pub descending: bool,
    pub from: From,
    pub limit: usize,
}

/// How many entries fit a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Total {
    Exactly(usize),
    /// A search finds so many that they are not counted.
    MoreThan(usize),
}

impl Default for Total {
    fn default() -> Self {
        Self::Exactly(0)
    }
}

/// A page of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    pub ids: Vec<EntryId>,
    /// How many fit the filter.
    pub total: Total,
    pub next: Option<Cursor>,
    pub previous: Option<Cursor>,
}

pub(super) fn borrowed(key: &Key<String>) -> Key<&str> {
    match key {
        Key::Number(number) => Key::Number(*number),
        Key::Text(text) => Key::Text(text),
    }
}

pub(super) fn owned(key: &Key<&str>) -> Key<String> {
    match key {
        Key::Number(number) => Key::Number(*number),
        Key::Text(text) => Key::Text((*text).to_owned()),
    }
}

/// What needs somebody comes first.
pub(super) fn urgency(state: State) -> i64 {
    let group = match state.group() {
        Group::Problem => 0,
        Group::Risk => 1,
        Group::Working => 2,
        Group::Ok => 3,
        Group::Off => 4,
    };
    group * 100 + State::ALL.iter().position(|other| *other == state).map_or(0, |at| i64::try_from(at).unwrap_or(0))
}
