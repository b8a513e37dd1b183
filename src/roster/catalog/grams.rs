//! Where a piece of text may be found, without reading all: an index of n-grams by block (a signature file). Of each block
//! of entries it is noted which two, three and four bytes stand anywhere in their texts; a longer piece can only be where
//! all of its fours are. Numbers share few marks, so now and then a block is read in vain, and none is missed.

use std::ops::Range;

use crate::domain::dense::Place;

/// Entries of a block.
pub(super) const BLOCK: usize = 64;
/// Entries of a segment, which has a bit of each mark for each of its blocks.
const SEGMENT: usize = BLOCK * u64::BITS as usize;
/// Marks of two, three and four bytes: as many as leave most of them unset in a block of texts that have little in
/// common.
const MARKS: [usize; 3] = [512, 2048, 4096];
/// Marks of a longer piece that are looked at: by then a block that has them all has the piece.
const ENOUGH: usize = 24;

#[derive(Debug)]
struct Segment {
    /// A word of each mark.
    blocks: Box<[u64]>,
    /// Texts that have gone from it: their marks stay.
    stale: usize,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Grams {
    segments: Vec<Segment>,
}

/// Which word a few bytes have.
fn mark(bytes: &[u8]) -> usize {
    let (before, marks) = match bytes.len() {
        2 => (0, MARKS[0]),
        3 => (MARKS[0], MARKS[1]),
        _ => (MARKS[0] + MARKS[1], MARKS[2]),
    };
    let number = bytes.iter().fold(0, |number: u32, byte| number << 8 | u32::from(*byte));
    // Fibonacci hashing: the upper bits are the mixed ones.
    before + (number.wrapping_mul(0x9e37_79b1) >> (32 - marks.ilog2())) as usize
}

impl Segment {
    fn new() -> Self {
        Self { blocks: vec![0; MARKS.iter().sum()].into(), stale: 0 }
    }

    fn add(&mut self, block: usize, text: &str) {
        for part in text.split('\n').map(str::as_bytes) {
            for bytes in part.windows(2).chain(part.windows(3)).chain(part.windows(4)) {
                self.blocks[mark(bytes)] |= 1 << block;
            }
        }
    }
}

impl Grams {
    /// This text, of parts with a line end between, stands at a place now. Places are filled in their order.
    pub(super) fn add(&mut self, place: Place, text: &str) {
        let (segment, within) = (place.index() / SEGMENT, place.index() % SEGMENT);
        if segment >= self.segments.len() {
            self.segments.push(Segment::new());
        }
        if let Some(segment) = self.segments.get_mut(segment) {
            segment.add(within / BLOCK, text);
        }
    }

    /// The text at a place is gone, or another; `text` tells what stands at each place now. When half of what a segment
    /// held has gone, it is noted anew.
    pub(super) fn forget<'a>(&mut self, place: Place, text: impl Fn(usize) -> Option<&'a str>) {
        let at = place.index() / SEGMENT;
        let Some(segment) = self.segments.get_mut(at) else { return };
        segment.stale += 1;
        if segment.stale <= SEGMENT / 2 {
            return;
        }
        *segment = Segment::new();
        for within in 0..SEGMENT {
            let Some(text) = text(at * SEGMENT + within) else { break };
            segment.add(within / BLOCK, text);
        }
    }

    /// Places whose texts may have this piece in them.
    pub(super) fn places(&self, piece: &str) -> impl Iterator<Item = Range<usize>> + '_ {
        let bytes = piece.as_bytes();
        // One byte stands in almost any text: all blocks are read.
        let marks: Vec<usize> = match bytes.len() {
            0 | 1 => Vec::new(),
            length => bytes.windows(length.min(4)).take(ENOUGH).map(mark).collect(),
        };
        (0..).step_by(SEGMENT).zip(&self.segments).flat_map(move |(start, segment)| {
            let mut blocks = u64::MAX;
            for mark in &marks {
                blocks &= segment.blocks[*mark];
                if blocks == 0 {
                    break;
                }
            }
            let held = (0..).step_by(BLOCK).take(u64::BITS as usize).enumerate();
            held.filter(move |(bit, _)| blocks >> bit & 1 == 1).map(move |(_, at): (_, usize)| {
                let start = start + at;
                start..start + BLOCK
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(grams: &Grams, piece: &str) -> Vec<usize> {
        grams.places(piece).map(|places| places.start / BLOCK).collect()
    }

    #[test]
    fn a_piece_is_looked_for_where_it_may_be_and_never_missed() {
        let texts: Vec<String> = (0..2 * SEGMENT).map(|n| format!("349{n:08}\nuser{n:06}\nsip.example\n")).collect();
        let mut grams = Grams::default();
        (0..).zip(&texts).for_each(|(place, text)| grams.add(Place::of(place), text));
        for n in (0..texts.len()).step_by(97) {
            for piece in [&format!("{n:08}"), &texts[n][..11], "user", "ex", "p"] {
                let found: Vec<usize> =
                    (0..texts.len()).filter(|at| texts[*at].contains(piece)).map(|at| at / BLOCK).collect();
                let hits = hits(&grams, piece);
                assert!(found.iter().all(|block| hits.contains(block)), "{piece}");
            }
        }
        assert!(hits(&grams, "34900007777").len() <= 4, "{:?}", hits(&grams, "34900007777"));
        assert_eq!(hits(&grams, "nothing of this"), [0; 0]);
        // With one mark that others have not, another piece's may be the same.
        for nothing in ["zz", "xyz", "wxyz", "sip.exampleu", &"9".repeat(200)] {
            assert!(hits(&grams, nothing).len() <= 2 * SEGMENT / BLOCK / 8, "{nothing}");
        }
    }

    #[test]
    fn what_has_gone_is_forgotten_in_time() {
        let mut grams = Grams::default();
        let text = |place: usize| (place < SEGMENT).then_some(if place < 2 { "left" } else { "stays" });
        grams.add(Place::of(0), "gone");
        assert_eq!(hits(&grams, "gone"), [0]);
        (0..=SEGMENT / 2).for_each(|_| grams.forget(Place::of(5), text));
        assert_eq!((hits(&grams, "gone"), hits(&grams, "left"), hits(&grams, "stays").len()), (vec![], vec![0], 64));
    }
}
