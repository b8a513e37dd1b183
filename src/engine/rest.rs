//! When the loop rests. Waking up costs more than a refresh does, so that in a crowd, what is due and what is answered
//! within two milliseconds is done together; whoever comes alone is not made to wait. Pure.

/// Milliseconds.
const REST: u64 = 2;

/// See the module. Times are in milliseconds on the loop's clock.
#[derive(Debug, Default)]
pub struct Rest {
    sent_at: Option<u64>,
    until: Option<u64>,
}

impl Rest {
    /// A round has sent so many messages; `waits` when there is nothing more to be done at once.
    pub fn sent(&mut self, now: u64, count: usize, waits: bool) {
        if count == 0 {
            return;
        }
        let before = self.sent_at.replace(now);
        let is_crowd = count > 1 || before.is_some_and(|before| now < before + REST);
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
        for now in [0, 10, 13, 15] {
            rest.sent(now, 1, true);
            assert_eq!(rest.until(), None, "{now}");
        }
        rest.sent(16, 1, true);
        assert_eq!(rest.until(), Some(18));
        // What is sent while it rests does not make it longer.
        rest.sent(17, 5, true);
        assert_eq!(rest.until(), Some(18));
        rest.over();
        rest.sent(40, 0, true);
        rest.sent(41, 7, false);
        assert_eq!(rest.until(), None, "there is more to be done");
        rest.sent(60, 2, true);
        assert_eq!(rest.until(), Some(62));
    }
}
