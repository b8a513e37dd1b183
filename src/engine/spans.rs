//! From when to when the next actions of neighbours lie. Of a million entries, those that are next stand in few of the
//! blocks, and the others need not be looked at. A span may be wider than what is in it, never narrower: the engine only
//! widens it, which costs next to nothing, and who has time narrows it again.

use super::posted::Facts;
use crate::domain::dense::Dense;
use crate::domain::entry::EntryId;

/// Entries of a block: few enough to be read for the one that is next, many enough that there are few blocks.
const BLOCK: i64 = 64;

/// When something happens next, milliseconds since 1970 UTC; what has nothing planned comes last.
pub fn next_at(facts: &Facts) -> i64 {
    facts.next_action_at().unwrap_or(i64::MAX)
}

/// Nothing of a block of entries is planned before this time, or after that one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The lowest number of the block, and the highest.
    pub ids: (EntryId, EntryId),
    pub first: i64,
    pub last: i64,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Spans {
    /// By the number of a block.
    blocks: Dense<Span>,
}

/// Whether two entries stand in one block.
pub fn are_beside(a: EntryId, b: EntryId) -> bool {
    number(a) == number(b)
}

fn number(id: EntryId) -> EntryId {
    EntryId(id.0.div_euclid(BLOCK))
}

impl Spans {
    /// An entry has something planned then.
    pub fn widen(&mut self, id: EntryId, at: i64) {
        if let Some(span) = self.blocks.get_mut(number(id)) {
            (span.first, span.last) = (span.first.min(at), span.last.max(at));
        } else {
            let lowest = id.0 - id.0.rem_euclid(BLOCK);
            let ids = (EntryId(lowest), EntryId(lowest + (BLOCK - 1)));
            self.blocks.insert(number(id), Span { ids, first: at, last: at });
        }
    }

    /// The block that this one stands in spans what is in it, and no more.
    pub fn narrow(&mut self, facts: &Dense<Facts>, id: EntryId) {
        let times = Self::block(facts, id).map(|(_, facts)| next_at(facts));
        let (first, last) = times.fold((i64::MAX, i64::MIN), |(first, last), at| (first.min(at), last.max(at)));
        if first > last {
            self.blocks.remove(number(id));
        } else if let Some(span) = self.blocks.get_mut(number(id)) {
            (span.first, span.last) = (first, last);
        }
    }

    /// Everybody of the block that this one stands in.
    pub fn block(facts: &Dense<Facts>, id: EntryId) -> impl Iterator<Item = (EntryId, &Facts)> {
        facts.beside(id, usize::try_from(BLOCK).unwrap_or(1))
    }

    /// Of every block, in no order.
    pub fn all(&self) -> impl Iterator<Item = Span> + '_ {
        self.blocks.iter().map(|(_, span)| *span)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::status::State;
    use crate::sip::seed::Seed;

    #[test]
    fn each_block_spans_what_is_planned_in_it_whatever_changes() {
        let (mut facts, mut spans, mut seed) = (Dense::default(), Spans::default(), Seed::new([9; 32]));
        let draw = |seed: &mut Seed, most: u64| i64::try_from(seed.between(0, most)).unwrap();
        for step in 0..20_000 {
            // Three blocks, on both sides of zero.
            let id = EntryId(draw(&mut seed, 3 * 64 - 1) - 64);
            let at = (draw(&mut seed, 9) > 0).then(|| draw(&mut seed, 40));
            let new = (draw(&mut seed, 3) > 0).then(|| Facts::new(State::Registered, None, at));
            match new {
                Some(new) => {
                    facts.insert(id, new);
                    spans.widen(id, next_at(&new));
                }
                None => drop(facts.remove(id)),
            }
            for span in spans.all() {
                let spanned = span.first..=span.last;
                assert!(
                    Spans::block(&facts, span.ids.1).all(|(_, facts)| spanned.contains(&next_at(facts))),
                    "{span:?}"
                );
            }
            spans.narrow(&facts, id);
            let mut all: Vec<Span> = spans.all().collect();
            all.sort_unstable_by_key(|span| span.ids.0);
            let expected = [-64, 0, 64].into_iter().filter_map(|lowest| {
                let times = (lowest..lowest + 64).filter_map(|id| facts.get(EntryId(id)).map(next_at));
                let (first, last) = (times.clone().min()?, times.max()?);
                Some(Span { ids: (EntryId(lowest), EntryId(lowest + 63)), first, last })
            });
            assert_eq!(all, expected.collect::<Vec<_>>(), "step {step}");
        }
    }
}
