//! What everybody may read of the engine: a status per entry, stamped with wall-clock time, and a feed of changes.

use std::hint::black_box;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use tokio::sync::{Notify, broadcast};

use super::agenda::{Agenda, Keeping, Moves, Planned};
use super::feed::{Change, Feed};
pub use super::posted::Facts;
use super::posted::{Common, Posted};
use super::standing::Standing;
use crate::domain::dense::Dense;
use crate::domain::entry::EntryId;
use crate::domain::set::EntrySet;
use crate::domain::status::{Cause, Group, State, Status};
use crate::sip::shared::Shared;

/// For how long changes are collected before they are told, so that many cost those who listen, and the engine, little
/// more than one.
const COLLECT: Duration = Duration::from_millis(100);
/// Changes that are collected at most; past them everybody is told to read everything anew.
const CHANGED_MOST: usize = 100_000;
/// Times that a slow reader may lag behind before it is told the same.
const FEED_LENGTH: usize = 64;
/// Entries whose facts are read at once, so that the engine never waits long for them.
const CHUNK: usize = 4096;

/// See the module. Cheap to clone; nobody waits for the engine, nor it for them, longer than a few entries' swap takes.
#[derive(Clone, Debug)]
pub struct Board {
    inner: Arc<RwLock<Inner>>,
    /// Locked before the other one, and never by the engine.
    agenda: Arc<Mutex<Keeping>>,
    /// There is something to tell.
    some: Arc<Notify>,
    /// Nothing: everything is to be read anew.
    changes: broadcast::Sender<Change>,
}

#[derive(Debug, Default)]
struct Inner {
    statuses: Dense<Posted>,
    common: Shared<Common>,
    /// The same as in the statuses, close together.
    facts: Dense<Facts>,
    standing: Standing,
    moves: Moves,
    /// What is to be told.
    changed: Vec<EntryId>,
}

impl Inner {
    /// Of a million none is in the processor's cache when it changes: looked at together, they are fetched at once.
    fn glance(&self, statuses: &[(EntryId, Status<i64>)]) {
        let looked_at = statuses.iter().map(|(id, _)| {
            let shown = self.facts.get(*id).is_some_and(|facts| facts.cause.is_some());
            usize::from(shown) + self.statuses.get(*id).map_or(0, Posted::glance)
        });
        black_box(looked_at.sum::<usize>());
    }
}

impl Default for Board {
    fn default() -> Self {
        Self {
            inner: Arc::default(),
            agenda: Arc::default(),
            some: Arc::default(),
            changes: broadcast::Sender::new(FEED_LENGTH),
        }
    }
}

