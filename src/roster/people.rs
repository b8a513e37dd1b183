//! Who may sign in: passwords (Argon2id), the one-time setup, API tokens.

use std::net::IpAddr;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::password::{NOBODY, PasswordFault, check_new, check_password, hash, matches};
use super::waist::{Away, Roster};
use crate::clock::wall_ms;
use crate::domain::audit::{Actor, Deed};
use crate::domain::entry::Fault;
use crate::domain::operator::{Operator, OperatorId, OperatorName, PASSWORD_MAX, Role, Token};
use crate::entropy;
use crate::store::{OperatorError, Store};

/// How far a right password leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entered {
    Whole(Operator),
    /// A code of the second factor is asked for.
    Half(OperatorId),
}

/// Why somebody was not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInError {
    /// No such name, or a wrong password: nobody is told which.
    Refused,
    /// Too many failures; seconds to wait.
    Wait(u64),
    Unavailable,
}

/// Why Alta was not set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetupError {
    /// The link was used, or is not ours.
    WrongLink,
    /// Faults of name and password.
    Refused {
        name: Option<Fault>,
        password: Option<PasswordFault>,
    },
    Unavailable,
}

/// Why no person or token was added.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PeopleError {
    #[error("the name is not allowed: {0:?}")]
    Name(Fault),
    #[error("the password is not allowed: {0:?}")]
    Password(PasswordFault),
    #[error(transparent)]
    Store(#[from] OperatorError),
    #[error("no random numbers")]
    Entropy,
}

/// SHA-256 in hex: enough for secrets of 256 random bits, which nobody can guess from it.
pub(super) fn digest(secret: &str) -> String {
    Sha256::digest(secret.as_bytes()).iter().map(|b| format!("{b:02x}")).collect()
}

fn random_hex() -> Result<String, entropy::Unavailable> {
    Ok(entropy::bytes::<32>()?.iter().map(|b| format!("{b:02x}")).collect())
}

/// Adds a person, from the command line.
///
/// # Errors
/// See [`PeopleError`].
pub fn add_operator(store: &Store, name: &str, role: Role, password: &str) -> Result<Operator, PeopleError> {
    let name = OperatorName::parse(name).map_err(PeopleError::Name)?;
    check_password(name.as_str(), password).map_err(PeopleError::Password)?;
    let hash = hash(password).map_err(|_| PeopleError::Entropy)?;
    let store = store.acting(Arc::new(Actor::command_line()), wall_ms());
    Ok(store.insert_operator(&name, role, &hash, wall_ms(), false)?)
}

/// Adds an API token, from the command line; the token itself, which nobody can read again.
///
/// # Errors
/// See [`PeopleError`].
pub fn add_token(store: &Store, name: &str, role: Role) -> Result<String, PeopleError> {
    let name = crate::domain::entry::bounded(name, 64).map_err(PeopleError::Name)?;
    let (token, hash) = new_token().map_err(|_| PeopleError::Entropy)?;
    store.acting(Arc::new(Actor::command_line()), wall_ms()).insert_token(name, role, &hash, wall_ms(), None)?;
    Ok(token)
}

/// A token, and the hash that is stored of it.
pub(super) fn new_token() -> Result<(String, String), entropy::Unavailable> {
    let token = format!("alta_{}", random_hex()?);
    let hash = digest(&token);
    Ok((token, hash))
}

/// A one-time setup secret, and its hash for [`Roster::new`].
///
/// # Errors
/// When there are no random numbers.
pub fn setup_secret() -> Result<(String, String), entropy::Unavailable> {
    let secret = random_hex()?;
    let hash = digest(&secret);
    Ok((secret, hash))
}

