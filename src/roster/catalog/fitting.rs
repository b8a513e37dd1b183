//! Who fits a filter, as far as a page needs to know. Sets are kept of everything but of text, so a search that finds much is
//! neither gathered nor counted to its end: how many fit is told as *more than*, and who comes in the page's order is
//! asked one by one.

use std::cell::Cell;

use memchr::memmem::Finder;

use super::Catalog;
use super::rows::Row;
use crate::domain::entry::EntryId;
use crate::domain::set::EntrySet;
use crate::domain::status::State;
use crate::engine::Board;
use crate::roster::query::{Filter, Total, Under};

/// How far those that a search finds are counted, so that a page costs the same however many there are.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// So many are counted, and no more.
    pub found: usize,
    /// When so many entries have been read,
    pub read: usize,
    /// this many have to do.
    pub thin: usize,
    /// Entries that may be asked for each that a page shows; past them all are gathered.
    pub asked: usize,
}

impl Patience {
    /// To the end.
    pub const ENDLESS: Self = Self { found: usize::MAX, read: usize::MAX, thin: usize::MAX, asked: usize::MAX };

    /// Whether these are enough; not when so few of what was read were found that a page of them would tire.
    fn is_over(self, read: usize, found: usize) -> bool {
        (found > self.found || read >= self.read && found > self.thin) && found.saturating_mul(self.asked) >= 2 * read
    }

    /// A round number below this one.
    fn told(self, found: usize) -> usize {
        let step = self.thin.max(1);
        found.saturating_sub(1) / step * step
    }
}

impl Default for Patience {
    fn default() -> Self {
        Self { found: 10_000, read: 1 << 17, thin: 1000, asked: 512 }
    }
}

/// A piece of text that is looked for.
struct Search {
    /// In lower case.
    text: String,
    finder: Finder<'static>,
    /// Entries of contracts whose name has it.
    named: EntrySet,
}

/// See the module.
pub(super) struct Fitting<'a> {
    catalog: &'a Catalog,
    /// All who fit, or, with a search, all who may; `None` is everybody.
    among: Option<EntrySet>,
    search: Option<Search>,
    total: Total,
    /// Entries that may still be asked whether the search finds them.
    left: Cell<usize>,
}

impl Fitting<'_> {
    /// Everybody who may fit.
    pub(super) fn all(&self) -> &EntrySet {
        self.among.as_ref().unwrap_or(self.catalog.rows.there())
    }

    /// How many fit.
    pub(super) fn total(&self) -> Total {
        self.total
    }

    /// Whether one of those who may fit does.
    pub(super) fn fits(&self, id: EntryId) -> bool {
        let Some(search) = &self.search else { return true };
        let Some(left) = self.left.get().checked_sub(1) else { return false };
        self.left.set(left);
        let row = self.catalog.rows.place(id).and_then(|place| self.catalog.rows.get(place));
        row.is_some_and(|row| self.catalog.finds(search, row))
    }

    /// Whether one of all fits.
    pub(super) fn has(&self, id: EntryId) -> bool {
        self.among.as_ref().is_none_or(|among| among.has(id)) && self.fits(id)
    }

    /// Those of some who may fit that do, beyond one of them.
    pub(super) fn walk<'b>(
        &'b self,
        some: &'b EntrySet,
        beyond: Option<EntryId>,
        down: bool,
    ) -> impl Iterator<Item = EntryId> + 'b {
        some.walk(beyond, down).take_while(|_| !self.is_tired()).filter(|id| self.fits(*id))
    }

    /// Whether those who may fit have to be asked one by one.
    pub(super) fn is_asked(&self) -> bool {
        self.search.is_some()
    }

    /// Whether nobody is asked any more, so that those who fit have to be gathered.
    pub(super) fn is_tired(&self) -> bool {
        self.is_asked() && self.left.get() == 0
    }

    /// The same, gathered.
    pub(super) fn gathered(self) -> Self {
        match self.search {
            Some(search) => self.catalog.searched(search, self.among, Patience::ENDLESS, 0),
            None => self,
        }
    }
}

