//! The list as CSV: what is stored and what is the case, never a password.

use std::collections::HashMap;

use super::entries::Listed;
use super::waist::Roster;
use crate::domain::contract::ContractId;
use crate::domain::entry::{EntryError, EntryId};
use crate::exchange::csv;

/// Names of the columns, as the API has them.
const COLUMNS: [&str; 16] = [
    "id",
    "username",
    "domain",
    "ddi",
    "contract",
    "user",
    "register_server_uri",
    "realm",
    "expire",
    "enabled",
    "state",
    "cause",
    "code",
    "reason",
    "registered_until",
    "next_action_at",
];

impl Roster {
    /// The head of the table.
    pub fn csv_head() -> String {
        csv::line(COLUMNS)
    }

    /// The lines of these entries, as far as they are still there. `moment` writes a time of the wall clock.
    ///
    /// # Errors
    /// [`EntryError::Unavailable`].
    pub async fn csv_lines(
        &self,
        ids: Vec<EntryId>,
        contracts: &HashMap<ContractId, String>,
        moment: fn(i64) -> String,
    ) -> Result<String, EntryError> {
        let entries = self.ask(move |store| store.find_many(&ids)).await??;
        Ok(entries.into_iter().map(|entry| csv_line(&self.listed(entry), contracts, moment)).collect())
    }
}

fn csv_line(listed: &Listed, contracts: &HashMap<ContractId, String>, moment: fn(i64) -> String) -> String {
    fn text(value: Option<impl ToString>) -> String {
        value.map(|value| value.to_string()).unwrap_or_default()
    }
    let (details, status) = (&listed.entry.details, &listed.status);
    let cells = [
        listed.entry.id.to_string(),
        details.username.to_string(),
        details.domain.to_string(),
        details.ddi.to_string(),
        text(details.contract.and_then(|id| contracts.get(&id))),
        text(details.user.as_ref()),
        text(details.register_server_uri.as_ref()),
        text(details.realm.as_ref()),
        details.expire.seconds().to_string(),
        details.enabled.to_string(),
        status.state.code().to_owned(),
        text(status.cause.map(|cause| cause.code())),
        text(status.answer.as_ref().map(|answer| answer.code)),
        text(status.answer.as_ref().map(|answer| answer.reason.as_str())),
        text(status.registered_until.map(moment)),
        text(status.next_action_at.map(moment)),
    ];
    csv::line(cells.iter().map(String::as_str))
}
