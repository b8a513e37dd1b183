//! An entry as text, as it was typed or sent: one shape and one parser for the form and for the API.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::domain::account::Secret;
use crate::domain::contract::ContractId;
use crate::domain::entry::{self, AuthUser, Ddi, Details, Domain, Draft, Entry, Expire, Fault, Field, Realm, Username};
use crate::roster::Preset;

/// What the text is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Create,
    /// An empty password keeps the one that is stored.
    Update,
}

/// See the module. Missing fields are empty. It holds a password, so it does not print itself.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct EntryForm {
    pub username: String,
    pub domain: String,
    pub password: String,
    pub ddi: String,
    pub contract_id: String,
    pub user: String,
    pub register_server_uri: String,
    pub realm: String,
    pub expire: String,
    pub enabled: String,
    /// Which button was pressed.
    pub then: String,
    /// The provider whose words stand beside the fields.
    pub preset: String,
}

impl EntryForm {
    /// An empty form for a new entry.
    pub(crate) fn new() -> Self {
        Self { expire: Expire::DEFAULT.seconds().to_string(), enabled: "true".to_owned(), ..Self::default() }
    }

    /// The form of a stored entry; its password stays where it is.
    pub(crate) fn of(entry: &Entry) -> Self {
        let details = &entry.details;
        let text = |value: Option<String>| value.unwrap_or_default();
        Self {
            username: details.username.to_string(),
            domain: details.domain.to_string(),
            ddi: details.ddi.to_string(),
            contract_id: text(details.contract.map(|id| id.to_string())),
            user: text(details.user.as_ref().map(ToString::to_string)),
            register_server_uri: text(details.register_server_uri.as_ref().map(ToString::to_string)),
            realm: text(details.realm.as_ref().map(ToString::to_string)),
            expire: details.expire.seconds().to_string(),
            enabled: details.enabled.to_string(),
            ..Self::default()
        }
    }

    /// A form for a new entry that begins as another one: what is unique is left blank, and so is the password.
    pub(crate) fn like(entry: &Entry) -> Self {
        Self { username: String::new(), ddi: String::new(), enabled: "true".to_owned(), ..Self::of(entry) }
    }

    /// A form for a new entry at this provider: what it documents is filled in.
    pub(crate) fn at(name: &str, preset: &Preset) -> Self {
        let defaults = &preset.defaults;
        let form = Self::new();
        Self {
            domain: defaults.domain.clone(),
            register_server_uri: defaults.register_server_uri.clone(),
            realm: defaults.realm.clone(),
            expire: defaults.expire.map_or(form.expire, |seconds| seconds.to_string()),
            preset: name.to_owned(),
            enabled: form.enabled,
            ..Self::default()
        }
    }

    /// The form that a JSON object is, and the names of its fields that are unknown or no text, number or truth value.
    pub(crate) fn from_json(object: &Map<String, Value>) -> (Self, Vec<(String, &'static str)>) {
        let mut form = Self { enabled: "true".to_owned(), ..Self::default() };
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
            match Field::ALL.into_iter().find(|field| field.name() == name) {
                Some(field) => *form.text_mut(field) = text,
                None => wrong.push((name.clone(), "unknown_field")),
            }
        }
        (form, wrong)
    }

    fn text_mut(&mut self, field: Field) -> &mut String {
        match field {
            Field::Username => &mut self.username,
            Field::Domain => &mut self.domain,
            Field::Password => &mut self.password,
            Field::Ddi => &mut self.ddi,
            Field::Contract => &mut self.contract_id,
            Field::User => &mut self.user,
            Field::RegisterServerUri => &mut self.register_server_uri,
            Field::Realm => &mut self.realm,
            Field::Expire => &mut self.expire,
            Field::Enabled => &mut self.enabled,
        }
    }

    /// What was typed into a field; never the password.
    pub(crate) fn text(&self, field: Field) -> &str {
        match field {
            Field::Username => &self.username,
            Field::Domain => &self.domain,
            Field::Password => "",
            Field::Ddi => &self.ddi,
            Field::Contract => &self.contract_id,
            Field::User => &self.user,
            Field::RegisterServerUri => &self.register_server_uri,
            Field::Realm => &self.realm,
            Field::Expire => &self.expire,
            Field::Enabled => &self.enabled,
        }
    }

    /// Whether the switch stands on.
    pub(crate) fn enabled_is_on(&self) -> bool {
        truth(&self.enabled).unwrap_or(true)
    }

