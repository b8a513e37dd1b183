//! Who fits a filter, as far as a page needs to know. Sets are kept of everything but of text, so a search that finds much is
//! neither gathered nor counted to its end: how many fit is told as *more than*, and who comes in the page's order is
//! asked one by one. Those who come late in it are looked for where they may be.

use std::cell::Cell;

use fixedbitset::FixedBitSet;

use super::Catalog;
use super::first::Pick;
use super::rows::Row;
use super::search::{Near, Search, places};
use crate::domain::dense::Place;
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
    /// Entries that may be asked for each that a page shows; past them those who fit are looked for in other ways.
    pub asked: usize,
    /// So many are sooner looked at one by one than found in an order.
    pub few: usize,
}

impl Patience {
    /// To the end.
    pub const ENDLESS: Self =
        Self { found: usize::MAX, read: usize::MAX, thin: usize::MAX, asked: usize::MAX, few: usize::MAX };

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
        Self { found: 10_000, read: 1 << 17, thin: 1000, asked: 512, few: 4096 }
    }
}

/// What it costs to read a block, in entries asked: one behind the other in one go.
const BLOCK_ASKED: usize = 8;

/// See the module.
pub(super) struct Fitting<'a> {
    catalog: &'a Catalog,
    /// All who fit, or, with a search, all who may; `None` is everybody.
    among: Option<EntrySet>,
    search: Option<Search<'a>>,
    total: Total,
    /// Entries that may be asked whether the search finds them,
    asks: usize,
    /// and of these those that still may.
    left: Cell<usize>,
}

impl<'a> Fitting<'a> {
    fn of(catalog: &'a Catalog, among: Option<EntrySet>, total: Total) -> Self {
        Self { catalog, among, search: None, total, asks: 0, left: Cell::default() }
    }

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
        self.search.as_ref().is_none_or(|search| self.may_ask(1) && search.finds(id))
    }

    /// Whether so many more may be asked, or read together with less ado.
    fn may_ask(&self, more: usize) -> bool {
        let left = self.left.get().checked_sub(more);
        self.left.set(left.unwrap_or_default());
        left.is_some()
    }

    /// Whether one of all fits.
    pub(super) fn has(&self, id: EntryId) -> bool {
        self.among.as_ref().is_none_or(|among| among.has(id)) && self.fits(id)
    }

    /// The first, by number, of some who may fit that do.
    pub(super) fn first(&self, some: &EntrySet, pick: &Pick<EntryId>) -> Vec<EntryId> {
        let walk = some.walk(pick.beyond, pick.down);
        let Some(search) = &self.search else { return walk.take(pick.most).collect() };
        if some.len() <= self.catalog.patience.few {
            return walk.filter(|id| search.finds(*id)).take(pick.most).collect();
        }
        let asked: Vec<EntryId> =
            walk.take_while(|_| !self.is_tired()).filter(|id| self.fits(*id)).take(pick.most).collect();
        if asked.len() == pick.most || !self.is_tired() { asked } else { search.first(some, pick) }
    }

    /// Where those are who may fit, and who of them does.
    pub(super) fn places(&self) -> (FixedBitSet, Near<'_, 'a>) {
        places(self.catalog, self.among.as_ref(), self.search.as_ref())
    }

    /// Whether who may fit there does; not when that tires.
    pub(super) fn is_at(&self, near: &mut Near<'_, 'a>, place: Place) -> bool {
        near.has(place, || self.may_ask(BLOCK_ASKED))
    }

    /// Whether those who may fit have to be asked one by one.
    pub(super) fn is_asked(&self) -> bool {
        self.search.is_some()
    }

    /// Whether so many have been asked, an eighth, that it is better to tell where those who fit are.
    pub(super) fn is_tiring(&self) -> bool {
        self.is_asked() && self.left.get() < self.asks - self.asks / 8
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

    /// Those of these rows, neighbours together, that have it in their text and fit, and whether all were read.
    fn gather<'a>(
        &'a self,
        rows: impl Iterator<Item = &'a [Row]>,
        search: &Search<'a>,
        patience: Patience,
        fits: impl Fn(EntryId) -> bool,
    ) -> (Vec<EntryId>, bool) {
        let (mut found, mut read) = (Vec::new(), 0);
        for some in rows {
            if patience.is_over(read, found.len()) {
                return (found, false);
            }
            read += some.len();
            found.extend(search.among(some).filter(|id| fits(*id)));
        }
        (found, true)
    }

    /// Those, of these or of all, whom a search finds.
    fn searched<'a>(
        &'a self,
        search: Search<'a>,
        among: Option<EntrySet>,
        patience: Patience,
        shown: usize,
    ) -> Fitting<'a> {
        let (found, is_whole) = match &among {
            Some(few) if self.are_few(few) => {
                let rows = few.iter().filter_map(|id| self.rows.get(self.rows.place(id)?));
                self.gather(rows.map(std::slice::from_ref), &search, patience, |_| true)
            }
            Some(many) => self.gather(search.near(), &search, patience, |id| many.has(id)),
            None => self.gather(search.near(), &search, patience, |_| true),
        };
        let mut named = search.named().clone();
        among.iter().for_each(|among| named &= among);
        let mut held: EntrySet = found.into_iter().collect();
        held |= &named;
        if is_whole {
            let total = Total::Exactly(held.len());
            return Fitting::of(self, Some(held), total);
        }
        let total = Total::MoreThan(patience.told(held.len()));
        let asks = patience.asked.saturating_mul(shown);
        Fitting { search: Some(search), asks, left: Cell::new(asks), ..Fitting::of(self, among, total) }
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
            return Fitting::of(self, among, total);
        }
        self.searched(Search::of(self, &filter.search), among, patience, shown)
    }
}
