//! Something for each of many entries. Numbers are given one after the other, so that pages of them take a tenth of what a
//! hash table of a million does, and are quicker to walk.

use std::num::NonZero;

use rustc_hash::FxHashMap;

use super::entry::EntryId;

/// A place in a list; that there is none takes no room of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place(NonZero<u32>);

impl Place {
    /// This one; lists of four thousand million do not fit the machines that this runs on.
    pub fn of(place: u32) -> Self {
        Self(NonZero::<u32>::MIN.saturating_add(place))
    }

    pub fn get(self) -> u32 {
        self.0.get() - 1
    }

    /// As an index into the list.
    pub fn index(self) -> usize {
        self.get() as usize
    }
}

/// Entries of one page.
const PAGE: usize = 1024;

#[derive(Clone, Debug)]
struct Page<T> {
    held: usize,
    places: Box<[Option<T>]>,
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Dense<T> {
    pages: FxHashMap<i64, Page<T>>,
    length: usize,
}

impl<T> Default for Dense<T> {
    fn default() -> Self {
        Self { pages: FxHashMap::default(), length: 0 }
    }
}

fn place(id: EntryId) -> (i64, usize) {
    let size = i64::try_from(PAGE).unwrap_or(i64::MAX);
    (id.0.div_euclid(size), usize::try_from(id.0.rem_euclid(size)).unwrap_or(0))
}

impl<T> Dense<T> {
    pub fn get(&self, id: EntryId) -> Option<&T> {
        let (page, at) = place(id);
        self.pages.get(&page)?.places.get(at)?.as_ref()
    }

    pub fn get_mut(&mut self, id: EntryId) -> Option<&mut T> {
        let (page, at) = place(id);
        self.pages.get_mut(&page)?.places.get_mut(at)?.as_mut()
    }

    /// Tells what there is of each of these, in their order; quickest when they are in the order of their numbers.
    pub fn read(&self, ids: &[EntryId], mut tell: impl FnMut(Option<&T>)) {
        let mut last: Option<(i64, Option<&Page<T>>)> = None;
        for id in ids {
            let (number, at) = place(*id);
            let page = match last {
                Some((known, page)) if known == number => page,
                _ => self.pages.get(&number),
            };
            last = Some((number, page));
            tell(page.and_then(|page| page.places.get(at)?.as_ref()));
        }
    }

    pub fn has(&self, id: EntryId) -> bool {
        self.get(id).is_some()
    }

    pub fn len(&self) -> usize {
        self.length
    }

    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Puts one there; what was there before.
    pub fn insert(&mut self, id: EntryId, value: T) -> Option<T> {
        let (page, at) = place(id);
        let fresh = || Page { held: 0, places: std::iter::repeat_with(|| None).take(PAGE).collect() };
        let page = self.pages.entry(page).or_insert_with(fresh);
        let before = page.places.get_mut(at)?.replace(value);
        page.held += usize::from(before.is_none());
        self.length += usize::from(before.is_none());
        before
    }

    /// Takes one away.
    pub fn remove(&mut self, id: EntryId) -> Option<T> {
        let (number, at) = place(id);
        let page = self.pages.get_mut(&number)?;
        let before = page.places.get_mut(at)?.take()?;
        page.held -= 1;
        self.length -= 1;
        if page.held == 0 {
            self.pages.remove(&number);
        }
        Some(before)
    }

    /// All of them, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (EntryId, &T)> {
        self.pages.iter().flat_map(|(page, held)| {
            let start = page.wrapping_mul(i64::try_from(PAGE).unwrap_or(i64::MAX));
            (0..).zip(&held.places).filter_map(move |(at, held): (i64, _)| Some((EntryId(start + at), held.as_ref()?)))
        })
    }

    /// Whose there are, in no order.
    pub fn ids(&self) -> impl Iterator<Item = EntryId> + '_ {
        self.iter().map(|(id, _)| id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_number_and_none_takes_no_room() {
        assert!([0, 1, 77, u32::MAX - 1].into_iter().all(|place| Place::of(place).get() == place));
        assert_eq!(size_of::<Option<Place>>(), size_of::<u32>());
    }

    #[test]
    fn it_holds_what_was_put_there_whatever_the_numbers() {
        let mut dense = Dense::default();
        let ids = [i64::MIN, -1_025, -1, 0, 1, 1_023, 1_024, 999_999, i64::MAX].map(EntryId);
        for id in ids {
            assert_eq!(dense.insert(id, id.0), None);
        }
        assert_eq!((dense.len(), dense.get(EntryId(-1)), dense.get(EntryId(2))), (9, Some(&-1), None));
        let mut read = Vec::new();
        dense.read(&[ids[8], ids[0], EntryId(7), ids[4], ids[5]], |value| read.push(value.copied()));
        assert_eq!(read, [Some(i64::MAX), Some(i64::MIN), None, Some(1), Some(1_023)]);
        let mut known: Vec<EntryId> = dense.ids().collect();
        known.sort_unstable();
        assert_eq!(known, ids);
        assert_eq!(dense.insert(EntryId(0), 7), Some(0));
        *dense.get_mut(EntryId(1)).unwrap() = 8;
        assert_eq!((dense.len(), dense.remove(EntryId(1)), dense.remove(EntryId(1))), (9, Some(8), None));
        for id in ids {
            dense.remove(id);
        }
        assert!(dense.is_empty() && dense.pages.is_empty() && !dense.has(EntryId(0)));
    }
}
