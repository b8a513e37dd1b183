//! Looking how the entries of each contract stand, every five minutes, and how the engine did.

use std::collections::HashMap;
use std::time::Duration;

use super::looks::{Day, Standings, standing};
use super::waist::Roster;
use crate::clock::wall_ms;
use crate::domain::contract::ContractId;
use crate::domain::status::State;
use crate::engine::Figures;

/// How often it is looked.
const EVERY: Duration = Duration::from_secs(300);

fn standings(by_contract: &HashMap<Option<ContractId>, HashMap<State, usize>>) -> Standings {
    by_contract.iter().map(|(contract, states)| (*contract, standing(states))).collect()
}

impl Roster {
    /// The last day of so many contracts at most, those with most problems first, and how many more there are.
    /// `by_contract` is how they stand now.
    pub fn days(
        &self,
        by_contract: &HashMap<Option<ContractId>, HashMap<State, usize>>,
        most: usize,
    ) -> (Vec<Day>, usize) {
        let catalog = self.catalog.read();
        self.pulse.days(&standings(by_contract), |id| catalog.contract_name(id).is_some(), most)
    }

    /// How the engine did, minute by minute (milliseconds since 1970 UTC) of the last day.
    pub fn engine_day(&self) -> Vec<(i64, Figures)> {
        self.engine.meter().day()
    }
}

/// Looks for as long as it is let run; not at once, when everybody is still on the way.
pub async fn feel_pulse(roster: Roster) {
    loop {
        tokio::time::sleep(EVERY).await;
        if let Ok(by_contract) = roster.by_contract().await {
            roster.pulse.keep(wall_ms(), &standings(&by_contract));
        }
    }
}
