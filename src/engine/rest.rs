//! When the loop rests. Waking up costs more than a refresh does, and what is done together is quicker by far, so that in a
//! crowd, what is due and what is answered within a few milliseconds waits for the rest of it; whoever comes alone is not
//! made to wait. Pure.

/// Milliseconds: long enough for a dozen of a thousand refreshes a second, and short enough that what waited is done before
/// the 20 at which it counts as late.
const REST: u64 = 12;
/// Messages within that time that are a crowd: a challenge makes two of one.
const CROWD: usize = 3;

/// See the module. Times are in milliseconds on the loop's clock.
#[derive(Debug, Default)]
pub struct Rest {
    /// When the last messages were sent, the oldest first.
    sent_at: [Option<u64>; CROWD],
    until: Option<u64>,
}

impl Rest {
    /// A round has sent so many messages; `waits` when there is nothing more to be done at once.
    pub fn sent(&mut self, now: u64, count: usize, waits: bool) {
        if count == 0 {
            return;
        }
        let fresh = count.min(CROWD);
        self.sent_at.rotate_left(fresh);
        self.sent_at[CROWD - fresh..].fill(Some(now));
        let is_crowd = self.sent_at[0].is_some_and(|first| now < first + REST);
        if is_crowd && waits {
            self.until.get_or_insert(now + REST);
        }
    }

    /// Until when it rests.
    pub fn until(&self) -> Option<u64> {
        self.until
    }

    /// It has rested.
    pub fn over(&mut self) {
        self.until = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowd_is_taken_together_and_whoever_comes_alone_is_not_kept_waiting() {
        let mut rest = Rest::default();
        // Challenged, and due again half a minute later, with one more.
        for (now, count) in [(0, 1), (1, 1), (30_000, 1), (30_001, 1), (60_000, 2), (60_012, 1), (60_013, 1)] {
            rest.sent(now, count, true);
            assert_eq!(rest.until(), None, "{now}");
        }
        rest.sent(60_020, 1, true);
        assert_eq!(rest.until(), Some(60_032));
        // What is sent while it rests does not make it longer.
        rest.sent(60_025, 5, true);
        assert_eq!(rest.until(), Some(60_032));
        rest.over();
        rest.sent(60_050, 0, true);
        rest.sent(60_051, 7, false);
        assert_eq!(rest.until(), None, "there is more to be done");
        rest.sent(60_070, 3, true);
        assert_eq!(rest.until(), Some(60_082));
    }
}