impl Catalog {
    /// Whether to look for each of these is quicker than to read of everybody what is asked.
    pub(super) fn are_few(&self, some: &EntrySet) -> bool {
        some.len() < self.len() / 16
    }

    fn finds(&self, search: &Search, row: &Row) -> bool {
        search.finder.find(self.rows.text(row).as_bytes()).is_some() || search.named.has(row.id)
    }

    /// Those of these rows, neighbours together, that have it in their text and fit, and whether all were read.
    fn gather<'a>(
        &self,
        rows: impl Iterator<Item = &'a [Row]>,
        search: &Search,
        patience: Patience,
        fits: impl Fn(EntryId) -> bool,
    ) -> (Vec<EntryId>, bool) {
        let (mut found, mut read) = (Vec::new(), 0);
        for some in rows {
            if patience.is_over(read, found.len()) {
                return (found, false);
            }
            read += some.len();
            found.extend(self.rows.holding(some, &search.finder).map(|row| row.id).filter(|id| fits(*id)));
        }
        (found, true)
    }

    /// Those, of these or of all, whom a search finds.
    fn searched(&self, search: Search, among: Option<EntrySet>, patience: Patience, shown: usize) -> Fitting<'_> {
        let (found, is_whole) = match &among {
            Some(few) if self.are_few(few) => {
                let rows = few.iter().filter_map(|id| self.rows.get(self.rows.place(id)?));
                self.gather(rows.map(std::slice::from_ref), &search, patience, |_| true)
            }
            Some(many) => self.gather(self.rows_near(&search.text), &search, patience, |id| many.has(id)),
            None => self.gather(self.rows_near(&search.text), &search, patience, |_| true),
        };
        let mut named = search.named.clone();
        among.iter().for_each(|among| named &= among);
        let mut held: EntrySet = found.into_iter().collect();
        held |= &named;
        if is_whole {
            let total = Total::Exactly(held.len());
            return Fitting { catalog: self, among: Some(held), search: None, total, left: Cell::default() };
        }
        let total = Total::MoreThan(patience.told(held.len()));
        let left = Cell::new(patience.asked.saturating_mul(shown));
        Fitting { catalog: self, among, search: Some(search), total, left }
    }

    /// Those who fit a filter, for a page that shows so many.
    pub(super) fn fitting(&self, filter: &Filter, board: &Board, patience: Patience, shown: usize) -> Fitting<'_> {
        let mut sets = Vec::new();
        if filter.group.is_some() || !filter.states.is_empty() {
            let mut held = EntrySet::default();
            let fits = |state: &&State| filter.fits(**state);
            State::ALL.iter().filter(fits).for_each(|state| held |= &self.in_state(*state, board));
            sets.push(held);
        }
        if let Some(cause) = filter.cause {
            let mut held = board.failing_for(cause);
            held &= self.rows.there();
            sets.push(held);
        }
        if let Some(under) = filter.under {
            let id = match under {
                Under::Contract(id) => Some(id),
                Under::Nothing => None,
            };
            sets.push(self.contracts.entries(id).cloned().unwrap_or_default());
        }
        let among = sets.into_iter().reduce(|mut held, other| {
            held &= &other;
            held
        });
        if filter.search.is_empty() {
            let total = Total::Exactly(among.as_ref().map_or(self.len(), EntrySet::len));
            return Fitting { catalog: self, among, search: None, total, left: Cell::default() };
        }
        let text = filter.search.to_lowercase();
        let mut named = EntrySet::default();
        self.contracts.named(&text).for_each(|entries| named |= entries);
        let search = Search { finder: Finder::new(&text).into_owned(), text, named };
        self.searched(search, among, patience, shown)
    }
}
