//! Something of each peer. Whoever comes with the very peer that is kept here, as nearly everybody does, is answered by
//! where that stands in memory: to hash its names would cost as much as the rest of a lookup ten times over.

use std::collections::HashSet;
use std::sync::Arc;

use foldhash::fast::RandomState;
use rustc_hash::FxHashMap;

use crate::domain::account::Peer;

/// See the module.
#[derive(Debug)]
pub struct ByPeer<T> {
    peers: HashSet<Arc<Peer>, RandomState>,
    /// By the place of a peer that is kept, which nothing else can have meanwhile.
    held: FxHashMap<usize, T>,
}

impl<T> Default for ByPeer<T> {
    fn default() -> Self {
        Self { peers: HashSet::default(), held: FxHashMap::default() }
    }
}

fn place(peer: &Arc<Peer>) -> usize {
    Arc::as_ptr(peer).addr()
}

impl<T> ByPeer<T> {
    /// Where its equal is kept.
    fn known(&self, peer: &Arc<Peer>) -> Option<usize> {
        if self.held.contains_key(&place(peer)) { Some(place(peer)) } else { self.peers.get(peer).map(place) }
    }

    pub fn get(&self, peer: &Arc<Peer>) -> Option<&T> {
        self.held.get(&place(peer)).or_else(|| self.held.get(&self.known(peer)?))
    }

    /// Puts one there, in the place of what was there.
    pub fn insert(&mut self, peer: Arc<Peer>, value: T) {
        let place = self.known(&peer).unwrap_or_else(|| {
            let place = place(&peer);
            self.peers.insert(peer);
            place
        });
        self.held.insert(place, value);
    }

    pub fn remove(&mut self, peer: &Arc<Peer>) {
        if let Some(kept) = self.peers.take(peer) {
            self.held.remove(&place(&kept));
        }
    }
}

impl<T: Default> ByPeer<T> {
    /// The peer as it is kept.
    pub fn keep(&mut self, peer: Arc<Peer>) -> Arc<Peer> {
        match self.peers.get(&peer) {
            Some(kept) => kept.clone(),
            None => {
                self.insert(peer.clone(), T::default());
                peer
            }
        }
    }

    pub fn of(&mut self, peer: &Arc<Peer>) -> &mut T {
        let place = self.known(peer).unwrap_or_else(|| place(&self.keep(peer.clone())));
        self.held.entry(place).or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_peers_are_one_wherever_they_stand() {
        let peer = |n: u32| Arc::new(Peer::of_domain(&format!("h{n}.example").parse().unwrap()));
        let mut known: ByPeer<u32> = ByPeer::default();
        let kept: Vec<_> = (0..100).map(|n| known.keep(peer(n))).collect();
        for (n, kept) in (0..).zip(&kept) {
            assert!(Arc::ptr_eq(kept, &known.keep(peer(n))));
            *known.of(&peer(n)) += n;
            *known.of(kept) += 1;
        }
        assert!(
            (0..100).all(|n| known.get(&peer(n)) == Some(&(n + 1)) && known.get(&kept[n as usize]) == Some(&(n + 1)))
        );
        assert_eq!(known.get(&peer(100)), None);
        *known.of(&peer(100)) = 7;
        known.insert(peer(100), 8);
        known.insert(peer(101), 9);
        assert_eq!((known.get(&peer(100)), known.get(&peer(101))), (Some(&8), Some(&9)));
        for n in 0..102 {
            known.remove(&peer(n));
            known.remove(&peer(n));
        }
        assert!(known.held.is_empty() && known.peers.is_empty() && known.get(&kept[3]).is_none());
    }
}
