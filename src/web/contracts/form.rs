//! A contract as text, as it was typed or sent: one shape and one parser for the form and for the API.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::domain::contract::{Contract, ContractDraft, ContractError, ContractFaults, ContractField, Fault};
use crate::domain::terms::Numbering;
use crate::i18n::Locale;
use crate::roster::Roster;
use crate::web::field::{Choice, FaultView, FieldView};
use crate::web::page::Page;
use crate::web::wording;

/// What the form sends. Missing fields are empty.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ContractForm {
    pub name: String,
    pub description: String,
    pub numbering: String,
    pub contact_address: String,
    pub local_address: String,
    pub outbound_proxy: String,
    pub outbound: String,
    pub pace: String,
}

impl ContractForm {
    /// The form of a stored contract.
    pub(crate) fn of(contract: &Contract) -> Self {
        let mut form = Self::default();
        for field in ContractField::ALL {
            *form.text_mut(field) = contract.text(field);
        }
        form
    }

    /// The form that a JSON object is, and the names of its fields that are unknown or no text, number or truth value.
    pub(crate) fn from_json(object: &Map<String, Value>) -> (Self, Vec<(String, &'static str)>) {
        let mut form = Self::default();
        let mut wrong = Vec::new();
        for (name, value) in object {
            let text = match value {
                Value::Null => String::new(),
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                Value::Bool(truth) => truth.to_string(),
                Value::Array(_) | Value::Object(_) => {
                    wrong.push((name.clone(), "not_a_choice"));
                    continue;
                }
            };
            match ContractField::ALL.into_iter().find(|field| field.name() == name) {
                Some(field) => *form.text_mut(field) = text,
                None => wrong.push((name.clone(), "unknown_field")),
            }
        }
        (form, wrong)
    }

    fn text_mut(&mut self, field: ContractField) -> &mut String {
        match field {
            ContractField::Name => &mut self.name,
            ContractField::Description => &mut self.description,
            ContractField::Numbering => &mut self.numbering,
            ContractField::ContactAddress => &mut self.contact_address,
            ContractField::LocalAddress => &mut self.local_address,
            ContractField::OutboundProxy => &mut self.outbound_proxy,
            ContractField::Outbound => &mut self.outbound,
            ContractField::Pace => &mut self.pace,
        }
    }

    fn text(&self, field: ContractField) -> &str {
        match field {
            ContractField::Name => &self.name,
            ContractField::Description => &self.description,
            ContractField::Numbering => &self.numbering,
            ContractField::ContactAddress => &self.contact_address,
            ContractField::LocalAddress => &self.local_address,
            ContractField::OutboundProxy => &self.outbound_proxy,
            ContractField::Outbound => &self.outbound,
            ContractField::Pace => &self.pace,
        }
    }

    /// # Errors
    /// Every fault at once, by field.
    pub(crate) fn parse(&self) -> Result<ContractDraft, ContractFaults> {
        ContractDraft::parse(|field| self.text(field))
    }
}

/// What is wrong with one field, when that is what the error says: its code and its words.
pub(crate) fn refusal(locale: Locale, error: &ContractError) -> Option<(ContractField, &'static str, String)> {
    match error {
        ContractError::NameTaken(_) => {
            Some((ContractField::Name, "taken", crate::i18n::text(locale, "fault-contract-name-taken", &[])))
        }
        ContractError::NotListening(_) => {
            let fault = Fault::NotAChoice;
            Some((ContractField::LocalAddress, fault.code(), wording::fault(locale, &fault)))
        }
        ContractError::NotFound | ContractError::Unavailable => None,
    }
}

/// Everything that the form's template needs.
pub(crate) struct FormView {
    pub name: FieldView,
    pub description: FieldView,
    pub numbering: FieldView,
    pub numberings: Vec<Choice>,
    pub local_address: FieldView,
    pub local_addresses: Vec<Choice>,
    pub outbound: FieldView,
    /// The other terms.
    pub texts: Vec<FieldView>,
    pub faults: Vec<FaultView>,
    /// The terms hold a value or a fault.
    pub open: bool,
}

impl FormView {
    /// The form with what was typed, and what is wrong with it.
    pub(super) fn new(page: &Page, roster: &Roster, form: &ContractForm, faults: Vec<FaultView>) -> Self {
        let view = |field| field_view(page, form, field, &faults);
        let terms = &ContractField::ALL[2..];
        let usual = |field: &ContractField| {
            let text = form.text(*field);
            text.is_empty() || text == "false" || text == Numbering::default().code()
        };
        let folded = terms.iter().all(|f| usual(f) && !faults.iter().any(|fault| fault.field == f.name()));
        Self {
            name: view(ContractField::Name),
            description: view(ContractField::Description),
            numbering: view(ContractField::Numbering),
            numberings: Numbering::ALL.into_iter().map(|numbering| choice(page, form, numbering)).collect(),
            local_address: view(ContractField::LocalAddress),
            local_addresses: local_addresses(page, roster, &form.local_address),
            outbound: view(ContractField::Outbound),
            texts: [ContractField::ContactAddress, ContractField::OutboundProxy, ContractField::Pace].map(view).into(),
            open: !folded,
            faults,
        }
    }

