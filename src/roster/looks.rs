//! How the entries of each contract stood, every five minutes of the last day, kept in memory: only what changed from one
//! look to the next, so that ten thousand contracts that stand as they stood take no more than their names do.

use std::cmp::Reverse;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::domain::contract::ContractId;
use crate::domain::status::{Group, State};

/// Looks that are kept: a day of them.
const LOOKS: usize = 288;

/// How many entries of those that are wanted stand how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Calls can arrive.
    pub registered: u32,
    pub problem: u32,
    /// On the way to the one or the other.
    pub between: u32,
}

/// How the entries of each contract stand, and those of none.
pub(super) type Standings = HashMap<Option<ContractId>, Standing>;

/// A contract's day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    pub contract: Option<ContractId>,
    /// What each look found, and when (milliseconds since 1970 UTC). Nothing when there were no entries.
    pub looks: Vec<(i64, Option<Standing>)>,
    /// Nothing when there are no entries.
    pub now: Option<Standing>,
}

/// How a contract stood from this look on, until the next that is told.
type Since = (u64, Option<Standing>);

#[derive(Debug, Default)]
struct Inner {
    /// When the looks were taken that are kept, and the number of the first of them.
    times: VecDeque<i64>,
    first: u64,
    /// Neighbours differ.
    changes: HashMap<Option<ContractId>, VecDeque<Since>>,
}

/// The looks of the last day, shared.
#[derive(Clone, Debug, Default)]
pub(super) struct Pulse(Arc<Mutex<Inner>>);

impl Pulse {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        // What a panic left half done is a look that is wrong.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn keep(&self, at: i64, standings: &Standings) {
        let Inner { times, first, changes } = &mut *self.inner();
        let number = *first + u64::try_from(times.len()).unwrap_or(u64::MAX);
        times.push_back(at);
        if times.len() > LOOKS {
            times.pop_front();
            *first += 1;
        }
        for contract in standings.keys() {
            changes.entry(*contract).or_default();
        }
        changes.retain(|contract, changes| {
            let stands = standings.get(contract).copied();
            if changes.back().and_then(|(_, last)| *last) != stands {
                changes.push_back((number, stands));
            }
            while changes.get(1).is_some_and(|(since, _)| since <= first) {
                changes.pop_front();
            }
            changes.len() > 1 || stands.is_some()
        });
    }

    /// The days of so many of these contracts at most, those with most problems first, and how many more there are.
    pub(super) fn days(
        &self,
        present: &Standings,
        is_known: impl Fn(ContractId) -> bool,
        most: usize,
    ) -> (Vec<Day>, usize) {
        let Inner { times, first, changes } = &*self.inner();
        let worst = |contract: &Option<ContractId>| {
            let now = present.get(contract).map_or(0, |standing| standing.problem);
            let before = changes.get(contract).into_iter().flatten();
            before.filter_map(|(_, standing)| standing.as_ref()).fold(now, |most, standing| most.max(standing.problem))
        };
        let gone = changes.keys().filter(|contract| !present.contains_key(contract));
        let all = present.keys().chain(gone).copied().filter(|contract| contract.is_none_or(&is_known));
        let mut ranked: Vec<_> = all.map(|contract| (Reverse(worst(&contract)), contract)).collect();
        ranked.sort_unstable();
        let more = ranked.len().saturating_sub(most);
        let day = |(_, contract): (_, Option<ContractId>)| {
            let mut changes = changes.get(&contract).into_iter().flatten().peekable();
            let mut stands = None;
            let mut looks = Vec::with_capacity(times.len());
            for (number, at) in (*first..).zip(times) {
                while let Some((_, since)) = changes.next_if(|(since, _)| *since <= number) {
                    stands = *since;
                }
                looks.push((*at, stands));
            }
            Day { contract, looks, now: present.get(&contract).copied() }
        };
        (ranked.into_iter().take(most).map(day).collect(), more)
    }
}

pub(super) fn standing(states: &HashMap<State, usize>) -> Standing {
    let mut standing = Standing::default();
    for (state, count) in states {
        let place = match (state, state.group()) {
            (State::AtRisk, _) | (_, Group::Ok) => &mut standing.registered,
            (_, Group::Problem) => &mut standing.problem,
            (_, Group::Working | Group::Risk) => &mut standing.between,
            (_, Group::Off) => continue,
        };
        *place = place.saturating_add(u32::try_from(*count).unwrap_or(u32::MAX));
    }
    standing
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(registered: u32, problem: u32) -> Standing {
        Standing { registered, problem, between: 0 }
    }

    #[test]
    fn a_day_of_looks_is_kept_of_what_changed() {
        let pulse = Pulse::default();
        let (one, two, gone) = (Some(ContractId(1)), Some(ContractId(2)), Some(ContractId(3)));
        pulse.keep(0, &Standings::from([(None, of(1, 0)), (gone, of(0, 9))]));
        for at in 1..1_000 {
            let changing = of(5, u32::from(at % 100 == 0));
            pulse.keep(at, &Standings::from([(None, of(1, 0)), (one, changing)]));
        }
        assert!(!pulse.inner().changes.contains_key(&gone), "a day ago");
        assert_eq!(pulse.inner().changes[&None].len(), 1);
        let (days, more) = pulse.days(&Standings::from([(None, of(1, 0)), (two, of(0, 4))]), |_| true, 2);
        assert_eq!((days.len(), more), (2, 1));
        assert_eq!((days[0].contract, days[0].now), (two, Some(of(0, 4))));
        assert!(days[0].looks.iter().all(|(_, stands)| stands.is_none()));
        assert_eq!((days[1].contract, days[1].now), (one, None));
        let ats: Vec<i64> = days[1].looks.iter().map(|(at, _)| *at).collect();
        assert_eq!(ats, (712..1_000).collect::<Vec<_>>());
        for (at, stands) in &days[1].looks {
            assert_eq!(*stands, Some(of(5, u32::from(at % 100 == 0))), "{at}");
        }
        let (days, more) = pulse.days(&Standings::default(), |_| false, 9);
        assert_eq!((days.len(), days[0].contract, more), (1, None, 0), "contracts without a name have no day");
        // Nobody has entries any more: what was is told, until a day is over.
        pulse.keep(1_000, &Standings::default());
        assert_eq!(pulse.days(&Standings::default(), |_| true, 9).0[1].looks.last(), Some(&(1_000, None)));
        (1_001..1_300).for_each(|at| pulse.keep(at, &Standings::default()));
        assert!(pulse.inner().changes.is_empty());
    }

    #[test]
    fn states_are_counted_by_what_they_mean() {
        let states = [
            (State::Registered, 3),
            (State::AtRisk, 2),
            (State::Retrying, 1),
            (State::Rejected, 4),
            (State::Disabled, 9),
        ];
        let counted = Standing { registered: 5, problem: 4, between: 1 };
        assert_eq!(standing(&HashMap::from(states)), counted);
    }
}
