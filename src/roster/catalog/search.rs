//! A piece of text that is looked for: who has it, and where those who have it are, read no further than is asked for.

use std::cell::OnceCell;

use fixedbitset::FixedBitSet;
use memchr::memmem::Finder;

use super::Catalog;
use super::first::{First, Pick};
use super::grams::BLOCK;
use super::rows::{Row, Rows};
use crate::domain::dense::Place;
use crate::domain::entry::EntryId;
use crate::domain::set::EntrySet;

/// Neighbours, between the lowest and the highest of their numbers.
type Block<'a> = (EntryId, EntryId, &'a [Row]);

/// See the module.
pub(super) struct Search<'a> {
    catalog: &'a Catalog,
    /// In lower case.
    text: String,
    finder: Finder<'static>,
    /// Entries of contracts whose name has it.
    named: EntrySet,
    /// Where it may be found.
    blocks: OnceCell<Vec<Block<'a>>>,
}

impl<'a> Search<'a> {
    /// `text` in any case.
    pub(super) fn of(catalog: &'a Catalog, text: &str) -> Self {
        let text = text.to_lowercase();
        let mut named = EntrySet::default();
        catalog.contracts.named(&text).for_each(|entries| named |= entries);
        Self { catalog, finder: Finder::new(&text).into_owned(), text, named, blocks: OnceCell::new() }
    }

    /// Entries of contracts whose name has it.
    pub(super) fn named(&self) -> &EntrySet {
        &self.named
    }

    /// Whether it finds an entry.
    pub(super) fn finds(&self, id: EntryId) -> bool {
        let rows = &self.catalog.rows;
        let row = rows.place(id).and_then(|place| rows.get(place));
        row.is_some_and(|row| self.finder.find(rows.text(row).as_bytes()).is_some()) || self.named.has(id)
    }

    /// Rows of everybody who may have it in their text, neighbours together.
    pub(super) fn near(&self) -> impl Iterator<Item = &'a [Row]> {
        self.catalog.rows_near(&self.text)
    }

    /// Of some neighbours, those who have it in their text.
    pub(super) fn among(&self, rows: &'a [Row]) -> impl Iterator<Item = EntryId> {
        self.catalog.rows.holding(rows, &self.finder).map(|row| row.id)
    }

    /// The first, by number, of some whom it finds: blocks are read, those first that begin first.
    pub(super) fn first(&self, some: &EntrySet, pick: &Pick<EntryId>) -> Vec<EntryId> {
        let block = |rows: &'a [Row]| {
            let ids = rows.iter().map(|row| row.id);
            Some((ids.clone().min()?, ids.max()?, rows))
        };
        let mut blocks = self.blocks.get_or_init(|| self.near().filter_map(block).collect()).clone();
        let near = |block: &Block<'_>| if pick.down { block.1 } else { block.0 };
        blocks.sort_unstable_by(|a, b| pick.order(&near(a), &near(b)));
        let mut first = First::of(pick, false);
        let mut named = self.named.clone();
        named &= some;
        named.walk(pick.beyond, pick.down).take(pick.most).for_each(|id| first.offer(id, || true));
        for (from, to, rows) in blocks {
            if first.wants(&from, &to) {
                self.among(rows).for_each(|id| first.offer(id, || some.has(id) && !named.has(id)));
            }
        }
        first.sorted()
    }
}

/// Where a search finds something, of places that it may.
pub(super) struct Near<'s, 'a> {
    search: Option<&'s Search<'a>>,
    rows: &'a Rows,
    /// Blocks that have been read,
    read: FixedBitSet,
    /// and the places where it is found there.
    found: FixedBitSet,
}

/// Places of those, `among` some or of all, whom a search may find, if there is one: none is left out. And where it does.
pub(super) fn places<'s, 'a>(
    catalog: &'a Catalog,
    among: Option<&EntrySet>,
    search: Option<&'s Search<'a>>,
) -> (FixedBitSet, Near<'s, 'a>) {
    let all = catalog.rows.len();
    let of = |ids: &EntrySet| {
        let mut places = FixedBitSet::with_capacity(all);
        catalog.rows.places(ids, |place| places.insert(place.index()));
        places
    };
    let found = search.map_or_else(|| FixedBitSet::with_capacity(all), |search| of(&search.named));
    let mut may = found.clone();
    match search {
        Some(search) => {
            let blocks = catalog.grams.places(&search.text);
            blocks.for_each(|some| may.insert_range(all.min(some.start)..all.min(some.end)));
        }
        None => may.insert_range(..),
    }
    among.iter().for_each(|among| may.intersect_with(&of(among)));
    (may, Near { search, rows: &catalog.rows, read: FixedBitSet::with_capacity(all / BLOCK + 1), found })
}

impl Near<'_, '_> {
    /// Whether the search finds who is there; of a block that it may not read, `may_read`, it finds no text.
    pub(super) fn has(&mut self, place: Place, may_read: impl FnOnce() -> bool) -> bool {
        let Some(search) = self.search else { return true };
        let block = place.index() / BLOCK;
        if !self.read.contains(block) && may_read() {
            self.read.insert(block);
            let start = block * BLOCK;
            let rows = self.rows.all().get(start..self.rows.len().min(start + BLOCK)).unwrap_or_default();
            let found = search.among(rows).filter_map(|id| self.rows.place(id));
            found.for_each(|place| self.found.insert(place.index()));
        }
        self.found.contains(place.index())
    }
}
