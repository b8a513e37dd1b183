//! The audit: read by administrators, kept for as long as the settings say.

use std::time::Duration;

use super::waist::Roster;
use crate::clock::wall_ms;
use crate::domain::audit::{AuditPage, AuditQuery};
use crate::store::{OperatorError, Store};

/// How often old lines are looked for.
const EVERY: Duration = Duration::from_secs(3600);

impl Roster {
    /// A page of the audit.
    ///
    /// # Errors
    /// [`OperatorError::Unavailable`].
    pub async fn audit(&self, query: AuditQuery) -> Result<AuditPage, OperatorError> {
        self.ask(move |store| store.audit(&query)).await?
    }
}

/// Forgets what is older than so many days, for as long as it is let run.
pub async fn sweep_audit(store: Store, days: u32) {
    let mut ticks = tokio::time::interval(EVERY);
    loop {
        ticks.tick().await;
        let before = wall_ms() - i64::from(days) * 86_400_000;
        let store = store.clone();
        // What cannot be forgotten today is tomorrow.
        let _ = tokio::task::spawn_blocking(move || while store.sweep_audit(before) == Ok(true) {}).await;
    }
}
