//! Who has something planned when, in that order. Each answer of a registrar changes it, and most days nobody asks: so it is
//! kept from when somebody asks until keeping it has cost more than putting it in order anew. The engine only notes what
//! moves.

use std::collections::BTreeSet;
use std::ops::Bound;

use super::posted::Facts;
use crate::domain::entry::EntryId;
use crate::domain::set::EntrySet;

/// When something is planned, milliseconds since 1970 UTC, and whose it is.
pub type Planned = (i64, EntryId);

/// Moves that are noted until they are followed; past them everything is put in order anew when somebody asks.
const MOVES_MOST: usize = 100_000;

/// What is planned of an entry, from now on, in place of what was.
#[derive(Clone, Copy, Debug)]
pub struct Move {
    pub id: EntryId,
    pub from: Option<i64>,
    pub to: Option<i64>,
}

/// What an agenda does not know yet, from when it begins to be put in order; nothing while none is kept, or when that
/// became too much.
#[derive(Debug, Default)]
pub struct Moves(Option<Vec<Move>>);

impl Moves {
    /// What is known of an entry is something else now.
    pub fn note(&mut self, id: EntryId, old: Option<Facts>, new: Option<Facts>) {
        let Some(noted) = &mut self.0 else { return };
        let planned = |facts: Facts| facts.next_action_at();
        let (from, to) = (old.and_then(planned), new.and_then(planned));
        if from == to {
            return;
        }
        if noted.len() < MOVES_MOST {
            noted.push(Move { id, from, to });
        } else {
            self.0 = None;
        }
    }

    /// Moves are noted from now on.
    pub fn begin(&mut self) {
        self.0 = Some(Vec::new());
    }

    /// All that was noted since the last time.
    pub fn take(&mut self) -> Option<Vec<Move>> {
        self.0.as_mut().map(std::mem::take)
    }

    /// Nothing is noted any more.
    pub fn end(&mut self) {
        self.0 = None;
    }
}

/// Whether an agenda is kept.
#[derive(Debug, Default)]
pub enum Keeping {
    #[default]
    Not,
    /// Somebody asked.
    Wanted,
    /// It is being put in order.
    Begun,
    Kept(Agenda),
}

/// See the module.
#[derive(Debug)]
pub struct Agenda {
    order: BTreeSet<Planned>,
    planned: EntrySet,
    /// Moves since somebody asked.
    moves: usize,
}

impl Agenda {
    /// Of what is planned, quickest by the number of whose it is.
    pub fn of(mut planned: Vec<Planned>) -> Self {
        let ids = planned.iter().map(|(_, id)| *id).collect();
        planned.sort_unstable();
        Self { order: planned.into_iter().collect(), planned: ids, moves: 0 }
    }

    /// Takes over what was moved, in its order. Moves that were taken over before, or seen in another way, do no harm as long
    /// as those that followed them come too.
    pub fn follow(&mut self, moves: &[Move]) {
        for Move { id, from, to } in moves {
            if let Some(from) = from {
                self.order.remove(&(*from, *id));
            }
            match to {
                Some(to) => {
                    self.order.insert((*to, *id));
                    // Whoever had something planned is among them already.
                    if from.is_none() {
                        self.planned.insert(*id);
                    }
                }
                None => self.planned.remove(*id),
            }
        }
        self.moves += moves.len();
    }

    /// Somebody asks.
    pub fn ask(&mut self) {
        self.moves = 0;
    }

    /// Whether it has been kept in vain for so long that it is cheaper to put it in order when somebody asks again.
    pub fn is_forgotten(&self) -> bool {
        self.moves > 2 * self.order.len()
    }

    /// Those who have something planned.
    pub fn planned(&self) -> &EntrySet {
        &self.planned
    }

    /// All that is planned, or what is beyond this place; `down`, the other way.
    pub fn walk(&self, beyond: Option<Planned>, down: bool) -> impl Iterator<Item = Planned> + '_ {
        let end = beyond.map_or(Bound::Unbounded, Bound::Excluded);
        let mut left = self.order.range(if down { (Bound::Unbounded, end) } else { (end, Bound::Unbounded) });
        std::iter::from_fn(move || if down { left.next_back() } else { left.next() }).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walked(agenda: &Agenda, beyond: Option<(i64, i64)>, down: bool) -> Vec<(i64, i64)> {
        agenda.walk(beyond.map(|(at, id)| (at, EntryId(id))), down).map(|(at, id)| (at, id.0)).collect()
    }

    fn moved(id: i64, from: Option<i64>, to: Option<i64>) -> Move {
        Move { id: EntryId(id), from, to }
    }

    #[test]
    fn it_is_walked_from_anywhere_both_ways() {
        let agenda = Agenda::of([(20, 1), (10, 2), (20, 3), (30, 4)].map(|(at, id)| (at, EntryId(id))).into());
        assert_eq!(walked(&agenda, None, false), [(10, 2), (20, 1), (20, 3), (30, 4)]);
        assert_eq!(walked(&agenda, Some((20, 1)), false), [(20, 3), (30, 4)]);
        assert_eq!(walked(&agenda, Some((20, 2)), true), [(20, 1), (10, 2)]);
        assert_eq!(walked(&agenda, Some((i64::MAX, 7)), true).len(), 4);
        assert_eq!(walked(&agenda, Some((i64::MAX, i64::MAX)), false), []);
        assert_eq!(agenda.planned().iter().map(|id| id.0).collect::<Vec<_>>(), [1, 2, 3, 4]);
    }

    #[test]
    fn it_follows_what_was_seen_before_too() {
        let moves = [
            moved(1, Some(10), Some(20)),
            moved(2, None, Some(5)),
            moved(1, Some(20), None),
            moved(2, Some(5), Some(6)),
            moved(1, None, Some(30)),
        ];
        // Put in order before the moves, amid them, or after all.
        let before: [&[Planned]; 3] = [&[(10, EntryId(1))], &[(5, EntryId(2))], &[(6, EntryId(2)), (30, EntryId(1))]];
        for seen in before {
            let mut agenda = Agenda::of(seen.to_vec());
            agenda.follow(&moves);
            assert_eq!(walked(&agenda, None, false), [(6, 2), (30, 1)], "{seen:?}");
            assert_eq!(agenda.planned().len(), 2, "{seen:?}");
        }
    }

    #[test]
    fn it_is_forgotten_when_nobody_asks_for_long() {
        let mut agenda = Agenda::of(vec![(10, EntryId(1))]);
        agenda.follow(&[moved(1, Some(10), Some(20)), moved(1, Some(20), Some(30))]);
        assert!(!agenda.is_forgotten());
        agenda.ask();
        agenda.follow(&[moved(1, Some(30), Some(40)), moved(1, Some(40), Some(50))]);
        assert!(!agenda.is_forgotten());
        agenda.follow(&[moved(1, Some(50), Some(60))]);
        assert!(agenda.is_forgotten());
    }
}
