//! The fields of an entry as the form shows them, with their help and their faults.

use crate::domain::contract::Contract;
use crate::domain::entry::{Ddi, Domain, Expire, Fault, Field, PASSWORD_MAX, Realm, Username};
use crate::i18n::{self, Locale};
use crate::roster::{Preset, PresetSource as Source, preset, presets};
use crate::web::field::{Choice, FaultView, FieldView};
use crate::web::form::EntryForm;
use crate::web::page::Page;
use crate::web::wording;

/// Everything that the form's template needs.
pub(crate) struct FormView {
    pub main: Vec<FieldView>,
    pub contract: FieldView,
    pub contracts: Vec<Choice>,
    pub optional: Vec<FieldView>,
    pub enabled: FieldView,
    pub faults: Vec<FaultView>,
    /// The optional group holds a value or a fault.
    pub open: bool,
    pub create: bool,
    /// Providers to choose from, while nothing is stored.
    pub presets: Vec<Choice>,
    /// The chosen provider's notes and sources.
    pub about: Option<About>,
    /// The entry that is edited.
    pub entry: Option<i64>,
    /// A new password was typed and is not shown again, so that it has to be typed once more.
    pub password_lost: bool,
}

impl FormView {
    /// The form with what was typed, and what is wrong with it.
    pub(crate) fn new(
        page: &Page,
        form: &EntryForm,
        contracts: &[Contract],
        faults: &[(Field, Fault)],
        create: bool,
    ) -> Self {
        let view = |field| field_view(page, form, field, faults, create);
        let main = [Field::Username, Field::Domain, Field::Password, Field::Ddi].map(view).into();
        let optional: Vec<FieldView> =
            [Field::User, Field::RegisterServerUri, Field::Realm, Field::Expire].map(view).into();
        let default_expire = Expire::DEFAULT.seconds().to_string();
        let holds =
            |field: &FieldView| field.fault.is_some() || !(field.value.is_empty() || field.value == default_expire);
        let enabled = view(Field::Enabled);
        let choice = |contract: &Contract| Choice {
            id: contract.id.to_string(),
            name: contract.name.clone(),
            chosen: form.contract_id == contract.id.to_string(),
        };
        Self {
            open: optional.iter().any(holds) || enabled.fault.is_some() || !form.enabled_is_on(),
            main,
            contract: view(Field::Contract),
            contracts: contracts.iter().map(choice).collect(),
            optional,
            enabled,
            faults: faults.iter().map(|(field, fault)| fault_view(page, *field, fault)).collect(),
            create,
            presets: if create { choices(page, form) } else { Vec::new() },
            about: preset(&form.preset).map(|preset| About::of(page, preset)),
            entry: None,
            password_lost: !form.password.is_empty() && !faults.is_empty(),
        }
    }
}

impl FormView {
    /// The preset that is chosen.
    pub(crate) fn chosen(&self) -> Option<&str> {
        self.presets.iter().find(|choice| choice.chosen).map(|choice| choice.id.as_str())
    }
}

/// What a preset says beside its values.
pub(crate) struct About {
    pub note: String,
    /// Title, address, and when it was read.
    pub sources: Vec<(String, String, String)>,
}

impl About {
    fn of(page: &Page, preset: &Preset) -> Self {
        let note = match page.locale {
            Locale::En => &preset.notes.en,
            Locale::Es => &preset.notes.es,
        };
        let source =
            |source: &Source| (source.title.clone(), source.url.clone(), i18n::date(page.locale, &source.read));
        Self { note: note.clone(), sources: preset.sources.iter().map(source).collect() }
    }
}

fn preset_name(page: &Page, preset: &Preset) -> String {
    let name = preset.name_es.as_ref().filter(|_| page.locale == Locale::Es).unwrap_or(&preset.name);
    preset.country.as_ref().map_or_else(|| name.clone(), |country| format!("{name} ({country})"))
}

