//! Which registration a call is for, by the user part of our Contact. A table of places only, since the users themselves
//! stand in the registrations: of a million, that is ten bytes each.

use std::hash::BuildHasher as _;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

/// See the module. `user_of` tells the user of a slot that is held here.
#[derive(Debug, Default)]
pub struct Called {
    slots: HashTable<u32>,
    seeds: RandomState,
}

impl Called {
    /// The slot with this user.
    pub fn find<'a>(&self, user: &str, user_of: impl Fn(u32) -> &'a str) -> Option<u32> {
        self.slots.find(self.seeds.hash_one(user), |slot| user_of(*slot) == user).copied()
    }

    /// This slot has this user from now on; of several the last one counts.
    pub fn hold<'a>(&mut self, user: &str, slot: u32, user_of: impl Fn(u32) -> &'a str) {
        let hash = self.seeds.hash_one(user);
        match self.slots.find_mut(hash, |known| user_of(*known) == user) {
            Some(known) => *known = slot,
            None => drop(self.slots.insert_unique(hash, slot, |known| self.seeds.hash_one(user_of(*known)))),
        }
    }

    /// This slot has this user no more.
    pub fn release(&mut self, user: &str, slot: u32) {
        if let Ok(held) = self.slots.find_entry(self.seeds.hash_one(user), |known| *known == slot) {
            held.remove();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_one_with_a_user_counts_until_it_is_gone() {
        let users: Vec<String> = (0..1_000).map(|n| format!("u{}", n % 900)).collect();
        let user_of = |slot: u32| users[slot as usize].as_str();
        let mut called = Called::default();
        (0..1_000).for_each(|slot| called.hold(user_of(slot), slot, user_of));
        assert_eq!([called.find("u5", user_of), called.find("u899", user_of)], [Some(905), Some(899)]);
        assert_eq!(called.find("nobody", user_of), None);
        // Whoever was overtaken has nothing to release.
        called.release("u5", 5);
        assert_eq!(called.find("u5", user_of), Some(905));
        called.release("u5", 905);
        assert_eq!(called.find("u5", user_of), None);
    }
}
