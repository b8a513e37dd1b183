//! The API as a client sees it.

use serde_json::Value;
use ureq::Agent;
use ureq::http::{HeaderMap, Request};

use super::{Home, PATIENCE, Program};

/// A client that bears a token.
pub(crate) struct Api {
    agent: Agent,
    base: String,
    token: String,
}

/// What came back; a body that is no JSON is null.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
    pub(crate) headers: HeaderMap,
}

impl Answer {
    /// The number at this name.
    #[track_caller]
    pub(crate) fn number(&self, name: &str) -> i64 {
        self.body[name].as_i64().unwrap_or_else(|| panic!("no number {name} in {self:?}"))
    }

    /// A header; empty when it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Field and code of every fault, with its place when an array was sent.
    pub(crate) fn faults(&self) -> Vec<(Option<i64>, String, String)> {
        let fault = |fault: &Value| {
            let text = |name: &str| fault[name].as_str().expect("a text").to_owned();
            assert!(!text("message").is_empty(), "{fault}");
            (fault["index"].as_i64(), text("field"), text("code"))
        };
        self.body["errors"].as_array().map(|faults| faults.iter().map(fault).collect()).unwrap_or_default()
    }

    /// The text at this name; empty when it is null or not there.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.body[name].as_str().unwrap_or_default()
    }
}

impl Api {
    /// A client with a fresh manager's token, made on the command line.
    pub(crate) fn new(home: &Home, program: &Program) -> Self {
        Self::named(home, program, "test", "manager")
    }

    /// A client with a fresh token of this role.
    pub(crate) fn with_role(home: &Home, program: &Program, role: &str) -> Self {
        Self::named(home, program, role, role)
    }

    fn named(home: &Home, program: &Program, name: &str, role: &str) -> Self {
        let made = home.run(&["token", "add", name, "--role", role], "");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let token = String::from_utf8(made.stdout).expect("a token").trim().to_owned();
        Self::with_token(program, &token)
    }

    pub(crate) fn with_token(program: &Program, token: &str) -> Self {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(PATIENCE))
            .max_redirects(0)
            .allow_non_standard_methods(true)
            .build()
            .new_agent();
        Self { agent, base: format!("http://{}/api/v1", program.http), token: token.to_owned() }
    }

    /// The same client at the program's next run.
    pub(crate) fn again(&self, program: &Program) -> Self {
        Self::with_token(program, &self.token)
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.read(self.agent.get(self.url(path)).header("authorization", self.bearer()).call())
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        self.read(self.agent.post(self.url(path)).header("authorization", self.bearer()).send_json(body))
    }

    pub(crate) fn put(&self, path: &str, body: &Value) -> Answer {
        self.read(self.agent.put(self.url(path)).header("authorization", self.bearer()).send_json(body))
    }

    pub(crate) fn delete(&self, path: &str) -> Answer {
        self.read(self.agent.delete(self.url(path)).header("authorization", self.bearer()).call())
    }

    /// Sends whatever it is told: method, path below the API, headers, body.
    pub(crate) fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut request = Request::builder().method(method).uri(self.url(path)).header("authorization", self.bearer());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body).expect("a request");
        self.read(self.agent.run(request))
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.token)
    }

    fn read(&self, answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Answer {
        let mut answer = answer.expect("an answer");
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let text = answer.body_mut().with_config().limit(64 * 1024 * 1024).read_to_string().expect("a text");
        Answer { status, body: serde_json::from_str(&text).unwrap_or(Value::Null), headers }
    }
}
