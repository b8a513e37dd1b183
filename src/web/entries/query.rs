//! The address of the list: what is searched, filtered and sorted by, and which page of it.

use serde::Deserialize;

use crate::domain::contract::ContractId;
use crate::domain::status::{Cause, Group, State};
use crate::roster::{Filter, From, SortBy, Under};
use crate::web::address::encoded;

/// How many rows a page may have.
pub(super) const SIZES: [usize; 3] = [25, 50, 100];
/// Most characters of a search.
const SEARCH_MOST: usize = 200;

/// What the address says. What makes no sense counts as not said.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Query {
    pub q: String,
    pub group: String,
    pub state: String,
    pub cause: String,
    pub contract: String,
    pub sort: String,
    pub order: String,
    pub per: String,
    pub after: String,
    pub before: String,
    pub saved: String,
}

/// Name in the address and column.
const SORTS: [(&str, SortBy); 7] = [
    ("ddi", SortBy::Ddi),
    ("username", SortBy::Username),
    ("domain", SortBy::Domain),
    ("contract", SortBy::Contract),
    ("user", SortBy::User),
    ("status", SortBy::Status),
    ("next", SortBy::NextAction),
];

impl Query {
    pub(super) fn sort(&self) -> SortBy {
        SORTS.iter().find(|(name, _)| *name == self.sort).map_or(SortBy::Ddi, |(_, sort)| *sort)
    }

    pub(super) fn is_descending(&self) -> bool {
        self.order == "desc"
    }

    pub(super) fn per(&self) -> usize {
        self.per.parse().ok().filter(|n| SIZES.contains(n)).unwrap_or(25)
    }

    pub(super) fn from(&self) -> From {
        match (self.after.parse(), self.before.parse()) {
            (Ok(cursor), _) => From::After(cursor),
            (Err(()), Ok(cursor)) => From::Before(cursor),
            (Err(()), Err(())) => From::Start,
        }
    }

    pub(super) fn group(&self) -> Option<Group> {
        Group::from_code(&self.group)
    }

    pub(super) fn state(&self) -> Option<State> {
        State::from_code(&self.state)
    }

    pub(super) fn cause(&self) -> Option<Cause> {
        Cause::from_code(&self.cause)
    }

    pub(super) fn under(&self) -> Option<Under> {
        match self.contract.as_str() {
            "none" => Some(Under::Nothing),
            id => id.parse().ok().map(|id| Under::Contract(ContractId(id))),
        }
    }

    /// Which entries are meant.
    pub(super) fn filter(&self) -> Filter {
        Filter {
            search: self.q.trim().chars().take(SEARCH_MOST).collect(),
            under: self.under(),
            group: self.group(),
            states: self.state().into_iter().collect(),
            cause: self.cause(),
        }
    }

    /// Names and values of the filter, as far as they are set.
    pub(super) fn filter_fields(&self) -> Vec<(&'static str, String)> {
        let all = [
            ("q", &self.q),
            ("group", &self.group),
            ("state", &self.state),
            ("cause", &self.cause),
            ("contract", &self.contract),
        ];
        all.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name, value.clone())).collect()
    }

    /// Names and values of how the list is shown, as far as they are set.
    pub(super) fn look_fields(&self) -> Vec<(&'static str, String)> {
        let all = [("sort", &self.sort), ("order", &self.order), ("per", &self.per)];
        all.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name, value.clone())).collect()
    }

    /// The address of all that fits the filter, as a file.
    pub(super) fn csv(&self) -> String {
        let parts: Vec<String> = self.filter_fields().iter().map(|(n, v)| format!("{n}={}", encoded(v))).collect();
        if parts.is_empty() { "/entries.csv".to_owned() } else { format!("/entries.csv?{}", parts.join("&")) }
    }

    /// The address of the first page of the list with these changes; everything else stays.
    pub(super) fn link(&self, changes: &[(&str, &str)]) -> String {
        let stays = self.filter_fields().into_iter().chain(self.look_fields());
        let mut values: Vec<(&str, String)> = stays.filter(|(n, _)| !changes.iter().any(|(c, _)| c == n)).collect();
        values.extend(changes.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let parts: Vec<String> =
            values.iter().filter(|(_, v)| !v.is_empty()).map(|(n, v)| format!("{n}={}", encoded(v))).collect();
        if parts.is_empty() { "/entries".to_owned() } else { format!("/entries?{}", parts.join("&")) }
    }
}
