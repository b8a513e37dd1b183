//! *Try the demo provider*: three entries that show what an operator meets, at a registrar of our own.

use super::entries::Listed;
use super::waist::Roster;
use crate::demo::{self, provider};
use crate::domain::entry::{self, Ddi, Details, Domain, Draft, EntryError, Fault, Username};

impl Roster {
    /// Starts the demo provider, unless it runs, and tells the engine where it is.
    ///
    /// # Errors
    /// [`EntryError::Unavailable`] when there is no port for it.
    pub async fn start_demo_provider(&self) -> Result<(), EntryError> {
        let mut running = self.demo.lock().await;
        if running.is_none() {
            let address = provider::start().map_err(|error| {
                tracing::warn!(%error, "the demo provider has no port");
                EntryError::Unavailable
            })?;
            self.engine.pin(demo::DOMAIN, address, provider::TIMERS);
            *running = Some(address);
        }
        Ok(())
    }

    /// Starts the demo provider when any entry registers there.
    ///
    /// # Errors
    /// [`EntryError::Unavailable`].
    pub async fn resume_demo_provider(&self) -> Result<(), EntryError> {
        if self.ask(|store| store.has_domain(demo::DOMAIN)).await?? { self.start_demo_provider().await } else { Ok(()) }
    }

    /// Adds the three entries of the demo.
    ///
    /// # Errors
    /// [`EntryError::Refused`] when they are there already.
    pub async fn try_demo(&self) -> Result<Vec<Listed>, EntryError> {
        self.start_demo_provider().await?;
        let accounts = [
            (provider::HAPPY, "900000001", provider::PASSWORD),
            (provider::WRONG_PASSWORD, "900000002", "not-the-password"),
            (provider::SILENT, "900000003", provider::PASSWORD),
        ];
        let drafts: Result<Vec<Draft>, Fault> =
            accounts.into_iter().map(|(user, ddi, password)| draft(user, ddi, password)).collect();
        self.create(drafts.map_err(|_| EntryError::Unavailable)?).await
    }
}

fn draft(user: &str, ddi: &str, password: &str) -> Result<Draft, Fault> {
    let details = Details::new(Username::parse(user)?, Domain::parse(demo::DOMAIN)?, Ddi::parse(ddi)?);
    Ok(Draft { details, password: Some(entry::password(password)?) })
}