    /// Reads every field.
    ///
    /// # Errors
    /// Every fault at once, by field.
    pub(crate) fn parse(&self, purpose: Purpose) -> Result<Draft, Vec<(Field, Fault)>> {
        let mut faults = Faults(Vec::new());
        let username = faults.take(Field::Username, Username::parse(&self.username));
        let domain = faults.take(Field::Domain, Domain::parse(&self.domain));
        let password = faults.take(Field::Password, self.password(purpose));
        let ddi = faults.take(Field::Ddi, Ddi::parse(&self.ddi));
        let contract = faults.take(Field::Contract, optional(&self.contract_id, contract_id));
        let user = faults.take(Field::User, optional(&self.user, AuthUser::parse));
        let uri =
            faults.take(Field::RegisterServerUri, optional(&self.register_server_uri, entry::register_server_uri));
        let realm = faults.take(Field::Realm, optional(&self.realm, Realm::parse));
        let expire = faults.take(Field::Expire, Expire::parse(&self.expire));
        let enabled = faults.take(Field::Enabled, truth(&self.enabled));
        match (username, domain, password, ddi, contract, user, uri, realm, expire, enabled) {
            (
                Some(username),
                Some(domain),
                Some(password),
                Some(ddi),
                Some(contract),
                Some(user),
                Some(register_server_uri),
                Some(realm),
                Some(expire),
                Some(enabled),
            ) => {
                let details =
                    Details { username, domain, ddi, contract, user, register_server_uri, realm, expire, enabled };
                Ok(Draft { details, password })
            }
            _ => Err(faults.0),
        }
    }

    fn password(&self, purpose: Purpose) -> Result<Option<Secret>, Fault> {
        match (purpose, entry::password(&self.password)) {
            (Purpose::Update, Err(Fault::Required)) => Ok(None),
            (Purpose::Create | Purpose::Update, read) => read.map(Some),
        }
    }
}

struct Faults(Vec<(Field, Fault)>);

impl Faults {
    fn take<T>(&mut self, field: Field, read: Result<T, Fault>) -> Option<T> {
        read.map_err(|fault| self.0.push((field, fault))).ok()
    }
}

/// Blank is `None`.
fn optional<T>(text: &str, parse: impl Fn(&str) -> Result<T, Fault>) -> Result<Option<T>, Fault> {
    match parse(text) {
        Ok(value) => Ok(Some(value)),
        Err(Fault::Required) => Ok(None),
        Err(fault) => Err(fault),
    }
}

fn contract_id(text: &str) -> Result<ContractId, Fault> {
    let text = entry::bounded(text, 20)?;
    text.parse().map(ContractId).map_err(|_| Fault::NotAChoice)
}

fn truth(text: &str) -> Result<bool, Fault> {
    match text.trim() {
        "true" | "on" | "1" => Ok(true),
        "false" | "off" | "0" | "" => Ok(false),
        _ => Err(Fault::NotAChoice),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::presets;

    fn full() -> EntryForm {
        EntryForm {
            username: "961".into(),
            domain: "sip.example".into(),
            password: "pw".into(),
            ddi: "+34900".into(),
            ..EntryForm::new()
        }
    }

    #[test]
    fn all_faults_are_found_at_once() {
        let form = EntryForm {
            expire: "59".into(),
            realm: "a\r\nb".into(),
            contract_id: "x".into(),
            enabled: "maybe".into(),
            ..EntryForm::default()
        };
        let fields: Vec<Field> = form.parse(Purpose::Create).unwrap_err().into_iter().map(|(field, _)| field).collect();
        let expected = [
            Field::Username,
            Field::Domain,
            Field::Password,
            Field::Ddi,
            Field::Contract,
            Field::Realm,
            Field::Expire,
            Field::Enabled,
        ];
        assert_eq!(fields, expected);
    }

    #[test]
    fn blanks_stay_blank_and_an_empty_password_keeps_the_stored_one() {
        let draft = full().parse(Purpose::Create).unwrap();
        assert_eq!((draft.details.user.as_ref(), draft.details.realm.as_ref()), (None, None));
        assert_eq!(draft.details.effective_user(), "961");
        assert_eq!(draft.details.hop().to_string(), "sip.example");
        let mut form = full();
        form.password = " ".into();
        assert_eq!(form.parse(Purpose::Update).unwrap().password, None);
        assert_eq!(form.parse(Purpose::Create).unwrap_err(), [(Field::Password, Fault::Required)]);
    }

    #[test]
    fn what_presets_fill_in_is_right_and_only_what_their_sources_say() {
        for (name, preset) in presets() {
            let begun = EntryForm::at(name, preset);
            let typed = full();
            let domain = if begun.domain.is_empty() { typed.domain } else { begun.domain.clone() };
            let form =
                EntryForm { username: typed.username, password: typed.password, ddi: typed.ddi, domain, ..begun };
            assert!(form.parse(Purpose::Create).is_ok(), "{name}: {:?}", form.parse(Purpose::Create).err());
            let empty =
                preset.defaults == crate::roster::Preset::read("name=''\nnotes={en='',es=''}").unwrap().defaults;
            assert!(empty || !preset.sources.is_empty(), "{name} fills in what no source says");
        }
    }

    #[test]
    fn json_is_the_same_form() {
        let json = serde_json::json!({ "username": 961, "expire": 120, "enabled": false, "realm": null, "ddi": [], "colour": "red" });
        let (form, wrong) = EntryForm::from_json(json.as_object().unwrap());
        assert_eq!(
            (form.username.as_str(), form.expire.as_str(), form.enabled.as_str(), form.realm.as_str()),
            ("961", "120", "false", "")
        );
        assert_eq!(wrong, [("colour".to_owned(), "unknown_field"), ("ddi".to_owned(), "not_a_choice")]);
    }
}
