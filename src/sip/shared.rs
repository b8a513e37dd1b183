//! Values that many entries have in common, kept once: how a target was found, what a challenger proposed. Whoever
//! says what another said not long ago gets the same.

use std::borrow::Borrow;
use std::hash::{BuildHasher as _, Hash};
use std::sync::Arc;

use arcstr::ArcStr;
use foldhash::fast::RandomState;

use super::target::Target;

/// Values that are remembered; a newer one with the same place takes it.
const PLACES: u64 = 1024;

/// See the module.
#[derive(Debug)]
pub struct Shared<T> {
    places: Vec<Option<Arc<T>>>,
    seeds: RandomState,
}

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self { places: Vec::new(), seeds: RandomState::default() }
    }
}

impl<T: Eq + Hash> Shared<T> {
    /// This value, as others have it.
    pub fn keep<V: Borrow<T> + Into<Arc<T>>>(&mut self, value: V) -> Arc<T> {
        let known = value.borrow();
        let place = usize::try_from(self.seeds.hash_one(known) % PLACES).unwrap_or(0);
        if place >= self.places.len() {
            self.places.resize_with(place + 1, || None);
        }
        match &self.places[place] {
            Some(kept) if **kept == *known => kept.clone(),
            _ => self.places[place].insert(value.into()).clone(),
        }
    }
}

/// Where requests went last, and how that was found.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reached {
    pub target: Target,
    /// Empty when nothing was looked up.
    pub chain: ArcStr,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_again_is_the_same() {
        let mut shared = Shared::default();
        // Two that have the same place take turns there: of a few, some do, but hardly ever most of them.
        let few: Vec<Arc<u32>> = (0..20).map(|n| shared.keep(n % 10)).collect();
        assert!(few.iter().zip(&few[10..]).filter(|(a, b)| Arc::ptr_eq(a, b)).count() > 2);
        // What was said just before is certain to be kept.
        for n in 0..10_000u32 {
            let [first, again] = [shared.keep(n), shared.keep(n)];
            assert!(*first == n && Arc::ptr_eq(&first, &again), "{n}");
        }
    }
}
