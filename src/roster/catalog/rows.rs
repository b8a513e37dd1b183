//! What is searched and sorted by of each entry, one after the other in one text.

use memchr::memmem::Finder;

use crate::domain::dense::{Dense, Place};
use crate::domain::entry::{Details, EntryId};
use crate::domain::set::EntrySet;
use crate::roster::query::SortBy;

/// An entry of it: where its text stands, and how long the parts are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub id: EntryId,
    start: u32,
    /// Of DDI, username, domain and user.
    lengths: [u16; 4],
    /// Place of its contract in the list of those.
    pub contract: Option<Place>,
}

/// An entry in lower case, as it is kept.
#[derive(Debug)]
pub(super) struct Written {
    text: String,
    lengths: [u16; 4],
}

impl Written {
    pub(super) fn of(details: &Details) -> Self {
        let domain = details.domain.to_string();
        let user = details.user.as_ref().map_or("", |user| user.as_str());
        let parts = [details.ddi.as_str(), details.username.as_str(), &domain, user].map(str::to_lowercase);
        // Fields have 190 characters at most; in lower case a letter may become three.
        let lengths = parts.each_ref().map(|part| u16::try_from(part.len()).unwrap_or(u16::MAX));
        Self { text: parts.join("\n"), lengths }
    }
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// Parts of a row with a line end between.
    text: String,
    rows: Vec<Row>,
    places: Dense<Place>,
    there: EntrySet,
    /// Bytes of the text that belong to nobody any more.
    waste: usize,
}

impl Row {
    fn end(&self) -> usize {
        self.start as usize + self.length()
    }

    fn length(&self) -> usize {
        self.lengths.into_iter().map(usize::from).sum::<usize>() + self.lengths.len() - 1
    }
}

impl Rows {
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Everybody.
    pub(super) fn there(&self) -> &EntrySet {
        &self.there
    }

    pub(super) fn place(&self, id: EntryId) -> Option<Place> {
        self.places.get(id).copied()
    }

    /// Tells the places of these.
    pub(super) fn places(&self, ids: &EntrySet, mut tell: impl FnMut(Place)) {
        let ids: Vec<EntryId> = ids.iter().collect();
        self.places.read(&ids, |place| place.copied().into_iter().for_each(&mut tell));
    }

    /// The last place.
    pub(super) fn last(&self) -> Option<Place> {
        u32::try_from(self.rows.len()).ok()?.checked_sub(1).map(Place::of)
    }

    pub(super) fn get(&self, place: Place) -> Option<&Row> {
        self.rows.get(place.index())
    }

    pub(super) fn all(&self) -> &[Row] {
        &self.rows
    }

    pub(super) fn set_contract(&mut self, place: Place, contract: Option<Place>) {
        if let Some(row) = self.rows.get_mut(place.index()) {
            row.contract = contract;
        }
    }

    /// The whole text of a row.
    pub(super) fn text(&self, row: &Row) -> &str {
        self.text.get(row.start as usize..row.end()).unwrap_or_default()
    }

    /// Those of some neighbours that have a piece in their text. What lies one behind the other is looked through in one go,
    /// since beginning takes longer than a row does.
    pub(super) fn holding<'a>(&'a self, rows: &'a [Row], piece: &'a Finder<'_>) -> impl Iterator<Item = &'a Row> {
        rows.chunk_by(|a, b| a.end() == b.start as usize).flat_map(move |run| {
            let (mut rows, mut at) = (run.iter(), run.first().map_or(0, |first| first.start as usize));
            let text = self.text.as_bytes().get(..run.last().map_or(0, Row::end)).unwrap_or_default();
            std::iter::from_fn(move || {
                loop {
                    let found = at + piece.find(text.get(at..)?)?;
                    let row = rows.find(|row| row.end() > found)?;
                    at = row.end();
                    // What reaches into the next row is in neither.
                    if found + piece.needle().len() <= at {
                        return Some(row);
                    }
                }
            })
        })
    }

    /// The text at a place.
    pub(super) fn text_at(&self, place: usize) -> Option<&str> {
        self.rows.get(place).map(|row| self.text(row))
    }

    /// What a row is sorted by, in a column that has texts of its own.
    pub(super) fn part(&self, row: &Row, column: SortBy) -> &str {
        let [ddi, username, domain, user] = row.lengths.map(usize::from);
        let (from, length) = match column {
            SortBy::Username => (ddi + 1, username),
            SortBy::Domain => (ddi + username + 2, domain),
            // Without one of its own it is the username.
            SortBy::User if user == 0 => (ddi + 1, username),
            SortBy::User => (ddi + username + domain + 3, user),
            SortBy::Id | SortBy::Ddi | SortBy::Contract | SortBy::Status | SortBy::NextAction => (0, ddi),
        };
        let from = row.start as usize + from;
        self.text.get(from..from + length).unwrap_or_default()
    }

    /// Whether a row says this already.
    pub(super) fn says(&self, row: &Row, written: &Written) -> bool {
        row.lengths == written.lengths && self.text(row) == written.text
    }

    /// Writes an entry at its place, or behind all; which that is.
    pub(super) fn write(&mut self, id: EntryId, written: &Written, contract: Option<Place>) -> Place {
        // More than four gigabytes of names do not fit the machines that this runs on.
        let start = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        let row = Row { id, start, lengths: written.lengths, contract };
        self.text.push_str(&written.text);
        let place = self.place(id);
        if let Some(old) = place.and_then(|place| self.rows.get_mut(place.index())) {
            self.waste += old.length();
            *old = row;
        }
        let place = place.unwrap_or_else(|| {
            let place = Place::of(u32::try_from(self.rows.len()).unwrap_or(u32::MAX));
            self.rows.push(row);
            self.places.insert(id, place);
            self.there.insert(id);
            place
        });
        self.tidy();
        place
    }

    /// Takes a row away; the last one comes to its place.
    pub(super) fn take(&mut self, place: Place) {
        if place.index() >= self.rows.len() {
            return;
        }
        let row = self.rows.swap_remove(place.index());
        self.waste += row.length();
        self.places.remove(row.id);
        self.there.remove(row.id);
        if let Some(moved) = self.rows.get(place.index()) {
            self.places.insert(moved.id, place);
        }
        self.tidy();
    }

    /// Writes the text anew when half of it is nobody's.
    fn tidy(&mut self) {
        if self.waste <= self.text.len() / 2 {
            return;
        }
        let mut text = String::with_capacity(self.text.len().saturating_sub(self.waste));
        for row in &mut self.rows {
            let (start, length) = (row.start as usize, row.length());
            row.start = u32::try_from(text.len()).unwrap_or(u32::MAX);
            text.push_str(self.text.get(start..start + length).unwrap_or_default());
        }
        (self.text, self.waste) = (text, 0);
    }
}
