//! How the entries of each contract stood, every five minutes of the last day, kept in memory.

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

/// Every contract, and none, at one moment (milliseconds since 1970 UTC).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    pub at: i64,
    pub contracts: HashMap<Option<ContractId>, Standing>,
}

/// The looks of the last day, shared.
#[derive(Clone, Debug, Default)]
pub(super) struct Pulse(Arc<Mutex<VecDeque<Arc<Look>>>>);

impl Pulse {
    pub(super) fn looks(&self) -> MutexGuard<'_, VecDeque<Arc<Look>>> {
        // Each change is one step.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn keep(&self, look: Look) {
        let mut looks = self.looks();
        looks.push_back(Arc::new(look));
        let surplus = looks.len().saturating_sub(LOOKS);
        looks.drain(..surplus);
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

    #[test]
    fn a_day_of_looks_is_kept() {
        let pulse = Pulse::default();
        for at in 0..1_000 {
            pulse.keep(Look { at, contracts: HashMap::new() });
        }
        let ats: Vec<i64> = pulse.looks().iter().map(|look| look.at).collect();
        assert_eq!(ats, (712..1_000).collect::<Vec<_>>());
        assert_eq!(ats.len(), LOOKS);
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
