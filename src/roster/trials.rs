//! *Test*: an account is tried out before it is saved, or while it is in use.

use std::time::Duration;

use super::tried::{Trial, TrialError};
use super::waist::Roster;
use crate::domain::account::Secret;
use crate::domain::entry::{Draft, EntryError, EntryId, Fault, Field};
use crate::domain::trial::Asking;
use crate::engine::TryOut;
use crate::entropy;

impl Roster {
    /// Tries an account out; the test's number. `entry` is the one that these details are an edit of: its password is
    /// used when none was typed. An account that an entry has is only asked about, others are registered and undone.
    ///
    /// # Errors
    /// See [`TrialError`].
    pub async fn start_trial(&self, by: &str, draft: Draft, entry: Option<EntryId>) -> Result<u64, TrialError> {
        let Draft { details, password } = draft;
        if let (Some(id), None) = (entry, &password) {
            // The stored password proves itself to its own provider only, not to whatever server is typed here.
            let stored = self.find(id).await?.entry.details;
            let is_elsewhere = stored.domain != details.domain
                || stored.register_server_uri != details.register_server_uri
                || stored.contract != details.contract;
            if is_elsewhere {
                return Err(TrialError::Refused(vec![(Field::Password, Fault::Required)]));
            }
        }
        let place = self.trials.begin(self.clock.ms(), by, details.name(), entry)?;
        let wanted = details.clone();
        let id = place.id;
        let away = TrialError::Entry(EntryError::Unavailable);
        let call_id = entropy::bytes::<16>().map_err(|_| away.clone())?;
        let call_id: String = call_id.iter().map(|byte| format!("{byte:02x}")).collect();
        let basis = self.ask(move |store| store.trial_basis(&wanted, entry)).await.map_err(|_| away)??;
        let password = password.or(basis.password).unwrap_or_else(|| Secret::new(String::new()));
        let asking = if basis.in_use.is_some() { Asking::Query } else { Asking::Register };
        // A Contact with a random user is told by the Call-ID of its entry.
        let contact_of = basis.in_use.as_ref().unwrap_or(&call_id);
        let account = details.account(password, contact_of, basis.terms);
        let told = self.engine.try_out(TryOut {
            // Numbers of entries are above zero.
            id: EntryId(-i64::try_from(id).unwrap_or(i64::MAX)),
            account,
            call_id,
            asking,
        });
        tokio::spawn(place.follow(told));
        Ok(id)
    }

    /// The same of an entry as it is stored.
    ///
    /// # Errors
    /// See [`TrialError`].
    pub async fn start_trial_of(&self, by: &str, id: EntryId) -> Result<u64, TrialError> {
        let details = self.find(id).await?.entry.details;
        self.start_trial(by, Draft { details, password: None }, Some(id)).await
    }

    /// A test that this person began. With `after`, waits for more than so many steps, or its end, for a while.
    pub async fn trial(&self, by: &str, id: u64, after: Option<usize>, patience: Duration) -> Option<Trial> {
        let (trial, mut changed) = self.trials.find(by, id)?;
        let Some(after) = after else { return Some(trial) };
        // Whatever ends the wait, what there is then is the answer.
        let _ = tokio::time::timeout(patience, changed.wait_for(|steps| *steps > after)).await;
        self.trials.find(by, id).map(|(trial, _)| trial)
    }
}
