//! Digest access authentication (RFC 7616, RFC 8760, RFC 3261 §22): choosing a challenge and answering it.

use std::fmt::Write as _;

use md5::Md5;
use sha2::{Digest, Sha256, Sha512_256};
use zeroize::Zeroizing;

use super::header::{Challenge, Challenger, unescaped};
use super::wire::clean;
use crate::domain::account::Credentials;
use crate::domain::status::Proposal;

/// A hash and whether its HA1 covers the session, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Algorithm {
    Md5,
    Md5Sess,
    Sha256,
    Sha256Sess,
    Sha512T256,
    Sha512T256Sess,
}

impl Algorithm {
    const ALL: [Self; 6] =
        [Self::Md5, Self::Md5Sess, Self::Sha256, Self::Sha256Sess, Self::Sha512T256, Self::Sha512T256Sess];

    /// As RFC 7616 §6.1 registers it; printed without quotes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Md5Sess => "MD5-sess",
            Self::Sha256 => "SHA-256",
            Self::Sha256Sess => "SHA-256-sess",
            Self::Sha512T256 => "SHA-512-256",
            Self::Sha512T256Sess => "SHA-512-256-sess",
        }
    }

    /// The algorithm of this name, without case.
    pub fn of(name: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|a| name.eq_ignore_ascii_case(a.name().as_bytes()))
    }

    fn is_session(self) -> bool {
        matches!(self, Self::Md5Sess | Self::Sha256Sess | Self::Sha512T256Sess)
    }

    /// Lower-case hex of the hash over the parts, joined by colons.
    pub fn hash(self, parts: &[&[u8]]) -> String {
        match self {
            Self::Md5 | Self::Md5Sess => joined::<Md5>(parts),
            Self::Sha256 | Self::Sha256Sess => joined::<Sha256>(parts),
            Self::Sha512T256 | Self::Sha512T256Sess => joined::<Sha512_256>(parts),
        }
    }
}

fn joined<D: Digest>(parts: &[&[u8]]) -> String {
    let mut hash = D::new();
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            hash.update(b":");
        }
        hash.update(part);
    }
    let digest = hash.finalize();
    digest.iter().fold(String::with_capacity(digest.len() * 2), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Quality of protection that we answer with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Qop {
    Auth,
    AuthInt,
}

impl Qop {
    fn name(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::AuthInt => "auth-int",
        }
    }

    /// `auth` when offered, else `auth-int`; `Err` when only others are.
    fn of(list: Option<&[u8]>) -> Result<Option<Self>, ()> {
        let Some(list) = list else { return Ok(None) };
        let offers =
            |name: &str| list.split(|b| *b == b',').any(|word| word.trim_ascii().eq_ignore_ascii_case(name.as_bytes()));
        if offers("auth") {
            Ok(Some(Self::Auth))
        } else if offers("auth-int") {
            Ok(Some(Self::AuthInt))
        } else if list.trim_ascii().is_empty() {
            Ok(None)
        } else {
            Err(())
        }
    }
}

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

/// A challenge kept to be answered now and used ahead later: one nonce of one challenger.
#[derive(Clone, Debug)]
pub struct Nonce {
    pub from: Challenger,
    pub realm: Vec<u8>,
    pub nonce: Vec<u8>,
    opaque: Option<Vec<u8>>,
    pub algorithm: Algorithm,
    qop: Option<Qop>,
    /// How often it was used (RFC 7616 §3.4, `nc`).
    pub used: u32,
    /// `H(user:realm:password)`, remembered while the credentials stand.
    ha1: Zeroizing<String>,
}

impl Nonce {
    /// What the challenger proposed, for display.
    pub fn proposal(&self) -> Proposal {
        Proposal { realm: clean(&unescaped(&self.realm)), algorithm: self.algorithm.name().to_owned() }
    }

    /// Whether it may be used once more: `nc` has eight hexadecimal digits.
    pub fn is_usable(&self) -> bool {
        self.used < u32::MAX
    }

    /// Takes the next nonce that the challenger hands out (RFC 7616 §3.5, `nextnonce`).
    pub fn succeed(&mut self, next: &[u8]) {
        if !next.is_empty() && !next.iter().any(u8::is_ascii_control) && next != self.nonce.as_slice() {
            self.nonce = next.to_vec();
            self.used = 0;
        }
    }