impl Board {
    // A panic elsewhere while it held the lock leaves whole entries behind: each swap is one step.
    fn read(&self) -> RwLockReadGuard<'_, Inner> {
        self.inner.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Inner> {
        self.inner.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts up the statuses of a few entries, and empties the list. Each whose state or cause is another one than before
    /// is told.
    pub fn post(&self, statuses: &mut Vec<(EntryId, Status<i64>)>, mut differs: impl FnMut(EntryId, &Status<i64>)) {
        let mut first = false;
        {
            let inner = &mut *self.write();
            inner.glance(statuses);
            for (id, status) in statuses.drain(..) {
                let facts = Facts::of(&status);
                let old = inner.facts.insert(id, facts);
                if old.is_none_or(|old| (old.state, old.cause) != (facts.state, facts.cause)) {
                    differs(id, &status);
                }
                inner.standing.change(id, old, Some(facts));
                inner.moves.note(id, old, Some(facts));
                let posted = Posted::of(status, &mut inner.common);
                inner.statuses.insert(id, posted);
                first |= note(inner, id);
            }
        }
        if first {
            self.some.notify_one();
        }
    }

    /// Takes down the status of an entry that is gone.
    pub fn take_down(&self, id: EntryId) {
        let first = {
            let inner = &mut *self.write();
            inner.statuses.remove(id);
            let old = inner.facts.remove(id);
            inner.standing.change(id, old, None);
            inner.moves.note(id, old, None);
            note(inner, id)
        };
        if first {
            self.some.notify_one();
        }
    }

    /// The status of an entry; *unknown* when the engine has not reported.
    pub fn status(&self, id: EntryId) -> Status<i64> {
        self.read().statuses.get(id).map_or_else(Status::unknown, Posted::status)
    }

    /// How many entries stand in each group.
    pub fn counts(&self) -> Vec<(Group, usize)> {
        let inner = self.read();
        let of = |group: Group| {
            let states = State::ALL.iter().filter(|state| state.group() == group);
            states.map(|state| inner.standing.count(*state)).sum()
        };
        Group::ALL.iter().map(|group| (*group, of(*group))).collect()
    }

    /// Those who stand in a state; of whom the engine has not reported are in none.
    pub fn in_state(&self, state: State) -> EntrySet {
        self.read().standing.in_state(state)
    }

    /// Those who fail for a cause.
    pub fn failing_for(&self, cause: Cause) -> EntrySet {
        self.read().standing.failing_for(cause)
    }

    /// Everybody of whom the engine has reported.
    pub fn known(&self) -> EntrySet {
        self.read().standing.known()
    }

    /// Tells what is known of each of these, in their order.
    pub fn facts(&self, ids: impl Iterator<Item = EntryId>, mut tell: impl FnMut(EntryId, Facts)) {
        let (mut ids, mut some, mut facts) = (ids, Vec::new(), Vec::new());
        loop {
            some.clear();
            some.extend(ids.by_ref().take(CHUNK));
            if some.is_empty() {
                return;
            }
            facts.clear();
            self.read().facts.read(&some, |known| facts.push(known.copied().unwrap_or(Facts::UNKNOWN)));
            some.iter().zip(&facts).for_each(|(id, facts)| tell(*id, *facts));
        }
    }

    fn keeping(&self) -> MutexGuard<'_, Keeping> {
        self.agenda.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at who has something planned when, in order, as it stands now; `None` while that is not kept. Whoever asks has it
    /// kept from soon after, and as long as that is worth it.
    pub fn agenda<R>(&self, look: impl FnOnce(&Agenda) -> R) -> Option<R> {
        let mut keeping = self.keeping();
        if let Keeping::Kept(agenda) = &mut *keeping {
            // Apart: the engine must not wait until the look is over.
            let moves = self.write().moves.take();
            if let Some(moves) = moves {
                agenda.follow(&moves);
                agenda.ask();
                return Some(look(agenda));
            }
            *keeping = Keeping::Not;
        }
        if matches!(*keeping, Keeping::Not) {
            *keeping = Keeping::Wanted;
            self.some.notify_one();
        }
        None
    }

    /// Puts the agenda in order when it is wanted, and lets it follow what moved, or go, when it is kept.
    pub fn keep_agenda(&self) {
        let mut keeping = self.keeping();
        match &mut *keeping {
            Keeping::Not | Keeping::Begun => return,
            Keeping::Wanted => *keeping = Keeping::Begun,
            Keeping::Kept(agenda) => {
                let moves = self.write().moves.take();
                moves.iter().for_each(|moves| agenda.follow(moves));
                if moves.is_none() || agenda.is_forgotten() {
                    self.write().moves.end();
                    *keeping = Keeping::Not;
                }
                return;
            }
        }
        drop(keeping);
        // What moves while everybody is put in order is followed later.
        self.write().moves.begin();
        let agenda = Agenda::of(self.planned());
        *self.keeping() = Keeping::Kept(agenda);
    }

    /// All that is planned, by the number of whose it is.
    fn planned(&self) -> Vec<Planned> {
        let known = self.known();
        let mut planned = Vec::with_capacity(known.len());
        self.facts(known.iter(), |id, facts| planned.extend(facts.next_action_at().map(|at| (at, id))));
        planned
    }

    /// Tells those who listen what has changed, and keeps the agenda, for as long as it is let run: apart from the engine's
    /// thread, which has no time to wake everybody.
    pub async fn announce(self) {
        loop {
            self.some.notified().await;
            tokio::time::sleep(COLLECT).await;
            let mut ids = std::mem::take(&mut self.write().changed);
            let change: Change = (ids.len() < CHANGED_MOST).then(|| {
                ids.sort_unstable();
                ids.dedup();
                ids.into()
            });
            if change.as_ref().is_none_or(|ids| !ids.is_empty()) {
                // Nobody listening is no fault.
                let _ = self.changes.send(change);
            }
            // Whoever looks at it holds it, for longer than other tasks should wait.
            let is_idle = self.agenda.try_lock().is_ok_and(|keeping| matches!(*keeping, Keeping::Not));
            let board = self.clone();
            if !is_idle && tokio::task::spawn_blocking(move || board.keep_agenda()).await.is_err() {
                *self.keeping() = Keeping::Not;
                self.write().moves.end();
            }
        }
    }

    /// A feed of what changes from now on.
    pub fn subscribe(&self) -> Feed {
        Feed::of(self.changes.subscribe())
    }
}

/// Remembers that an entry changed; `true` when it is the first of those that are to be told.
fn note(inner: &mut Inner, id: EntryId) -> bool {
    if inner.changed.len() < CHANGED_MOST {
        inner.changed.push(id);
    }
    inner.changed.len() == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::feed::News;

    fn status(state: State) -> Status<i64> {
        Status { state, ..Status::unknown() }
    }

    #[tokio::test]
    async fn counts_follow_and_a_slow_reader_is_told() {
        let board = Board::default();
        let mut feed = board.subscribe();
        let mut told = Vec::new();
        for (id, state) in [(2, State::Queued), (1, State::Registered), (2, State::Registered), (1, State::Registered)]
        {
            let mut some = vec![(EntryId(id), status(state))];
            board.post(&mut some, |id, status| told.push((id.0, status.state)));
            assert!(some.is_empty());
        }
        assert_eq!(told, [(2, State::Queued), (1, State::Registered), (2, State::Registered)]);
        let mut facts = Vec::new();
        board.facts([EntryId(1), EntryId(9)].into_iter(), |id, known| facts.push((id.0, known.state)));
        assert_eq!(facts, [(1, State::Registered), (9, State::Unknown)]);
        assert!(board.counts().contains(&(Group::Ok, 2)) && board.counts().contains(&(Group::Working, 0)));
        assert_eq!((board.in_state(State::Registered).len(), board.in_state(State::Queued).len()), (2, 0));
        let telling = tokio::spawn(board.clone().announce());
        assert_eq!(feed.next().await, News::Changed([EntryId(1), EntryId(2)].into()));
        for _ in 0..2 * CHANGED_MOST {
            board.take_down(EntryId(1));
        }
        assert_eq!(feed.next().await, News::Lagged);
        assert_eq!(board.status(EntryId(1)).state, State::Unknown);
        assert_eq!(board.known().iter().collect::<Vec<_>>(), [EntryId(2)]);
        telling.abort();
        let _ = telling.await;
        drop(board);
        assert_eq!(feed.next().await, News::Over);
    }

    fn plan(board: &Board, id: i64, at: Option<i64>) {
        let status = Status { next_action_at: at, ..status(State::Registered) };
        board.post(&mut vec![(EntryId(id), status)], |_, _| {});
    }

    fn planned(board: &Board) -> Option<Vec<(i64, i64)>> {
        board.agenda(|agenda| agenda.walk(None, false).map(|(at, id)| (at, id.0)).collect())
    }

    #[test]
    fn the_agenda_is_as_the_statuses_are_whenever_it_is_asked_for() {
        let board = Board::default();
        for (id, at) in [(1, Some(30)), (2, Some(10)), (3, None)] {
            plan(&board, id, at);
        }
        board.keep_agenda();
        assert_eq!(planned(&board), None);
        board.keep_agenda();
        assert_eq!(planned(&board), Some(vec![(10, 2), (30, 1)]));
        plan(&board, 2, Some(40));
        plan(&board, 3, Some(5));
        board.take_down(EntryId(1));
        assert_eq!(planned(&board), Some(vec![(5, 3), (40, 2)]));
        plan(&board, 2, None);
        board.keep_agenda();
        assert_eq!(planned(&board), Some(vec![(5, 3)]));
        assert_eq!(board.agenda(|agenda| agenda.planned().len()), Some(1));
        assert_eq!(board.agenda(|_| board.inner.try_write().is_ok()), Some(true), "the engine waits");
        // More than are noted: all are put in order anew.
        for at in 0..200_000 {
            plan(&board, 3, Some(at));
        }
        assert_eq!(planned(&board), None);
        board.keep_agenda();
        assert_eq!(planned(&board), Some(vec![(199_999, 3)]));
    }

    #[test]
    fn what_moves_while_the_agenda_is_put_in_order_is_in_it() {
        let board = Board::default();
        let entries = 20_000;
        (0..entries).for_each(|id| plan(&board, id, Some(id)));
        assert!(planned(&board).is_none());
        std::thread::scope(|scope| {
            let moving = scope.spawn(|| {
                // Of every kind, until it is in order and a while longer; fewer than are too many.
                let mut left = 1_000;
                for round in 0..50_000 {
                    if left == 0 {
                        break;
                    }
                    let id = round * 7_919 % entries;
                    match round % 3 {
                        0 => plan(&board, id, None),
                        1 => plan(&board, id, Some(entries - id)),
                        _ => board.take_down(EntryId(id)),
                    }
                    left -= i32::from(matches!(*board.keeping(), Keeping::Kept(_)));
                }
            });
            board.keep_agenda();
            moving.join().unwrap();
        });
        let mut expected: Vec<(i64, i64)> = board.planned().into_iter().map(|(at, id)| (at, id.0)).collect();
        expected.sort_unstable();
        assert!(planned(&board) == Some(expected));
    }

    #[tokio::test]
    async fn the_agenda_is_kept_only_while_somebody_asks() {
        let board = Board::default();
        let mut feed = board.subscribe();
        let telling = tokio::spawn(board.clone().announce());
        assert!(planned(&board).is_none());
        // With one entry, two moves are followed for nobody.
        for (at, is_asked, is_kept) in
            [(0, false, true), (1, false, true), (2, true, true), (3, false, true), (4, false, true), (5, false, false)]
        {
            plan(&board, 1, Some(at));
            assert_eq!(feed.next().await, News::Changed([EntryId(1)].into()));
            let is_so = async {
                while matches!(*board.keeping(), Keeping::Kept(_)) != is_kept {
                    tokio::task::yield_now().await;
                }
            };
            tokio::time::timeout(Duration::from_secs(10), is_so).await.unwrap_or_else(|_| panic!("after {at}"));
            if is_asked {
                assert_eq!(planned(&board), Some(vec![(at, 1)]));
            }
        }
        assert!(board.write().moves.take().is_none() && planned(&board).is_none());
        telling.abort();
    }
}
