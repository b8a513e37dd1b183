//! A page of the list: the first few entries beyond a place in an order.

use std::cmp::Ordering;
use std::ops::ControlFlow;

use super::first::{First, Pick};
use super::fitting::Fitting;
use super::{Catalog, compare, key};
use crate::domain::dense::Place;
use crate::domain::entry::EntryId;
use crate::domain::status::State;
use crate::engine::{Agenda, Board, Planned};
use crate::roster::query::{Cursor, Found, From, Key, ListQuery, SortBy, borrowed, owned, urgency};

/// When those come who have nothing planned: last.
const NOTHING: i64 = i64::MAX;

type Sorted<'a> = (Key<&'a str>, i64);

/// Why a walk through a column ends before its end.
enum Stop {
    /// There are enough.
    Full,
    /// Those who fit come later than this one, which was asked last.
    Late(Place),
    Tired,
}

impl Catalog {
    /// A page of the list.
    pub fn page(&self, query: &ListQuery, board: &Board) -> Found {
        let (backwards, cursor) = match &query.from {
            From::Start => (false, None),
            From::After(cursor) => (false, Some(cursor)),
            From::Before(cursor) => (true, Some(cursor)),
        };
        // One more than is shown tells whether there are more.
        let pick = Pick {
            down: query.descending != backwards,
            beyond: cursor.map(|cursor| (borrowed(&cursor.key), cursor.id)),
            most: query.limit + 1,
        };
        let mut fitting = self.fitting(&query.filter, board, self.patience, pick.most);
        let mut first = self.first(&pick, query.sort, &fitting, board);
        if first.is_none() {
            fitting = fitting.gathered();
            first = self.first(&pick, query.sort, &fitting, board);
        }
        let mut first = first.unwrap_or_default();
        let more = first.len() > query.limit;
        first.truncate(query.limit);
        if backwards {
            first.reverse();
        }
        let (has_next, has_previous) = if backwards { (true, more) } else { (more, cursor.is_some()) };
        let cursor = |one: Option<&Sorted<'_>>| one.map(|(key, id)| Cursor { key: owned(key), id: *id });
        Found {
            next: cursor(first.last()).filter(|_| has_next),
            previous: cursor(first.first()).filter(|_| has_previous),
            ids: first.into_iter().map(|(_, id)| EntryId(id)).collect(),
            total: fitting.total(),
        }
    }

