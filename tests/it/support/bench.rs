//! A program whose entries register wherever the test says.

use serde_json::{Value, json};

use super::provider::PASSWORD;
use super::{Answer, Api, Home, LIMIT, Program, eventually, reaches, wait_for};

/// See the module.
pub(crate) struct Bench {
    pub(crate) program: Program,
    pub(crate) api: Api,
    _home: Home,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::with(&[])
    }

    /// A program with these settings (`ALTA_…`).
    pub(crate) fn with(settings: &[(&str, &str)]) -> Self {
        Self::at(Home::with(settings))
    }

    pub(crate) fn at(home: Home) -> Self {
        let program = home.start();
        let api = Api::new(&home, &program);
        Self { program, api, _home: home }
    }

    /// Adds an entry of this user's, with this domain and Register server URI (empty: none); its number.
    #[track_caller]
    pub(crate) fn add(&self, user: &str, domain: &str, uri: &str) -> i64 {
        let made = self.api.post("/registrations", &entry(user, domain, uri));
        assert_eq!(made.status, 201, "{made:?}");
        made.number("id")
    }

    /// Adds one for each of these users.
    #[track_caller]
    pub(crate) fn add_all(&self, users: &[&str], domain: &str, uri: &str) {
        let all: Value = users.iter().map(|user| entry(user, domain, uri)).collect();
        let made = self.api.post("/registrations", &all);
        assert_eq!(made.status, 201, "{made:?}");
    }

    /// *Register now*.
    #[track_caller]
    pub(crate) fn refresh(&self, id: i64) {
        assert_eq!(self.api.post(&format!("/registrations/{id}/refresh"), &Value::Null).status, 202);
    }

    pub(crate) fn status(&self, id: i64) -> Answer {
        self.api.get(&format!("/registrations/{id}/status"))
    }

    #[track_caller]
    pub(crate) fn reaches(&self, id: i64, state: &str) -> Answer {
        reaches(&self.api, id, state, LIMIT)
    }

    /// Waits until an entry has this cause; its status.
    #[track_caller]
    pub(crate) fn fails(&self, id: i64, cause: &str) -> Answer {
        eventually(&format!("entry {id} says {cause}"), LIMIT, || {
            let status = self.status(id);
            if status.text("cause") == cause { Ok(status) } else { Err(status.body) }
        })
    }

    /// Numbers of the entries in this state, 500 at most.
    pub(crate) fn in_state(&self, state: &str) -> Vec<i64> {
        let page = self.api.get(&format!("/registrations?limit=500&state={state}"));
        let items = page.body["items"].as_array().cloned().unwrap_or_default();
        items.iter().filter_map(|item| item["id"].as_i64()).collect()
    }

    /// Waits until so many entries are registered.
    #[track_caller]
    pub(crate) fn all_registered(&self, count: usize) {
        wait_for(&format!("{count} are registered"), LIMIT, || self.in_state("registered").len() == count);
    }
}

fn entry(user: &str, domain: &str, uri: &str) -> Value {
    let mut entry = json!({ "username": user, "domain": domain, "password": PASSWORD, "ddi": format!("9{user}") });
    if !uri.is_empty() {
        entry["register_server_uri"] = json!(uri);
    }
    entry
}