    /// The title of the page, marked when the form has faults.
    pub(super) fn marked(&self, page: &Page, title: String) -> String {
        if self.faults.is_empty() { title } else { format!("{} {title}", page.t("error-title-prefix")) }
    }

    /// The switch stands on.
    pub(crate) fn is_outbound(&self) -> bool {
        matches!(self.outbound.value.as_str(), "true" | "on")
    }
}

fn choice(page: &Page, form: &ContractForm, numbering: Numbering) -> Choice {
    let name = match numbering {
        Numbering::OneDdi => "numbering-one_ddi",
        Numbering::RandomUser => "numbering-random_user",
        Numbering::MultiDdi => "numbering-multi_ddi",
    };
    let chosen = Numbering::of(&form.numbering).unwrap_or_default() == numbering;
    Choice { id: numbering.code().to_owned(), name: page.t(name), chosen }
}

/// The addresses that Alta listens on, and the one that is stored though it does not listen there.
fn local_addresses(page: &Page, roster: &Roster, stored: &str) -> Vec<Choice> {
    let mut all: Vec<Choice> = roster
        .local_addresses()
        .into_iter()
        .map(|address| address.to_string())
        .map(|address| Choice { chosen: address == stored, name: address.clone(), id: address })
        .collect();
    if !stored.is_empty() && !all.iter().any(|choice| choice.chosen) {
        let name = page.t1("contracts-local-gone", "address", stored);
        all.push(Choice { id: stored.to_owned(), name, chosen: true });
    }
    all
}

fn ids(field: ContractField) -> (&'static str, &'static str, &'static str) {
    match field {
        ContractField::Name => ("contracts-name", "contracts-name-hint", "contracts-name-help"),
        ContractField::Description => {
            ("contracts-description", "contracts-description-hint", "contracts-description-help")
        }
        ContractField::Numbering => ("contracts-numbering", "contracts-numbering-hint", "contracts-numbering-help"),
        ContractField::ContactAddress => {
            ("contracts-contact_address", "contracts-contact_address-hint", "contracts-contact_address-help")
        }
        ContractField::LocalAddress => {
            ("contracts-local_address", "contracts-local_address-hint", "contracts-local_address-help")
        }
        ContractField::OutboundProxy => {
            ("contracts-outbound_proxy", "contracts-outbound_proxy-hint", "contracts-outbound_proxy-help")
        }
        ContractField::Outbound => ("contracts-outbound", "contracts-outbound-hint", "contracts-outbound-help"),
        ContractField::Pace => ("contracts-pace", "contracts-pace-hint", "contracts-pace-help"),
    }
}

fn field_view(page: &Page, form: &ContractForm, field: ContractField, faults: &[FaultView]) -> FieldView {
    let (label, hint, help) = ids(field);
    FieldView {
        name: field.name(),
        label: page.t(label),
        hint: page.t(hint),
        help: page.t(help),
        value: form.text(field).to_owned(),
        required: field == ContractField::Name,
        max: match field {
            ContractField::Name => 100,
            ContractField::Description => 500,
            ContractField::Pace => 6,
            ContractField::Numbering
            | ContractField::ContactAddress
            | ContractField::LocalAddress
            | ContractField::OutboundProxy
            | ContractField::Outbound => 255,
        },
        derived_from: None,
        derived_start: "",
        derived: None,
        called: None,
        fault: faults.iter().find(|fault| fault.field == field.name()).cloned(),
    }
}

/// One fault, in words.
pub(super) fn fault_view(page: &Page, field: ContractField, text: String) -> FaultView {
    FaultView { field: field.name(), label: page.t(ids(field).0), text, other: None }
}

/// Faults of the parser, in words.
pub(super) fn fault_views(page: &Page, faults: &ContractFaults) -> Vec<FaultView> {
    faults.iter().map(|(field, fault)| fault_view(page, *field, wording::fault(page.locale, fault))).collect()
}
