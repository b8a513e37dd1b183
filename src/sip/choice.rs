//! Which challenge is answered: of several the strongest that we know, and only those of an allowed realm.

use super::digest::{Algorithm, Nonce, Qop};
use super::header::{Challenge, unescaped};
use super::wire::clean;
use crate::domain::account::Credentials;

/// Why no challenge of a response can be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unanswerable {
    /// Only realms other than the one allowed; the first of them, cleaned.
    Realm(String),
    /// No algorithm or qop that we know, or no Digest at all.
    Unsupported,
    /// A control character in what would have to be echoed.
    Poisoned,
}

/// Of the challenges of one challenger, the strongest that we may and can answer.
///
/// # Errors
/// Why none can be answered; the most telling reason wins.
pub fn choose(challenges: &[Challenge<'_>], credentials: &Credentials) -> Result<Nonce, Unanswerable> {
    let allowed =
        |c: &&Challenge<'_>| credentials.realm.as_ref().is_none_or(|realm| unescaped(c.realm) == realm.as_bytes());
    let mut best: Option<(Algorithm, Option<Qop>, &Challenge<'_>)> = None;
    let mut poisoned = false;
    for challenge in challenges.iter().filter(allowed) {
        let algorithm = challenge.algorithm.map_or(Some(Algorithm::Md5), Algorithm::of);
        let (Some(algorithm), Ok(qop)) = (algorithm, Qop::of(challenge.qop)) else { continue };
        if challenge.is_poisoned() {
            poisoned = true;
        } else if best.is_none_or(|(strongest, ..)| algorithm > strongest) {
            best = Some((algorithm, qop, challenge));
        }
    }
    if let Some((algorithm, qop, challenge)) = best {
        return Ok(Nonce::keep(algorithm, qop, challenge, credentials));
    }
    if poisoned {
        return Err(Unanswerable::Poisoned);
    }
    let other_realm = challenges.iter().find(|c| !allowed(c)).filter(|_| !challenges.iter().any(|c| allowed(&c)));
    Err(other_realm.map_or(Unanswerable::Unsupported, |c| Unanswerable::Realm(clean(&unescaped(c.realm)))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::account::Secret;
    use crate::sip::header::sample_challenge as challenge;

    fn credentials(user: &str, password: &str, realm: Option<&str>) -> Credentials {
        Credentials { user: user.into(), password: Secret::new(password.into()), realm: realm.map(Into::into) }
    }

    #[test]
    fn the_strongest_known_challenge_of_an_allowed_realm_is_chosen() {
        let offered =
            [challenge(None, Some("auth")), challenge(Some("SHA-256"), Some("auth")), challenge(Some("SHA-999"), None)];
        assert_eq!(choose(&offered, &credentials("u", "p", None)).unwrap().algorithm, Algorithm::Sha256);
        assert_eq!(
            choose(&offered, &credentials("u", "p", Some("other"))).unwrap_err(),
            Unanswerable::Realm("http-auth@example.org".into())
        );
        assert_eq!(choose(&offered[2..], &credentials("u", "p", None)).unwrap_err(), Unanswerable::Unsupported);
        assert_eq!(choose(&[], &credentials("u", "p", None)).unwrap_err(), Unanswerable::Unsupported);
        let poisoned = Challenge { nonce: b"a\r\nb", ..challenge(None, None) };
        assert_eq!(choose(&[poisoned], &credentials("u", "p", None)).unwrap_err(), Unanswerable::Poisoned);
    }
}
