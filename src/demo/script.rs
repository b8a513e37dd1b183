//! What a scripted registrar is told to be and to say.

use std::collections::{HashMap, VecDeque};

use crate::sip::digest::Algorithm;

/// What it says to the next request of an account, whatever that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// Says nothing.
    Silence,
    /// A response with this code, reason and further header lines.
    Answer { code: u16, reason: &'static str, headers: Vec<String> },
    /// Goes on as usual.
    Usual,
}

impl Line {
    /// An answer with these header lines.
    pub fn answer(code: u16, reason: &'static str, headers: &[&str]) -> Self {
        Self::Answer { code, reason, headers: headers.iter().map(|h| (*h).to_owned()).collect() }
    }
}

/// How long a nonce lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoncePolicy {
    /// For ever.
    Kept,
    /// For one request; then `stale=true`.
    Once,
    /// For so many milliseconds; then `stale=true`.
    For(u64),
}

/// An account of the registrar.
#[derive(Clone, Debug)]
pub struct Login {
    pub password: String,
    /// Never answers, whatever comes.
    pub silent: bool,
    /// Said to its next requests, one each; afterwards it goes on as usual.
    pub lines: VecDeque<Line>,
    /// Said to every request, when there is no line left.
    pub always: Option<Line>,
}

impl Login {
    pub fn new(password: &str) -> Self {
        Self { password: password.to_owned(), silent: false, lines: VecDeque::new(), always: None }
    }
}

/// A registrar's rules.
#[derive(Clone, Debug)]
pub struct Script {
    pub realm: String,
    pub algorithms: Vec<Algorithm>,
    /// `None` asks for no credentials.
    pub qop: Option<&'static str>,
    /// Whether it asks for credentials at all.
    pub challenges: bool,
    pub nonces: NoncePolicy,
    /// Seconds: what is asked for is held to these.
    pub grant: std::ops::RangeInclusive<u32>,
    /// Seconds under which it answers 423; 0 never.
    pub least: u32,
    pub accounts: HashMap<String, Login>,
}

impl Script {
    /// Digest with MD5 and qop auth, nonces kept, grants up to a day.
    pub fn new(realm: &str) -> Self {
        Self {
            realm: realm.to_owned(),
            algorithms: vec![Algorithm::Md5],
            qop: Some("auth"),
            challenges: true,
            nonces: NoncePolicy::Kept,
            grant: 1..=86_400,
            least: 0,
            accounts: HashMap::new(),
        }
    }

    /// Adds an account.
    #[must_use]
    pub fn login(mut self, user: &str, login: Login) -> Self {
        self.accounts.insert(user.to_owned(), login);
        self
    }
}
