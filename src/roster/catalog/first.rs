//! The first few of many, in an order, beyond one of them.

use std::cmp::Ordering;

/// Which entries are picked: so many, the first beyond one of them.
pub(super) struct Pick<T> {
    pub down: bool,
    pub beyond: Option<T>,
    pub most: usize,
}

impl<T: Ord> Pick<T> {
    pub(super) fn order(&self, a: &T, b: &T) -> Ordering {
        if self.down { b.cmp(a) } else { a.cmp(b) }
    }

    fn is_beyond(&self, one: &T) -> bool {
        self.beyond.as_ref().is_none_or(|beyond| self.order(one, beyond) == Ordering::Greater)
    }
}

/// The first of many that come in any order.
pub(super) struct First<'a, T> {
    pick: &'a Pick<T>,
    /// Some more than are picked, so that few of them are looked at more than once.
    some: Vec<T>,
    room: usize,
    /// None beyond it is among them.
    last: Option<T>,
}

impl<'a, T: Ord + Clone> First<'a, T> {
    /// `asking` when it costs something to tell whether one fits.
    pub(super) fn of(pick: &'a Pick<T>, asking: bool) -> Self {
        let room = if asking { 2 * pick.most } else { 4 * pick.most + 1024 };
        Self { pick, some: Vec::with_capacity(room), room, last: None }
    }

    /// Whether there may be one to take from here to there.
    pub(super) fn wants(&self, from: &T, to: &T) -> bool {
        let (near, far) = if self.pick.down { (to, from) } else { (from, to) };
        self.pick.is_beyond(far) && self.last.as_ref().is_none_or(|last| self.pick.order(near, last) == Ordering::Less)
    }

    /// Takes one more, if it fits, which is asked of few.
    pub(super) fn offer(&mut self, one: T, fits: impl FnOnce() -> bool) {
        let is_late = |last: &T| self.pick.order(&one, last) != Ordering::Less;
        if self.last.as_ref().is_some_and(is_late) || !self.pick.is_beyond(&one) || !fits() {
            return;
        }
        self.some.push(one);
        if self.some.len() == self.room {
            let (_, worst, _) = self.some.select_nth_unstable_by(self.pick.most - 1, |a, b| self.pick.order(a, b));
            self.last = Some(worst.clone());
            self.some.truncate(self.pick.most);
        }
    }

    pub(super) fn sorted(mut self) -> Vec<T> {
        self.some.sort_unstable_by(|a, b| self.pick.order(a, b));
        self.some.truncate(self.pick.most);
        self.some
    }
}
