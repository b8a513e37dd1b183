//! Contracts: list, add, edit, delete.

use super::waist::{Away, Roster};
use crate::domain::contract::{Contract, ContractDraft, ContractError, ContractId, Orphans};

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

    /// # Errors
    /// See [`ContractError`].
    pub async fn create_contract(&self, draft: ContractDraft) -> Result<ContractId, ContractError> {
        self.ask(move |store| store.insert_contract(&draft)).await?
    }

    /// # Errors
    /// See [`ContractError`].
    pub async fn update_contract(&self, id: ContractId, draft: ContractDraft) -> Result<(), ContractError> {
        self.ask(move |store| store.update_contract(id, &draft)).await?
    }

    /// Deletes a contract; entries that go with it are unregistered.
    ///
    /// # Errors
    /// See [`ContractError`].
    pub async fn delete_contract(&self, id: ContractId, orphans: Orphans) -> Result<(), ContractError> {
        let deleted = self.ask(move |store| store.delete_contract(id, orphans)).await??;
        for entry in deleted {
            self.engine.remove(entry);
        }
        Ok(())
    }
}