fn choices(page: &Page, form: &EntryForm) -> Vec<Choice> {
    let choice = |(id, preset): &(String, Preset)| Choice {
        id: id.clone(),
        name: preset_name(page, preset),
        chosen: *id == form.preset,
    };
    presets().iter().map(choice).collect()
}

/// What the provider calls a field.
fn called(page: &Page, form: &EntryForm, field: Field) -> Option<String> {
    let preset = preset(&form.preset)?;
    let words = match field {
        Field::Username => &preset.calls.username,
        Field::Domain => &preset.calls.domain,
        Field::Password => &preset.calls.password,
        Field::Ddi => &preset.calls.ddi,
        Field::User => &preset.calls.user,
        Field::RegisterServerUri => &preset.calls.register_server_uri,
        Field::Realm => &preset.calls.realm,
        Field::Expire => &preset.calls.expire,
        Field::Contract | Field::Enabled => return None,
    };
    let quoted: Vec<String> = words.iter().map(|word| page.t1("preset-quoted", "word", word)).collect();
    let name = preset_name(page, preset);
    (!quoted.is_empty()).then(|| page.t2("preset-called", ("provider", &name), ("words", &quoted.join(", "))))
}

fn ids(field: Field) -> (&'static str, &'static str, &'static str) {
    match field {
        Field::Username => ("field-username", "hint-username", "help-username"),
        Field::Domain => ("field-domain", "hint-domain", "help-domain"),
        Field::Password => ("field-password", "hint-password", "help-password"),
        Field::Ddi => ("field-ddi", "hint-ddi", "help-ddi"),
        Field::Contract => ("field-contract", "hint-contract", "help-contract"),
        Field::User => ("field-user", "hint-user", "help-user"),
        Field::RegisterServerUri => {
            ("field-register_server_uri", "hint-register_server_uri", "help-register_server_uri")
        }
        Field::Realm => ("field-realm", "hint-realm", "help-realm"),
        Field::Expire => ("field-expire", "hint-expire", "help-expire"),
        Field::Enabled => ("field-enabled", "hint-enabled", "help-enabled"),
    }
}

fn max(field: Field) -> usize {
    match field {
        Field::Username | Field::User => Username::MAX,
        Field::Domain => Domain::MAX,
        Field::Password => PASSWORD_MAX,
        Field::Ddi => Ddi::MAX,
        Field::Realm => Realm::MAX,
        Field::RegisterServerUri => 255,
        Field::Expire | Field::Contract | Field::Enabled => 20,
    }
}

fn field_view(page: &Page, form: &EntryForm, field: Field, faults: &[(Field, Fault)], create: bool) -> FieldView {
    let (label, hint, help) = ids(field);
    let fault = faults.iter().find(|(f, _)| *f == field).map(|(_, fault)| fault_view(page, field, fault));
    let (source, start) = match field {
        Field::User => (Some(Field::Username), ""),
        Field::RegisterServerUri => (Some(Field::Domain), "sip:"),
        Field::Username
        | Field::Domain
        | Field::Password
        | Field::Ddi
        | Field::Contract
        | Field::Realm
        | Field::Expire
        | Field::Enabled => (None, ""),
    };
    let typed = source.map_or("", |source| form.text(source).trim());
    FieldView {
        name: field.name(),
        label: page.t(label),
        hint: page.t(hint),
        help: page.t(help),
        value: form.text(field).to_owned(),
        required: matches!(field, Field::Username | Field::Domain | Field::Ddi) || (field == Field::Password && create),
        max: max(field),
        derived_from: source.map(Field::name),
        derived_start: start,
        called: called(page, form, field),
        derived: (!typed.is_empty()).then(|| format!("{start}{typed}")),
        fault,
    }
}

fn fault_view(page: &Page, field: Field, fault: &Fault) -> FaultView {
    let other = if let Fault::Taken { by, .. } = fault { *by } else { None };
    FaultView { field: field.name(), label: page.t(ids(field).0), text: wording::fault(page.locale, fault), other }
}
