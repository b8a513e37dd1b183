//! What most tests begin with: a home, the program in it, a provider, and a client of the API.

use std::time::Duration;

use serde_json::{Value, json};

use super::provider::PASSWORD;
use super::{Answer, Api, Home, Program, Provider, eventually};

/// How long a registration may take on a busy machine.
pub(crate) const LIMIT: Duration = Duration::from_secs(20);

pub(crate) struct Stage {
    pub(crate) home: Home,
    pub(crate) program: Program,
    pub(crate) provider: Provider,
    pub(crate) api: Api,
}

impl Stage {
    /// A program without entries, and a provider that has these accounts.
    pub(crate) fn new(users: &[&str]) -> Self {
        Self::at(Home::new(), Provider::new(users))
    }

    pub(crate) fn at(home: Home, provider: Provider) -> Self {
        let program = home.start();
        let api = Api::new(&home, &program);
        Self { home, program, provider, api }
    }

    /// The JSON of an entry for this account at the provider; its DDI is `9` and the user.
    pub(crate) fn entry(&self, user: &str) -> Value {
        json!({ "username": user, "domain": self.provider.at.to_string(), "password": PASSWORD, "ddi": format!("9{user}") })
    }

    /// Adds an entry for this account at the provider; its number.
    #[track_caller]
    pub(crate) fn add(&self, user: &str) -> i64 {
        let made = self.api.post("/registrations", &self.entry(user));
        assert_eq!(made.status, 201, "{made:?}");
        made.number("id")
    }

    /// Adds an entry and waits until it is registered.
    #[track_caller]
    pub(crate) fn register(&self, user: &str) -> i64 {
        let id = self.add(user);
        self.reaches(id, "registered");
        id
    }

    /// Waits until an entry is in this state; its status.
    #[track_caller]
    pub(crate) fn reaches(&self, id: i64, state: &str) -> Answer {
        reaches(&self.api, id, state, LIMIT)
    }

    /// Stops the program and starts it again on the same SIP port.
    pub(crate) fn restart(mut self) -> Self {
        self.home.set("ALTA_SIP_LISTEN", &self.program.sip.to_string());
        self.restart_anywhere()
    }

    /// Stops the program and starts it again on another SIP port, so that its Contact is another one.
    pub(crate) fn restart_anywhere(self) -> Self {
        let Self { home, program, provider, api } = self;
        let status = program.stop();
        assert!(status.success(), "{status:?}");
        Self::go_on(home, provider, &api)
    }

    /// Ends the program without a warning and starts it again on the same SIP port.
    pub(crate) fn crash(self) -> Self {
        let Self { mut home, program, provider, api } = self;
        home.set("ALTA_SIP_LISTEN", &program.sip.to_string());
        program.kill();
        Self::go_on(home, provider, &api)
    }

    fn go_on(home: Home, provider: Provider, api: &Api) -> Self {
        let program = home.start();
        let api = api.again(&program);
        Self { home, program, provider, api }
    }
}

/// Waits until an entry is in this state; its status.
#[track_caller]
pub(crate) fn reaches(api: &Api, id: i64, state: &str, limit: Duration) -> Answer {
    eventually(&format!("entry {id} is {state}"), limit, || {
        let status = api.get(&format!("/registrations/{id}/status"));
        if status.text("state") == state { Ok(status) } else { Err(status.body) }
    })
}
