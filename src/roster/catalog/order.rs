//! A column in order: places of entries, in blocks, so that one more, or one less, moves a block at most. What they are
//! sorted by is not kept here: `compare` tells how another stands to the one that is meant.

use std::cmp::Ordering;
use std::ops::ControlFlow;

use crate::domain::dense::Place;

/// Places of a block at most.
const MOST: usize = 1024;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Order {
    /// None is empty.
    blocks: Vec<Vec<Place>>,
}

impl Order {
    /// Of places that are in order already.
    pub(super) fn of(sorted: &[Place]) -> Self {
        // As full as those that are split: one more then moves half a block.
        Self { blocks: sorted.chunks(MOST / 2).map(<[Place]>::to_vec).collect() }
    }

    /// Where one is, or belongs: which block, and which place there.
    fn seek(&self, mut compare: impl FnMut(Place) -> Ordering) -> (usize, Result<usize, usize>) {
        let first_greater =
            |block: &Vec<Place>| block.first().is_some_and(|first| compare(*first) != Ordering::Greater);
        let block = self.blocks.partition_point(first_greater).saturating_sub(1);
        let places = self.blocks.get(block).map_or(&[][..], Vec::as_slice);
        (block, places.binary_search_by(|place| compare(*place)))
    }

    /// Takes one in.
    pub(super) fn insert(&mut self, place: Place, compare: impl FnMut(Place) -> Ordering) {
        let (at, Ok(within) | Err(within)) = self.seek(compare);
        let Some(block) = self.blocks.get_mut(at) else {
            self.blocks.push(vec![place]);
            return;
        };
        // A little at a time: doubled, half of each block's room would stay empty.
        block.reserve_exact(usize::from(block.len() == block.capacity()) * MOST / 16);
        block.insert(within, place);
        if block.len() > MOST {
            let rest = block.split_off(MOST / 2);
            block.shrink_to_fit();
            self.blocks.insert(at + 1, rest);
        }
    }

    /// Takes one out: the one that `compare` calls equal.
    pub(super) fn remove(&mut self, compare: impl FnMut(Place) -> Ordering) {
        let (at, Ok(within)) = self.seek(compare) else { return };
        self.blocks[at].remove(within);
        if self.blocks[at].is_empty() {
            self.blocks.remove(at);
        }
    }

    /// The one that `compare` calls equal stands at another place now.
    pub(super) fn rename(&mut self, to: Place, compare: impl FnMut(Place) -> Ordering) {
        if let (at, Ok(within)) = self.seek(compare) {
            self.blocks[at][within] = to;
        }
    }

    /// Tells all of them, or, with `compare`, those after the one that is meant; `down` those before it, the other way; until
    /// `tell` has enough. What it broke off with.
    pub(super) fn walk<B>(
        &self,
        compare: Option<impl FnMut(Place) -> Ordering>,
        down: bool,
        mut tell: impl FnMut(Place) -> ControlFlow<B>,
    ) -> Option<B> {
        let (mut blocks, mut within) = (&self.blocks[..], &[][..]);
        if let Some((at, found)) = compare.map(|compare| self.seek(compare)) {
            let (before, after) = match found {
                Ok(at) => (at, at + 1),
                Err(at) => (at, at),
            };
            if let Some(block) = self.blocks.get(at) {
                (blocks, within) = if down {
                    (&self.blocks[..at], &block[..before])
                } else {
                    (&self.blocks[at + 1..], &block[after..])
                };
            }
        }
        // Block by block: from one iterator over all of them each place would take twice as long.
        if down {
            let mut each = |places: &[Place]| places.iter().rev().copied().try_for_each(&mut tell).break_value();
            each(within).or_else(|| blocks.iter().rev().find_map(|block| each(block)))
        } else {
            let mut each = |places: &[Place]| places.iter().copied().try_for_each(&mut tell).break_value();
            each(within).or_else(|| blocks.iter().find_map(|block| each(block)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers sorted by themselves.
    fn to(number: u32) -> impl FnMut(Place) -> Ordering {
        move |other| other.get().cmp(&number)
    }

    fn walked(order: &Order, from: Option<u32>, down: bool) -> Vec<u32> {
        let mut all = Vec::new();
        let enough = order.walk(from.map(to), down, |place| {
            all.push(place.get());
            ControlFlow::<()>::Continue(())
        });
        assert_eq!(enough, None);
        all
    }

    #[test]
    fn it_stays_in_order_whoever_comes_and_goes() {
        let mut order = Order::default();
        assert!(walked(&order, Some(7), false).is_empty());
        // 7,919 is prime: every even number below twice the size once, in no order.
        let size = 5 * u32::try_from(MOST).unwrap();
        let numbers: Vec<u32> = (0..size).map(|n| 2 * (n * 7_919 % size)).collect();
        numbers.iter().for_each(|n| order.insert(Place::of(*n), to(*n)));
        assert!(order.blocks.iter().all(|block| block.len() <= MOST && block.capacity() <= MOST + MOST / 16));
        let mut left: Vec<u32> = (0..size).map(|n| 2 * n).collect();
        let whole = Order::of(&left.iter().map(|n| Place::of(*n)).collect::<Vec<_>>());
        assert_eq!((walked(&order, None, false), walked(&whole, None, false)), (left.clone(), left.clone()));
        for gone in numbers.iter().filter(|n| *n % 3 != 0) {
            order.remove(to(*gone));
            order.remove(to(gone + 1));
        }
        left.retain(|n| n % 3 == 0);
        for from in [0, 1, 6, 2_046, 2_048, 3_000, 2 * size - 4, 2 * size] {
            let (up, down): (Vec<u32>, Vec<u32>) = (
                left.iter().copied().filter(|n| *n > from).collect(),
                left.iter().rev().copied().filter(|n| *n < from).collect(),
            );
            assert_eq!(walked(&order, Some(from), false), up, "after {from}");
            assert_eq!(walked(&order, Some(from), true), down, "before {from}");
            let first = order.walk(Some(to(from)), false, ControlFlow::Break);
            assert_eq!(first.map(Place::get), up.first().copied(), "after {from}");
        }
        order.rename(Place::of(7), to(6));
        left[1] = 7;
        assert_eq!(walked(&order, None, false), left);
        left.iter().for_each(|n| order.remove(to(*n)));
        assert!(order.blocks.is_empty());
    }
}
