//! The second factor: codes of an authenticator (RFC 6238), each taken once, and recovery codes for when it is lost.

use std::net::IpAddr;

use totp_rs::{Builder, Secret};

use super::people::{SignInError, digest};
use super::waist::{Away, Roster};
use crate::clock::wall_ms;
use crate::domain::audit::Deed;
use crate::domain::operator::{Operator, OperatorId};
use crate::entropy;
use crate::store::{OperatorError, Store};

/// Recovery codes that somebody gets.
const CODES: usize = 10;
/// The letters of a recovery code: none that is mistaken for another.
const LETTERS: &[u8; 31] = b"abcdefghjkmnpqrstuvwxyz23456789";

/// Why a code was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeError {
    /// It is not the one that is shown, or was used before.
    Wrong,
    /// Too many failures; seconds to wait.
    Wait(u64),
    Unavailable,
}

impl From<Away> for CodeError {
    fn from(_: Away) -> Self {
        Self::Unavailable
    }
}

impl From<OperatorError> for CodeError {
    fn from(_: OperatorError) -> Self {
        Self::Unavailable
    }
}

impl From<CodeError> for SignInError {
    fn from(error: CodeError) -> Self {
        match error {
            CodeError::Wrong => Self::Refused,
            CodeError::Wait(seconds) => Self::Wait(seconds),
            CodeError::Unavailable => Self::Unavailable,
        }
    }
}

/// What somebody typed, without the blanks that make it easier to read.
fn tidy(code: &str) -> String {
    code.chars().filter(|c| c.is_ascii_alphanumeric()).take(64).collect::<String>().to_lowercase()
}

/// The step whose code this is, among the present one and its neighbours.
fn step(secret: &[u8], code: &str, now: i64) -> Option<i64> {
    let totp = Builder::new().with_secret(Secret::from(secret)).build().ok()?;
    let code = tidy(code);
    if code.len() != 6 {
        return None;
    }
    totp.check(&code, u64::try_from(now / 1000).ok()?).and_then(|step| i64::try_from(step).ok())
}

/// A recovery code of 79 random bits: `abcd-efgh-jkmn-pqrs`.
fn recovery_code() -> Result<String, entropy::Unavailable> {
    let letters = entropy::bytes::<16>()?.map(|byte| char::from(LETTERS[usize::from(byte) % LETTERS.len()]));
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    Ok(groups.join("-"))
}

impl Roster {
    /// Whether a code is asked for beside the password.
    pub(super) async fn has_factor(&self, id: OperatorId) -> Result<bool, OperatorError> {
        self.ask(move |store| store.factor(id)).await?.map(|factor| factor.is_some())
    }

    /// The secret that is offered to somebody, in base32, and the address that authenticators read from a picture. It is
    /// the same until it is confirmed.
    ///
    /// # Errors
    /// See [`OperatorError`].
    pub async fn offered_factor(&self, operator: &Operator) -> Result<(String, String), OperatorError> {
        let id = operator.id;
        let offer = move |store: &Store| -> Result<String, OperatorError> {
            let secret = match store.factor_offered(id)? {
                Some(secret) => secret.to_vec(),
                None => {
                    let secret = entropy::bytes::<20>().map_err(|_| OperatorError::Unavailable)?;
                    store.offer_factor(id, &secret)?;
                    secret.to_vec()
                }
            };
            Ok(Secret::from(secret).to_base32())
        };
        let text = self.ask(offer).await??;
        let name: String = operator.name.as_str().bytes().map(percent).collect();
        let address = format!("otpauth://totp/Alta:{name}?secret={text}&issuer=Alta");
        Ok((text, address))
    }

    /// Lets the offered secret count once its code is given; the recovery codes, which nobody can read again.
    ///
    /// # Errors
    /// See [`CodeError`].
    pub async fn confirm_factor(&self, id: OperatorId, code: &str) -> Result<Vec<String>, CodeError> {
        let offered = self.ask(move |store| store.factor_offered(id)).await??.ok_or(CodeError::Wrong)?;
        let step = step(&offered, code, wall_ms()).ok_or(CodeError::Wrong)?;
        let codes: Result<Vec<String>, _> = (0..CODES).map(|_| recovery_code()).collect();
        let codes = codes.map_err(|_| CodeError::Unavailable)?;
        let hashes: Vec<String> = codes.iter().map(|code| digest(&tidy(code))).collect();
        self.ask(move |store| store.confirm_factor(id, step, &hashes)).await??;
        Ok(codes)
    }

