//! A contract as text, as it was typed, and what is wrong with it.

use serde::Deserialize;

use crate::domain::contract::{ContractDraft, ContractField};
use crate::web::page::Page;
use crate::web::wording;

/// What the form sends.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ContractForm {
    pub name: String,
    pub description: String,
}

/// What is wrong with each field, in words.
#[derive(Clone, Debug, Default)]
pub(crate) struct ContractFaults {
    pub name: Option<String>,
    pub description: Option<String>,
}

impl ContractFaults {
    pub(super) fn any(&self) -> bool {
        self.name.is_some() || self.description.is_some()
    }

    pub(super) fn name_taken(page: &Page) -> Self {
        Self { name: Some(page.t("fault-contract-name-taken")), description: None }
    }
}

impl ContractForm {
    pub(super) fn parse(&self, page: &Page) -> Result<ContractDraft, ContractFaults> {
        ContractDraft::parse(&self.name, &self.description).map_err(|faults| {
            let of =
                |field| faults.iter().find(|(f, _)| *f == field).map(|(_, fault)| wording::fault(page.locale, fault));
            ContractFaults { name: of(ContractField::Name), description: of(ContractField::Description) }
        })
    }
}

/// The title of a form, marked when it has faults.
pub(super) fn marked(page: &Page, title: String, faults: &ContractFaults) -> String {
    if faults.any() { format!("{} {title}", page.t("error-title-prefix")) } else { title }
}
