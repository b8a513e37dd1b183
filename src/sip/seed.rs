//! Chance from a seed: the same seed gives the same registrations, in a test or in a replay.

use sha2::{Digest, Sha256};

/// A generator of unpredictable numbers, as long as its seed is secret: SHA-256 over the seed and a counter.
#[derive(Clone)]
pub struct Seed {
    key: [u8; 32],
    block: u64,
    left: Vec<u64>,
}

impl Seed {
    pub fn new(key: [u8; 32]) -> Self {
        Self { key, block: 0, left: Vec::with_capacity(4) }
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        if let Some(bits) = self.left.pop() {
            return bits;
        }
        let digest: [u8; 32] =
            Sha256::new().chain_update(self.key).chain_update(self.block.to_be_bytes()).finalize().into();
        self.block += 1;
        self.left.extend(digest.as_chunks::<8>().0.iter().map(|chunk| u64::from_be_bytes(*chunk)));
        self.left.pop().unwrap_or_default()
    }

    /// A number from `low` to `high`, both included; `low` when they are the wrong way round.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        match high.checked_sub(low) {
            None | Some(0) => low,
            Some(u64::MAX) => self.bits(),
            Some(width) => low + self.bits() % (width + 1),
        }
    }

    /// A short keyed check of what a branch carries: nobody without the seed can make one up.
    pub fn check(&self, slot: u32, generation: u32) -> u64 {
        let digest: [u8; 32] = Sha256::new()
            .chain_update(b"branch")
            .chain_update(self.key)
            .chain_update(slot.to_be_bytes())
            .chain_update(generation.to_be_bytes())
            .finalize()
            .into();
        u64::from_be_bytes(*digest.first_chunk().unwrap_or(&[0; 8]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_numbers_within_bounds() {
        let (mut a, mut b, mut other) = (Seed::new([1; 32]), Seed::new([1; 32]), Seed::new([2; 32]));
        assert!((0..100).all(|_| a.bits() == b.bits()));
        assert_ne!(a.bits(), other.bits());
        assert!((0..1000).all(|_| (5..=10).contains(&a.between(5, 10))));
        assert_eq!(a.between(7, 3), 7);
        assert_ne!(a.check(1, 1), a.check(1, 2));
        assert_ne!(a.check(1, 1), other.check(1, 1));
    }
}
