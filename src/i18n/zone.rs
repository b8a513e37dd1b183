//! Time zones, by their names in the tz database, which is part of the program.

use std::fmt;

use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};

/// A time zone that somebody chose, or UTC, which the browser's own then stands in for.
#[derive(Clone)]
pub struct Zone(TimeZone);

impl Default for Zone {
    fn default() -> Self {
        Self(TimeZone::UTC)
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name().unwrap_or("UTC"))
    }
}

impl Zone {
    /// The zone of this name, such as `Europe/Madrid`.
    pub fn of(name: &str) -> Option<Self> {
        TimeZone::get(name).ok().map(Self)
    }

    /// Its name, unless it is UTC.
    pub fn name(&self) -> Option<&str> {
        self.0.iana_name().filter(|name| *name != "UTC")
    }

    /// The names of all zones of places, in order.
    pub fn names() -> Vec<String> {
        let places = [
            "Africa/",
            "America/",
            "Antarctica/",
            "Arctic/",
            "Asia/",
            "Atlantic/",
            "Australia/",
            "Europe/",
            "Indian/",
            "Pacific/",
        ];
        let mut names: Vec<String> = jiff::tz::db()
            .available()
            .map(|name| name.to_string())
            .filter(|name| name == "UTC" || places.iter().any(|place| name.starts_with(place)))
            .collect();
        names.sort_unstable();
        names
    }

    /// Date and time of day there; milliseconds since 1970 UTC.
    pub(super) fn civil(&self, ms: i64) -> civil::DateTime {
        self.0.to_datetime(Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH))
    }

    /// When a day (`2026-11-25`) begins there, and when it ends.
    pub fn day(&self, date: &str) -> Option<(i64, i64)> {
        let date: civil::Date = date.parse().ok()?;
        let begins = |date: civil::Date| Some(self.0.to_timestamp(date.at(0, 0, 0, 0)).ok()?.as_millisecond());
        Some((begins(date)?, begins(date.tomorrow().ok()?)?))
    }

    /// What is written behind a time: a chosen zone needs no word, UTC does.
    pub(super) fn mark(&self) -> &'static str {
        if self.name().is_some() { "" } else { "\u{a0}UTC" }
    }
}