impl Roster {
    /// Lets somebody in.
    ///
    /// # Errors
    /// See [`SignInError`].
    pub async fn sign_in(&self, name: &str, password: String, from: IpAddr) -> Result<Entered, SignInError> {
        let account: String = name.trim().to_lowercase().chars().take(64).collect();
        match self.throttle.wait(self.clock.ms(), &account, from) {
            0 => {}
            seconds => return Err(SignInError::Wait(seconds)),
        }
        let found = match OperatorName::parse(name) {
            Ok(name) => self.ask(move |store| store.operator_by_name(&name)).await,
            Err(_) => Ok(Ok(None)),
        };
        let found = found.map_err(|Away| SignInError::Unavailable)?.map_err(|_| SignInError::Unavailable)?;
        let (operator, hash) = found.map_or((None, NOBODY.to_owned()), |(operator, hash)| (Some(operator), hash));
        let fits = password.chars().count() <= PASSWORD_MAX;
        let right =
            self.hashing(move || fits && matches(&password, &hash)).await.map_err(|Away| SignInError::Unavailable)?;
        match operator {
            Some(operator) if right => {
                self.throttle.succeeded(&account, from);
                let second = self.ask({
                    let id = operator.id;
                    move |store| store.factor(id)
                });
                let second = second.await.map_err(|Away| SignInError::Unavailable)?;
                if second.map_err(|_| SignInError::Unavailable)?.is_some() {
                    return Ok(Entered::Half(operator.id));
                }
                self.welcome(&operator).await.map_err(|Away| SignInError::Unavailable)?;
                Ok(Entered::Whole(operator))
            }
            known => {
                self.throttle.failed(self.clock.ms(), &account, from);
                let about = known.map(|operator| operator.id.0);
                // It is refused whether or not that can be written down.
                let _ = self.ask(move |store| store.note(Deed::SignInFailed, about, &account, &[])).await;
                Err(SignInError::Refused)
            }
        }
    }

    /// Writes down that somebody signed in.
    pub(super) async fn welcome(&self, operator: &Operator) -> Result<(), Away> {
        let operator = operator.clone();
        let them = self.named(operator.name.as_str());
        them.ask(move |store| store.signed_in(&operator, wall_ms())).await?.map_err(|_| Away)
    }

    /// Writes down that somebody signed out.
    pub async fn farewell(&self, operator: &Operator) {
        let (id, name) = (operator.id.0, operator.name.to_string());
        // Their session ends whether or not that can be written down.
        let _ = self.ask(move |store| store.note(Deed::SignedOut, Some(id), &name, &[])).await;
    }

    /// Whether the first administrator is still to be made.
    pub fn setup_is_open(&self) -> bool {
        self.setup_secret().is_some()
    }

    /// Whether this is the one-time secret.
    pub fn setup_fits(&self, secret: &str) -> bool {
        self.setup_secret().as_ref().is_some_and(|hash| hash.as_bytes().ct_eq(digest(secret).as_bytes()).into())
    }

    /// Makes the first administrator; the link is used up then.
    ///
    /// # Errors
    /// See [`SetupError`].
    pub async fn set_up(
        &self,
        secret: &str,
        name: &str,
        password: String,
        again: &str,
    ) -> Result<Operator, SetupError> {
        if !self.setup_fits(secret) {
            return Err(SetupError::WrongLink);
        }
        let parsed = OperatorName::parse(name);
        let checked = check_new(name, &password, again);
        let name = match (parsed, checked) {
            (Ok(name), Ok(())) => name,
            (name, password) => return Err(SetupError::Refused { name: name.err(), password: password.err() }),
        };
        let hash = self.hashed_password(password).await.map_err(|Away| SetupError::Unavailable)?;
        let first = name.to_string();
        let insert = move |store: &Store| store.insert_operator(&name, Role::Administrator, &hash, wall_ms(), true);
        match self.named(&first).ask(insert).await {
            Ok(Ok(operator)) => {
                *self.setup_secret() = None;
                // They are in whether or not that can be written down.
                let _ = self.welcome(&operator).await;
                Ok(operator)
            }
            Ok(Err(OperatorError::NotFirst | OperatorError::NameTaken)) => Err(SetupError::WrongLink),
            Ok(Err(OperatorError::Unavailable | OperatorError::NotFound | OperatorError::LastAdministrator))
            | Err(Away) => Err(SetupError::Unavailable),
        }
    }

    /// Somebody who signed in earlier, as they are now; `None` when they are gone.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn operator(&self, id: OperatorId) -> Result<Option<Operator>, Away> {
        self.ask(move |store| store.operator(id)).await?.map_err(|_| Away)
    }

    /// The API token, while it is valid.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn bearer(&self, token: &str) -> Result<Option<Token>, Away> {
        let hash = digest(token);
        self.ask(move |store| store.token(&hash, wall_ms())).await?.map_err(|_| Away)
    }

    /// Language and time zone that somebody chose, by their codes.
    pub async fn preferences(&self, id: OperatorId) -> (Option<String>, Option<String>) {
        self.ask(move |store| store.preferences(id)).await.ok().and_then(Result::ok).unwrap_or_default()
    }

    /// Remembers the language that somebody chose.
    pub async fn set_language(&self, id: OperatorId, language: &'static str) {
        // The cookie remembers it, too: a database that is away costs nothing here.
        let _ = self.ask(move |store| store.set_language(id, language)).await;
    }
}
