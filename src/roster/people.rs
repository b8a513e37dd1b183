//! Who may sign in: passwords (Argon2id), the one-time setup, API tokens.

use std::net::IpAddr;

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::waist::{Away, Roster};
use crate::clock::wall_ms;
use crate::domain::entry::Fault;
use crate::domain::operator::{Operator, OperatorId, OperatorName, PASSWORD_MAX, PASSWORD_MIN, Role};
use crate::entropy;
use crate::store::{OperatorError, Store};

/// Memory in KiB, passes and lanes of Argon2id.
const COST: (u32, u32, u32) = (19 * 1024, 2, 1);
/// A hash of no password that anybody has: signing in with an unknown name takes as long as with a wrong password.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$YWx0YS1ub2JvZHktc2FsdA$4+VKkZ4hdQFYxmaTrRqm6YL3bqkEV7KIhZ0BkN2yVTs";
/// Passwords that everybody tries first, and that are long enough.
const DENIED: [&str; 8] = [
    "123456789012",
    "passwordpassword",
    "password1234",
    "administrator",
    "qwertyuiopas",
    "contraseña123",
    "111111111111",
    "altaaltaalta",
];

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

/// What is wrong with a new password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordFault {
    TooShort,
    TooLong,
    /// One that everybody tries first, or the name itself.
    TooCommon,
    /// The two that were typed differ.
    Differs,
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

fn argon2() -> Argon2<'static> {
    let (memory, passes, lanes) = COST;
    // These are within Argon2's bounds; its default is the same algorithm, only with its own costs.
    Params::new(memory, passes, lanes, None)
        .map_or_else(|_| Argon2::default(), |params| Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash(password: &str) -> Result<String, PeopleError> {
    argon2().hash_password(password.as_bytes()).map(|hash| hash.to_string()).map_err(|_| PeopleError::Entropy)
}

fn matches(password: &str, hash: &str) -> bool {
    argon2().verify_password(password.as_bytes(), hash).is_ok()
}

/// SHA-256 in hex: enough for secrets of 256 random bits, which nobody can guess from it.
fn digest(secret: &str) -> String {
    Sha256::digest(secret.as_bytes()).iter().map(|b| format!("{b:02x}")).collect()
}

fn random_hex() -> Result<String, entropy::Unavailable> {
    Ok(entropy::bytes::<32>()?.iter().map(|b| format!("{b:02x}")).collect())
}

fn check_password(name: &str, password: &str) -> Result<(), PasswordFault> {
    let length = password.chars().count();
    let lower = password.to_lowercase();
    let one_letter = lower.chars().all(|c| lower.starts_with(c));
    if length < PASSWORD_MIN {
        Err(PasswordFault::TooShort)
    } else if length > PASSWORD_MAX {
        Err(PasswordFault::TooLong)
    } else if DENIED.contains(&lower.as_str()) || one_letter || lower == name.to_lowercase() {
        Err(PasswordFault::TooCommon)
    } else {
        Ok(())
    }
}

/// Adds a person, from the command line.
///
/// # Errors
/// See [`PeopleError`].
pub fn add_operator(store: &Store, name: &str, role: Role, password: &str) -> Result<Operator, PeopleError> {
    let name = OperatorName::parse(name).map_err(PeopleError::Name)?;
    check_password(name.as_str(), password).map_err(PeopleError::Password)?;
    Ok(store.insert_operator(&name, role, &hash(password)?, wall_ms(), false)?)
}

/// Adds an API token, from the command line; the token itself, which nobody can read again.
///
/// # Errors
/// See [`PeopleError`].
pub fn add_token(store: &Store, name: &str, role: Role) -> Result<String, PeopleError> {
    let name = crate::domain::entry::bounded(name, 64).map_err(PeopleError::Name)?;
    let token = format!("alta_{}", random_hex().map_err(|_| PeopleError::Entropy)?);
    store.insert_token(name, role, &digest(&token), wall_ms())?;
    Ok(token)
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
    /// Runs a hash off the async threads, few at once.
    async fn hashing<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Away> {
        let _permit = self.hashing.acquire().await.map_err(|_| Away)?;
        tokio::task::spawn_blocking(work).await.map_err(|_| Away)
    }

    /// Lets somebody in.
    ///
    /// # Errors
    /// See [`SignInError`].
    pub async fn sign_in(&self, name: &str, password: String, from: IpAddr) -> Result<Operator, SignInError> {
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
        match operator.filter(|_| right) {
            Some(operator) => {
                self.throttle.succeeded(&account, from);
                Ok(operator)
            }
            None => {
                self.throttle.failed(self.clock.ms(), &account, from);
                Err(SignInError::Refused)
            }
        }
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
        let checked =
            check_password(name, &password).and(if password == again { Ok(()) } else { Err(PasswordFault::Differs) });
        let name = match (parsed, checked) {
            (Ok(name), Ok(())) => name,
            (name, password) => return Err(SetupError::Refused { name: name.err(), password: password.err() }),
        };
        let hash = self.hashing(move || hash(&password)).await.map_err(|Away| SetupError::Unavailable)?;
        let hash = hash.map_err(|_| SetupError::Unavailable)?;
        let insert = move |store: &Store| store.insert_operator(&name, Role::Administrator, &hash, wall_ms(), true);
        match self.ask(insert).await {
            Ok(Ok(operator)) => {
                *self.setup_secret() = None;
                Ok(operator)
            }
            Ok(Err(OperatorError::NotFirst | OperatorError::NameTaken)) => Err(SetupError::WrongLink),
            Ok(Err(OperatorError::Unavailable)) | Err(Away) => Err(SetupError::Unavailable),
        }
    }

    /// Somebody who signed in earlier, as they are now; `None` when they are gone.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn operator(&self, id: OperatorId) -> Result<Option<Operator>, Away> {
        self.ask(move |store| store.operator(id)).await?.map_err(|_| Away)
    }

    /// Name and role of whoever bears this API token.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn bearer(&self, token: &str) -> Result<Option<(String, Role)>, Away> {
        let hash = digest(token);
        self.ask(move |store| store.token(&hash)).await?.map_err(|_| Away)
    }

    /// The language that somebody chose.
    pub async fn language(&self, id: OperatorId) -> Option<String> {
        self.ask(move |store| store.language(id)).await.ok()?.ok()?
    }

    /// Remembers the language that somebody chose.
    pub async fn set_language(&self, id: OperatorId, language: &'static str) {
        // The cookie remembers it, too: a database that is away costs nothing here.
        let _ = self.ask(move |store| store.set_language(id, language)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_long_and_not_what_everybody_tries() {
        for (password, verdict) in [
            ("correct horse", Ok(())),
            ("short", Err(PasswordFault::TooShort)),
            ("PasswordPassword", Err(PasswordFault::TooCommon)),
            ("xxxxxxxxxxxxxxx", Err(PasswordFault::TooCommon)),
            ("ana-the-first", Err(PasswordFault::TooCommon)),
        ] {
            assert_eq!(check_password("ana-the-first", password), verdict, "{password}");
        }
        assert_eq!(check_password("a", &"ab".repeat(200)), Err(PasswordFault::TooLong));
    }

    #[test]
    fn a_hash_fits_its_password_only_and_nobody_has_none() {
        let hash = hash("correct horse").unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(matches("correct horse", &hash) && !matches("correct house", &hash));
        assert!(
            argon2::PasswordHash::new(NOBODY).is_ok(),
            "an unreadable hash would be refused at once, and tell that the name is unknown"
        );
        assert!(!matches("", NOBODY));
    }
}
