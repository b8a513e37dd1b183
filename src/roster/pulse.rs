//! Looking how the entries of each contract stand, every five minutes, and how the engine did.

use std::sync::Arc;
use std::time::Duration;

use super::looks::{Look, standing};
use super::waist::Roster;
use crate::clock::wall_ms;
use crate::engine::Figures;

/// How often it is looked.
const EVERY: Duration = Duration::from_secs(300);

impl Roster {
    async fn look(&self) -> Option<Look> {
        let by_contract = self.by_contract().await.ok()?;
        let contracts = by_contract.iter().map(|(contract, states)| (*contract, standing(states))).collect();
        Some(Look { at: wall_ms(), contracts })
    }

    /// The looks of the last day, the present one last.
    pub async fn pulse(&self) -> Vec<Arc<Look>> {
        let mut all: Vec<Arc<Look>> = self.pulse.looks().iter().cloned().collect();
        all.extend(self.look().await.map(Arc::new));
        all
    }

    /// How the engine did, minute by minute (milliseconds since 1970 UTC) of the last day.
    pub fn engine_day(&self) -> Vec<(i64, Figures)> {
        self.engine.meter().day()
    }
}

/// Looks for as long as it is let run.
pub async fn feel_pulse(roster: Roster) {
    // At once, a look would find everybody still on the way.
    let mut ticks = tokio::time::interval_at(tokio::time::Instant::now() + EVERY, EVERY);
    loop {
        ticks.tick().await;
        if let Some(look) = roster.look().await {
            roster.pulse.keep(look);
        }
    }
}
