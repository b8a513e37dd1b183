//! A peering contract: what the operator files entries under.

pub use super::fault::{ContractId, Fault, bounded};

/// What the operator says of a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractDraft {
    /// 1 to 100 characters, unique.
    name: String,
    /// At most 500 characters, may be empty.
    description: String,
}

/// A field of a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ContractField {
    Name,
    Description,
}

impl ContractField {
    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Description => "description",
        }
    }
}

impl ContractDraft {
    /// # Errors
    /// Every fault at once, by field.
    pub fn parse(name: &str, description: &str) -> Result<Self, Vec<(ContractField, Fault)>> {
        let mut faults = Vec::new();
        let name = bounded(name, 100).unwrap_or_else(|fault| {
            faults.push((ContractField::Name, fault));
            ""
        });
        let description = match bounded(description, 500) {
            Ok(text) => text,
            Err(Fault::Required) => "",
            Err(fault) => {
                faults.push((ContractField::Description, fault));
                ""
            }
        };
        if faults.is_empty() {
            Ok(Self { name: name.to_owned(), description: description.to_owned() })
        } else {
            Err(faults)
        }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn description(&self) -> &str {
        &self.description
    }
}

/// A stored contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contract {
    pub id: ContractId,
    pub name: String,
    pub description: String,
    /// How many entries stand under it.
    pub entries: i64,
}

/// What becomes of the entries of a contract that is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Orphans {
    /// They stay, without a contract.
    Keep,
    /// They are deleted, too, and unregistered.
    Delete,
}

/// Why the store did not do what was asked of it with a contract.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContractError {
    #[error("no such contract")]
    NotFound,
    /// Another contract has this name.
    #[error("name taken by contract {0}")]
    NameTaken(ContractId),
    #[error("the database is away")]
    Unavailable,
}
