//! Contracts: list, add, edit, delete. Their terms are those of their entries, which follow a change at pace.

use std::net::SocketAddr;

use super::entries::put;
use super::waist::{Away, Roster};
use crate::domain::contract::{Contract, ContractDraft, ContractError, ContractId, Orphans};
use crate::domain::entry::{EntryError, EntryId};

impl From<Away> for ContractError {
    fn from(_: Away) -> Self {
        Self::Unavailable
    }
}

impl Roster {
    /// All contracts, by name.
    ///
    /// # Errors
    /// [`ContractError::Unavailable`].
    pub async fn contracts(&self) -> Result<Vec<Contract>, ContractError> {
        self.ask(|store| store.contracts()).await?
    }

    /// # Errors
    /// See [`ContractError`].
    pub async fn contract(&self, id: ContractId) -> Result<Contract, ContractError> {
        self.ask(move |store| store.contract(id)).await?
    }

    /// The addresses that Alta listens on, each once: those that a contract may choose from.
    pub fn local_addresses(&self) -> Vec<SocketAddr> {
        let mut all: Vec<SocketAddr> = self.engine.bound().iter().map(|(_, address)| *address).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// # Errors
    /// See [`ContractError`].
    pub async fn create_contract(&self, draft: ContractDraft) -> Result<ContractId, ContractError> {
        self.check_local(&draft, None)?;
        let name = draft.name().to_owned();
        let id = self.ask(move |store| store.insert_contract(&draft)).await??;
        self.catalog.write().name_contract(id, &name);
        Ok(id)
    }

    /// Changes a contract; when its terms change, its entries register anew where a registrar sees the difference.
    ///
    /// # Errors
    /// See [`ContractError`].
    pub async fn update_contract(&self, id: ContractId, draft: ContractDraft) -> Result<(), ContractError> {
        let before = self.contract(id).await?.terms;
        self.check_local(&draft, before.local_address)?;
        let name = draft.name().to_owned();
        let is_changed = self.ask(move |store| store.update_contract(id, &draft)).await??;
        self.catalog.write().name_contract(id, &name);
        if is_changed {
            let ids = self.ask(move |store| store.of_contract(id)).await?.map_err(away)?;
            self.renew_terms(ids).await?;
        }
        Ok(())
    }

    /// Deletes a contract. Entries that go with it are unregistered; those that stay have the usual terms.
    ///
    /// # Errors
    /// See [`ContractError`].
    pub async fn delete_contract(&self, id: ContractId, orphans: Orphans) -> Result<(), ContractError> {
        let had = self.ask(move |store| store.delete_contract(id, orphans)).await??;
        self.catalog.write().remove_contract(id);
        if orphans == Orphans::Keep {
            return self.renew_terms(had).await;
        }
        for entry in had {
            self.catalog.write().remove(entry);
            self.engine.remove(entry);
        }
        Ok(())
    }

    /// Lets the engine know under which terms these entries register.
    async fn renew_terms(&self, ids: Vec<EntryId>) -> Result<(), ContractError> {
        let loaded = self.ask(move |store| store.load_many(&ids)).await?.map_err(away)?;
        self.engine.put_many(loaded.into_iter().map(|loaded| put(loaded, false)).collect());
        Ok(())
    }

    /// An address that is chosen anew must be there; one that was chosen before may be gone for a while.
    fn check_local(&self, draft: &ContractDraft, before: Option<SocketAddr>) -> Result<(), ContractError> {
        match draft.terms().local_address {
            Some(chosen) if Some(chosen) != before && !self.local_addresses().contains(&chosen) => {
                Err(ContractError::NotListening(chosen))
            }
            _ => Ok(()),
        }
    }
}

fn away(_: EntryError) -> ContractError {
    ContractError::Unavailable
}