    /// Whether these are recovery codes of this person, so that nothing else is handed out as such.
    ///
    /// # Errors
    /// See [`OperatorError`].
    pub async fn are_recovery_codes(&self, id: OperatorId, codes: &[&str]) -> Result<bool, OperatorError> {
        let hashes: Vec<String> = codes.iter().map(|code| digest(&tidy(code))).collect();
        let known = self.ask(move |store| store.recovery_codes(id)).await??;
        Ok(!hashes.is_empty() && hashes.iter().all(|hash| known.contains(hash)))
    }

    /// How many recovery codes somebody has left; none without a second factor.
    ///
    /// # Errors
    /// See [`OperatorError`].
    pub async fn recovery_left(&self, id: OperatorId) -> Result<Option<usize>, OperatorError> {
        if !self.has_factor(id).await? {
            return Ok(None);
        }
        Ok(Some(self.ask(move |store| store.recovery_codes(id)).await??.len()))
    }

    /// Takes a second factor away.
    ///
    /// # Errors
    /// See [`OperatorError`].
    pub async fn remove_factor(&self, id: OperatorId) -> Result<(), OperatorError> {
        self.ask(move |store| store.remove_factor(id)).await?
    }

    /// The second step of a sign-in: a code of the authenticator, or a recovery code.
    ///
    /// # Errors
    /// See [`SignInError`].
    pub async fn sign_in_code(&self, id: OperatorId, code: &str, from: IpAddr) -> Result<Operator, SignInError> {
        let operator = self.operator(id).await.map_err(|Away| SignInError::Unavailable)?;
        let operator = operator.ok_or(SignInError::Refused)?;
        // Apart from the password's account: whoever knows the password must not begin anew with every code.
        let account = format!("code {}", id.0);
        match self.throttle.wait(self.clock.ms(), &account, from) {
            0 => {}
            seconds => return Err(SignInError::Wait(seconds)),
        }
        let code = code.to_owned();
        let take = move |store: &Store| -> Result<bool, OperatorError> {
            let Some(secret) = store.factor(id)? else { return Ok(false) };
            match step(&secret, &code, wall_ms()) {
                Some(step) => store.take_step(id, step),
                None => store.take_recovery(id, &digest(&tidy(&code))),
            }
        };
        let them = self.named(operator.name.as_str());
        let taken = them.ask(take).await.map_err(|Away| SignInError::Unavailable)?;
        if taken.map_err(|_| SignInError::Unavailable)? {
            self.throttle.succeeded(&account, from);
            self.welcome(&operator).await.map_err(|Away| SignInError::Unavailable)?;
            return Ok(operator);
        }
        self.throttle.failed(self.clock.ms(), &account, from);
        let name = operator.name.to_string();
        // It is refused whether or not that can be written down.
        let _ = self.ask(move |store| store.note(Deed::FactorFailed, Some(id.0), &name, &[])).await;
        Err(SignInError::Refused)
    }
}

fn percent(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_standard_and_of_the_steps_beside_it() {
        // RFC 6238, appendix B, in six digits.
        let secret = b"12345678901234567890";
        for (seconds, code) in [(59, "287082"), (1_111_111_109, "081804"), (2_000_000_000, "279037")] {
            assert_eq!(step(secret, code, seconds * 1000), Some(seconds / 30), "{seconds}");
        }
        assert_eq!(step(secret, "287 082", 89_000), Some(1), "one step late, and with a blank");
        assert_eq!(step(secret, "287082", 120_000), None);
        assert_eq!(step(secret, "94287082", 59_000), None);
        let code = recovery_code().unwrap();
        assert!(code.len() == 19 && tidy(&code).len() == 16 && code != recovery_code().unwrap(), "{code}");
    }
}