    /// The first of those who fit, unless that tires.
    fn first<'a>(
        &'a self,
        pick: &Pick<Sorted<'a>>,
        sort: SortBy,
        fitting: &Fitting<'_>,
        board: &Board,
    ) -> Option<Vec<Sorted<'a>>> {
        match sort {
            SortBy::Id => Some(Self::by_number(pick, fitting)),
            SortBy::Status => Some(self.by_status(pick, fitting, board)),
            SortBy::NextAction => self.by_next_action(pick, fitting, board),
            SortBy::Ddi | SortBy::Username | SortBy::Domain | SortBy::Contract | SortBy::User => {
                self.by_text(pick, fitting, sort)
            }
        }
    }

    fn by_number<'a>(pick: &Pick<Sorted<'a>>, fitting: &Fitting<'_>) -> Vec<Sorted<'a>> {
        let beyond = pick.beyond.as_ref().map(|(_, id)| EntryId(*id));
        let first = fitting.first(fitting.all(), &Pick { down: pick.down, beyond, most: pick.most });
        first.into_iter().map(|id| (Key::Number(0), id.0)).collect()
    }

    fn by_status<'a>(&self, pick: &Pick<Sorted<'a>>, fitting: &Fitting<'_>, board: &Board) -> Vec<Sorted<'a>> {
        let mut states: Vec<(i64, State)> = State::ALL.iter().map(|state| (urgency(*state), *state)).collect();
        states.sort_unstable();
        if pick.down {
            states.reverse();
        }
        let mut first = Vec::with_capacity(pick.most);
        for (urgency, state) in states {
            let key = Key::Number(urgency);
            let beside = pick.beyond.as_ref().map_or(Ordering::Greater, |(beyond, _)| {
                let order = key.cmp(beyond);
                if pick.down { order.reverse() } else { order }
            });
            let beyond = match beside {
                Ordering::Less => continue,
                Ordering::Equal => pick.beyond.as_ref().map(|(_, id)| EntryId(*id)),
                Ordering::Greater => None,
            };
            let mut there = self.in_state(state, board);
            there &= fitting.all();
            let some = fitting.first(&there, &Pick { down: pick.down, beyond, most: pick.most - first.len() });
            first.extend(some.into_iter().map(|id| (key.clone(), id.0)));
            if first.len() == pick.most {
                break;
            }
        }
        first
    }

    fn by_next_action<'a>(
        &self,
        pick: &Pick<Sorted<'a>>,
        fitting: &Fitting<'_>,
        board: &Board,
    ) -> Option<Vec<Sorted<'a>>> {
        let number = |(key, id): &Sorted<'_>| match key {
            Key::Number(number) => (*number, EntryId(*id)),
            // Every text is beyond every number.
            Key::Text(_) => (NOTHING, EntryId(i64::MAX)),
        };
        let pick = Pick { down: pick.down, beyond: pick.beyond.as_ref().map(number), most: pick.most };
        let held = fitting.all();
        let are_many = held.len() > self.patience.few && !self.are_few(held);
        let in_order =
            if are_many { board.agenda(|agenda| Self::in_agenda(&pick, fitting, agenda)).flatten() } else { None };
        let first = match in_order {
            Some(first) => first,
            None if fitting.is_tired() => return None,
            None => Self::in_facts(&pick, fitting, board)?,
        };
        Some(first.into_iter().map(|(at, id)| (Key::Number(at), id.0)).collect())
    }

    /// The first of the agenda who fit; nothing when that tires, or when it is quicker to look at all who fit.
    fn in_agenda(pick: &Pick<Planned>, fitting: &Fitting<'_>, agenda: &Agenda) -> Option<Vec<Planned>> {
        let held = fitting.all();
        let (mut first, mut left) = (Vec::with_capacity(pick.most), held.len() / 4);
        for are_planned in [!pick.down, pick.down] {
            if are_planned {
                for one in agenda.walk(pick.beyond, pick.down) {
                    if first.len() == pick.most {
                        return Some(first);
                    }
                    left = left.checked_sub(1)?;
                    if held.has(one.1) && fitting.fits(one.1) {
                        first.push(one);
                    } else if fitting.is_tired() {
                        return None;
                    }
                }
                continue;
            }
            let beyond = match pick.beyond {
                Some((NOTHING, id)) => Some(id),
                Some(_) if pick.down => continue,
                Some(_) | None => None,
            };
            let mut others = held.clone();
            others -= agenda.planned();
            let rest = Pick { down: pick.down, beyond, most: pick.most - first.len() };
            first.extend(fitting.first(&others, &rest).into_iter().map(|id| (NOTHING, id)));
        }
        Some(first)
    }

    /// The first of those who fit, of whom all are looked at, unless that tires.
    fn in_facts(pick: &Pick<Planned>, fitting: &Fitting<'_>, board: &Board) -> Option<Vec<Planned>> {
        let mut first = First::of(pick, fitting.is_asked());
        board.facts(fitting.all().iter().take_while(|_| !fitting.is_tired()), |id, facts| {
            first.offer((facts.next_action_at().unwrap_or(NOTHING), id), || fitting.fits(id));
        });
        (!fitting.is_tired()).then(|| first.sorted())
    }

    fn by_text<'a>(
        &'a self,
        pick: &Pick<Sorted<'a>>,
        fitting: &Fitting<'_>,
        column: SortBy,
    ) -> Option<Vec<Sorted<'a>>> {
        let sorted = |place| {
            let (text, id) = key(&self.rows, &self.contracts, column, self.rows.get(place)?);
            Some((Key::Text(text), id))
        };
        let held = fitting.all();
        let are_sparse = held.len() <= self.patience.few && self.are_few(held);
        if let Some(order) = self.orders.get(&column).filter(|_| !are_sparse) {
            let mut first = Vec::with_capacity(pick.most);
            let mut take = |place, fits: bool| {
                if fits {
                    first.extend(sorted(place));
                }
                match fits {
                    true if first.len() == pick.most => ControlFlow::Break(Stop::Full),
                    false if fitting.is_tired() => ControlFlow::Break(Stop::Tired),
                    true | false => ControlFlow::Continue(()),
                }
            };
            let beyond = pick.beyond.as_ref().map(|beyond| move |place| sorted(place).as_ref().cmp(&Some(beyond)));
            // To tell where those who fit are takes about as long as to ask half as many.
            let mut left = held.len() / 2;
            let mut stop = order.walk(beyond, pick.down, |place| {
                take(place, self.rows.get(place).is_some_and(|row| fitting.has(row.id)))?;
                left = left.saturating_sub(1);
                let is_late = left == 0 || fitting.is_tiring();
                if is_late { ControlFlow::Break(Stop::Late(place)) } else { ControlFlow::Continue(()) }
            });
            if let Some(Stop::Late(last)) = stop {
                let (may, mut near) = fitting.places();
                let beyond = |place| compare(&self.rows, &self.contracts, column, place, last);
                stop = order.walk(Some(beyond), pick.down, |place| {
                    if may.contains(place.index()) {
                        take(place, fitting.is_at(&mut near, place))
                    } else {
                        ControlFlow::Continue(())
                    }
                });
            }
            return (!matches!(stop, Some(Stop::Tired))).then_some(first);
        }
        let mut first = First::of(pick, fitting.is_asked());
        let all = held.iter().filter_map(|id| self.rows.place(id)).filter_map(sorted);
        all.for_each(|one| {
            let id = EntryId(one.1);
            first.offer(one, || fitting.fits(id));
        });
        (!fitting.is_tired()).then(|| first.sorted())
    }
}
