//! A set of entries: Roaring bitmaps, a bit of each entry at most, and far less where few or whole ranges are in it.

use std::ops::{BitAndAssign, BitOrAssign, SubAssign};

use roaring::{RoaringBitmap, RoaringTreemap};

use super::entry::EntryId;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EntrySet(RoaringTreemap);

/// Numbers keep their order; those below zero, which no database gives, too.
const ZERO: u64 = 1 << 63;

fn number(id: EntryId) -> u64 {
    id.0.cast_unsigned() ^ ZERO
}

fn id(number: u64) -> EntryId {
    EntryId((number ^ ZERO).cast_signed())
}

impl EntrySet {
    pub fn insert(&mut self, id: EntryId) {
        self.0.insert(number(id));
    }

    pub fn remove(&mut self, id: EntryId) {
        self.0.remove(number(id));
    }

    pub fn has(&self, id: EntryId) -> bool {
        self.0.contains(number(id))
    }

    pub fn len(&self) -> usize {
        // More than there are addresses do not fit a machine.
        usize::try_from(self.0.len()).unwrap_or(usize::MAX)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many are in both.
    pub fn shared(&self, other: &Self) -> usize {
        usize::try_from(self.0.intersection_len(&other.0)).unwrap_or(usize::MAX)
    }

    /// In the order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = EntryId> + '_ {
        self.0.iter().map(id)
    }

    /// Those beyond this one, or all, in the order of their numbers or, `down`, the other way.
    pub fn walk(&self, beyond: Option<EntryId>, down: bool) -> impl Iterator<Item = EntryId> + '_ {
        let mut left = self.0.iter();
        match beyond {
            Some(beyond) if down => left.advance_back_to(number(beyond)),
            Some(beyond) => left.advance_to(number(beyond)),
            None => {}
        }
        let ids = std::iter::from_fn(move || if down { left.next_back() } else { left.next() }).map(id);
        ids.skip_while(move |id| Some(*id) == beyond)
    }
}

impl FromIterator<EntryId> for EntrySet {
    fn from_iter<I: IntoIterator<Item = EntryId>>(ids: I) -> Self {
        let mut numbers: Vec<u64> = ids.into_iter().map(number).collect();
        numbers.sort_unstable();
        // Half by half: a number at a time, each would be looked for where it belongs.
        let parts = numbers.chunk_by(|a, b| a >> 32 == b >> 32).filter_map(|part| {
            let high = u32::try_from(part.first()? >> 32).ok()?;
            let lower: RoaringBitmap = part.iter().map(|number| (number & u64::from(u32::MAX)) as u32).collect();
            Some((high, lower))
        });
        Self(RoaringTreemap::from_bitmaps(parts))
    }
}

impl BitAndAssign<&Self> for EntrySet {
    fn bitand_assign(&mut self, other: &Self) {
        self.0 &= &other.0;
    }
}

impl BitOrAssign<&Self> for EntrySet {
    fn bitor_assign(&mut self, other: &Self) {
        self.0 |= &other.0;
    }
}

impl SubAssign<&Self> for EntrySet {
    fn sub_assign(&mut self, other: &Self) {
        self.0 -= &other.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(ids: &[i64]) -> EntrySet {
        ids.iter().copied().map(EntryId).collect()
    }

    fn walked(set: &EntrySet, beyond: Option<i64>, down: bool) -> Vec<i64> {
        set.walk(beyond.map(EntryId), down).map(|id| id.0).collect()
    }

    #[test]
    fn it_is_walked_from_anywhere_both_ways() {
        let some = set(&[7, i64::MAX, -3, 1, 70_000, i64::MIN]);
        let all = [i64::MIN, -3, 1, 7, 70_000, i64::MAX];
        assert_eq!((walked(&some, None, false), some.len()), (all.to_vec(), 6));
        assert_eq!(walked(&some, None, true), all.iter().rev().copied().collect::<Vec<_>>());
        for beyond in [i64::MIN, -4, -3, 0, 1, 8, 70_000, i64::MAX] {
            let (up, down): (Vec<i64>, Vec<i64>) = (
                all.into_iter().filter(|id| *id > beyond).collect(),
                all.into_iter().rev().filter(|id| *id < beyond).collect(),
            );
            assert_eq!(walked(&some, Some(beyond), false), up, "{beyond}");
            assert_eq!(walked(&some, Some(beyond), true), down, "{beyond}");
        }
    }

    #[test]
    fn sets_are_joined_crossed_and_taken_from_each_other() {
        let (a, b) = (set(&[1, 2, 3, 90_000]), set(&[2, 90_000, 5]));
        let with = |change: fn(&mut EntrySet, &EntrySet)| {
            let mut some = a.clone();
            change(&mut some, &b);
            some
        };
        assert_eq!(with(|a, b| *a &= b), set(&[2, 90_000]));
        assert_eq!(with(|a, b| *a |= b), set(&[1, 2, 3, 5, 90_000]));
        assert_eq!(with(|a, b| *a -= b), set(&[1, 3]));
        assert_eq!(a.shared(&b), 2);
        let mut one = EntrySet::default();
        one.insert(EntryId(4));
        assert!(one.has(EntryId(4)) && !one.has(EntryId(5)));
        one.remove(EntryId(4));
        assert!(one.is_empty());
    }
}