    /// Writes the value of (Proxy-)Authorization for one request without a body, and counts its use.
    pub fn answer(&mut self, user: &str, method: &str, uri: &str, cnonce: u64, out: &mut Vec<u8>) {
        self.used = self.used.saturating_add(1);
        let cnonce = format!("{cnonce:016x}");
        let nc = format!("{:08x}", self.used);
        let algorithm = self.algorithm;
        let ha1 = if algorithm.is_session() {
            Zeroizing::new(algorithm.hash(&[self.ha1.as_bytes(), &self.nonce, cnonce.as_bytes()]))
        } else {
            self.ha1.clone()
        };
        let ha2 = match self.qop {
            Some(Qop::AuthInt) => {
                algorithm.hash(&[method.as_bytes(), uri.as_bytes(), algorithm.hash(&[b""]).as_bytes()])
            }
            Some(Qop::Auth) | None => algorithm.hash(&[method.as_bytes(), uri.as_bytes()]),
        };
        let response = match self.qop {
            Some(qop) => algorithm.hash(&[
                ha1.as_bytes(),
                &self.nonce,
                nc.as_bytes(),
                cnonce.as_bytes(),
                qop.name().as_bytes(),
                ha2.as_bytes(),
            ]),
            None => algorithm.hash(&[ha1.as_bytes(), &self.nonce, ha2.as_bytes()]),
        };
        out.extend_from_slice(b"Digest username=\"");
        quote(user.as_bytes(), out);
        echo("\", realm=\"", &self.realm, out);
        echo("\", nonce=\"", &self.nonce, out);
        echo("\", uri=\"", uri.as_bytes(), out);
        echo("\", response=\"", response.as_bytes(), out);
        echo("\", algorithm=", algorithm.name().as_bytes(), out);
        if let Some(qop) = self.qop {
            echo(", qop=", qop.name().as_bytes(), out);
            echo(", nc=", nc.as_bytes(), out);
            echo(", cnonce=\"", cnonce.as_bytes(), out);
            out.push(b'"');
        } else if algorithm.is_session() {
            echo(", cnonce=\"", cnonce.as_bytes(), out);
            out.push(b'"');
        }
        if let Some(opaque) = &self.opaque {
            echo(", opaque=\"", opaque, out);
            out.push(b'"');
        }
    }
}

fn echo(label: &str, value: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(label.as_bytes());
    out.extend_from_slice(value);
}

/// Escapes what would end a quoted string (RFC 3261 §25.1).
fn quote(text: &[u8], out: &mut Vec<u8>) {
    for &b in text {
        if matches!(b, b'"' | b'\\') {
            out.push(b'\\');
        }
        out.push(b);
    }
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
        return Ok(keep(algorithm, qop, challenge, credentials));
    }
    if poisoned {
        return Err(Unanswerable::Poisoned);
    }
    let other_realm = challenges.iter().find(|c| !allowed(c)).filter(|_| !challenges.iter().any(|c| allowed(&c)));
    Err(other_realm.map_or(Unanswerable::Unsupported, |c| Unanswerable::Realm(clean(&unescaped(c.realm)))))
}

fn keep(algorithm: Algorithm, qop: Option<Qop>, challenge: &Challenge<'_>, credentials: &Credentials) -> Nonce {
    let password = credentials.password.reveal().as_bytes();
    Nonce {
        from: challenge.from,
        realm: challenge.realm.to_vec(),
        nonce: challenge.nonce.to_vec(),
        opaque: challenge.opaque.map(<[u8]>::to_vec),
        algorithm,
        qop,
        used: 0,
        ha1: Zeroizing::new(algorithm.hash(&[credentials.user.as_bytes(), challenge.realm, password])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::account::Secret;

    fn credentials(user: &str, password: &str, realm: Option<&str>) -> Credentials {
        Credentials { user: user.into(), password: Secret::new(password.into()), realm: realm.map(Into::into) }
    }

    fn challenge<'a>(algorithm: Option<&'a str>, qop: Option<&'a str>) -> Challenge<'a> {
        Challenge {
            from: Challenger::Registrar,
            realm: b"http-auth@example.org",
            nonce: b"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
            opaque: Some(b"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"),
            algorithm: algorithm.map(str::as_bytes),
            qop: qop.map(str::as_bytes),
            stale: false,
        }
    }

    /// RFC 7616 §3.9.1 gives its client nonce as text; ours are numbers, so the vectors are held against the hash itself.
    #[test]
    fn the_vectors_of_rfc_7616() {
        let cnonce = b"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
        let nonce = b"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
        for (algorithm, response) in [
            (Algorithm::Md5, "8ca523f5e9506fed4657c9700eebdbec"),
            (Algorithm::Sha256, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
        ] {
            let ha1 = algorithm.hash(&[b"Mufasa", b"http-auth@example.org", b"Circle of Life"]);
            let ha2 = algorithm.hash(&[b"GET", b"/dir/index.html"]);
            assert_eq!(
                algorithm.hash(&[ha1.as_bytes(), nonce, b"00000001", cnonce, b"auth", ha2.as_bytes()]),
                response
            );
        }
    }

    #[test]
    fn an_answer_echoes_counts_and_escapes() {
        let mut nonce = choose(&[challenge(None, Some("auth,auth-int"))], &credentials("a\"b\\c", "p", None)).unwrap();
        for _ in 0..9 {
            nonce.answer("x", "REGISTER", "sip:a.example", 1, &mut Vec::new());
        }
        let mut out = Vec::new();
        nonce.answer("a\"b\\c", "REGISTER", "sip:a.example", 0xabc, &mut out);
        let text = String::from_utf8(out).unwrap();
        assert!(
            text.starts_with("Digest username=\"a\\\"b\\\\c\", realm=\"http-auth@example.org\", nonce=\"7ypf"),
            "{text}"
        );
        assert!(
            text.contains("algorithm=MD5, qop=auth, nc=0000000a, cnonce=\"0000000000000abc\", opaque=\"FQhe"),
            "{text}"
        );
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
