//! Passwords of people: Argon2id, and what may be one.

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};

use super::waist::{Away, Roster};
use crate::domain::operator::{PASSWORD_MAX, PASSWORD_MIN};
use crate::entropy;

/// Memory in KiB, passes and lanes of Argon2id.
const COST: (u32, u32, u32) = (19 * 1024, 2, 1);
/// A hash of no password that anybody has: signing in with an unknown name takes as long as with a wrong password.
pub(super) const NOBODY: &str =
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

fn argon2() -> Argon2<'static> {
    let (memory, passes, lanes) = COST;
    // These are within Argon2's bounds; its default is the same algorithm, only with its own costs.
    Params::new(memory, passes, lanes, None)
        .map_or_else(|_| Argon2::default(), |params| Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

pub(super) fn hash(password: &str) -> Result<String, entropy::Unavailable> {
    argon2().hash_password(password.as_bytes()).map(|hash| hash.to_string()).map_err(|_| entropy::Unavailable)
}

pub(super) fn matches(password: &str, hash: &str) -> bool {
    argon2().verify_password(password.as_bytes(), hash).is_ok()
}

pub(super) fn check_password(name: &str, password: &str) -> Result<(), PasswordFault> {
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

/// The same, of one that was typed twice.
pub(super) fn check_new(name: &str, password: &str, again: &str) -> Result<(), PasswordFault> {
    check_password(name, password)?;
    if password == again { Ok(()) } else { Err(PasswordFault::Differs) }
}

impl Roster {
    /// Runs a hash off the async threads, few at once.
    pub(super) async fn hashing<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Away> {
        let _permit = self.hashing.acquire().await.map_err(|_| Away)?;
        tokio::task::spawn_blocking(work).await.map_err(|_| Away)
    }

    /// The hash of a password that is allowed.
    pub(super) async fn hashed_password(&self, password: String) -> Result<String, Away> {
        self.hashing(move || hash(&password)).await?.map_err(|_| Away)
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
