//! Digest access authentication (RFC 7616, RFC 8760, RFC 3261 §22): answering a challenge.

use std::fmt;

use icu_normalizer::ComposingNormalizerBorrowed;
use zeroize::Zeroizing;

pub use super::hash::Algorithm;
use super::hash::Digits;
use super::header::{Challenge, Challenger, unescaped};
use super::wire::{clean, write_hex};
use crate::domain::account::Credentials;
use crate::domain::status::Proposal;

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
    pub(super) fn of(list: Option<&[u8]>) -> Result<Option<Self>, ()> {
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

/// A challenge kept to be answered now and used ahead later: one nonce of one challenger. There may be a million of them,
/// so that their texts lie in one piece, and what stands in the account already is not kept once more.
#[derive(Clone)]
pub struct Nonce {
    pub from: Challenger,
    pub algorithm: Algorithm,
    qop: Option<Qop>,
    has_opaque: bool,
    /// How often it was used (RFC 7616 §3.4, `nc`).
    pub used: u32,
    /// The client nonce of the last answer, for the proof that may come back.
    last_cnonce: u64,
    /// Realm, nonce, opaque, the user name when it is sent otherwise than it stands in the account (hashed, in another
    /// spelling, or in the form for other letters than ASCII's), and `H(user:realm:password)` as bytes, remembered while the
    /// credentials stand.
    texts: Zeroizing<Box<[u8]>>,
    /// Where the first four end.
    ends: [u16; 4],
}

impl fmt::Debug for Nonce {
    /// Without what a password could be replaced by.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Nonce").field("from", &self.from).field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

impl Nonce {
    /// Keeps a challenge to be answered with these credentials.
    pub fn keep(algorithm: Algorithm, qop: Option<Qop>, challenge: &Challenge<'_>, credentials: &Credentials) -> Self {
        let (user, password) = (credentials.user.as_str(), credentials.password.reveal());
        // Letters that can be written in several ways are hashed in one of them (RFC 7616 §4).
        let nfc = ComposingNormalizerBorrowed::new_nfc();
        let (user, password) = if challenge.utf8 {
            (nfc.normalize(user), Zeroizing::new(nfc.normalize(password).into_owned()))
        } else {
            (user.into(), Zeroizing::new(password.to_owned()))
        };
        let ha1 = Zeroizing::new(algorithm.digest(&[user.as_bytes(), challenge.realm, password.as_bytes()]));
        let username = username(algorithm, challenge, &user, &credentials.user);
        let opaque = challenge.opaque.unwrap_or_default();
        let (texts, ends) = joined_texts([challenge.realm, challenge.nonce, opaque, &username, ha1.as_bytes()]);
        Self {
            from: challenge.from,
            algorithm,
            qop,
            has_opaque: challenge.opaque.is_some(),
            used: 0,
            last_cnonce: 0,
            texts,
            ends,
        }
    }

    /// One of the texts, by its place.
    fn text(&self, place: usize) -> &[u8] {
        let end = |place: usize| self.ends.get(place).map_or(self.texts.len(), |end| usize::from(*end));
        let begin = place.checked_sub(1).map_or(0, end);
        self.texts.get(begin..end(place)).unwrap_or_default()
    }

    fn realm(&self) -> &[u8] {
        self.text(0)
    }

    /// Reads a little of it, so that the rest is near when it is used.
    pub(super) fn glance(&self) -> usize {
        let last = self.texts.last().copied().map_or(0, usize::from);
        usize::from(self.texts.first().copied().unwrap_or(0)) + last
    }

    /// The nonce itself.
    pub fn nonce(&self) -> &[u8] {
        self.text(1)
    }

    fn opaque(&self) -> Option<&[u8]> {
        self.has_opaque.then(|| self.text(2))
    }

    /// What the challenger proposed, for display.
    pub fn proposal(&self) -> Proposal {
        Proposal { realm: clean(&unescaped(self.realm())), algorithm: self.algorithm.name().to_owned() }
    }

    /// Whether it may be used once more: `nc` has eight hexadecimal digits.
    pub fn is_usable(&self) -> bool {
        self.used < u32::MAX
    }

    /// Takes the next nonce that the challenger hands out (RFC 7616 §3.5, `nextnonce`).
    pub fn succeed(&mut self, next: &[u8]) {
        if !next.is_empty() && !next.iter().any(u8::is_ascii_control) && next != self.nonce() {
            let texts = [self.realm(), next, self.text(2), self.text(3), self.text(4)];
            (self.texts, self.ends) = joined_texts(texts);
            self.used = 0;
        }
    }

    /// Counts one more use, with this client nonce; [`Nonce::write`] is about the last one.
    pub fn count(&mut self, cnonce: u64) {
        self.used = self.used.saturating_add(1);
        self.last_cnonce = cnonce;
    }

    /// Writes the value of (Proxy-)Authorization for one request without a body, by the user whose challenge it was.
    pub fn write(&self, method: &str, uri: &str, user: &str, out: &mut Vec<u8>) {
        let (cnonce, nc) = self.numbers();
        let response = self.response(method, uri);
        out.extend_from_slice(b"Digest ");
        match self.text(3) {
            [] => quoted_name(user, out),
            written => out.extend_from_slice(written),
        }
        echo(", realm=\"", self.realm(), out);
        echo("\", nonce=\"", self.nonce(), out);
        echo("\", uri=\"", uri.as_bytes(), out);
        echo("\", response=\"", response.as_bytes(), out);
        echo("\", algorithm=", self.algorithm.name().as_bytes(), out);
        if let Some(qop) = self.qop {
            echo(", qop=", qop.name().as_bytes(), out);
            echo(", nc=", &nc, out);
        }
        if self.qop.is_some() || self.algorithm.is_session() {
            echo(", cnonce=\"", &cnonce, out);
            out.push(b'"');
        }
        if let Some(opaque) = self.opaque() {
            echo(", opaque=\"", opaque, out);
            out.push(b'"');
        }
    }

    /// Client nonce and count of the last answer, as they are written.
    fn numbers(&self) -> ([u8; 16], [u8; 8]) {
        let (mut cnonce, mut nc) = ([0; 16], [0; 8]);
        write_hex(&mut cnonce, &self.last_cnonce.to_be_bytes());
        write_hex(&mut nc, &self.used.to_be_bytes());
        (cnonce, nc)
    }

    /// The digest of the last answer (RFC 7616 §3.4.1); with an empty method, the proof that the other side owes for it
    /// (§3.5).
    fn response(&self, method: &str, uri: &str) -> Digits {
        let algorithm = self.algorithm;
        let digits = |parts: &[&[u8]]| algorithm.digest(parts).digits();
        let (cnonce, nc) = self.numbers();
        let mut ha1 = Zeroizing::new(Digits::of(self.text(4)));
        if algorithm.is_session() {
            let session = Zeroizing::new(algorithm.digest(&[ha1.as_bytes(), self.nonce(), &cnonce]));
            *ha1 = session.digits();
        }
        let ha2 = match self.qop {
            Some(Qop::AuthInt) => digits(&[method.as_bytes(), uri.as_bytes(), digits(&[b""]).as_bytes()]),
            Some(Qop::Auth) | None => digits(&[method.as_bytes(), uri.as_bytes()]),
        };
        let (ha1, ha2) = (ha1.as_bytes(), ha2.as_bytes());
        match self.qop {
            Some(qop) => digits(&[ha1, self.nonce(), &nc, &cnonce, qop.name().as_bytes(), ha2]),
            None => digits(&[ha1, self.nonce(), ha2]),
        }
    }

    /// Whether this is the proof that the challenger knows the password, too (RFC 7616 §3.5, `rspauth`).
    pub fn proves(&self, rspauth: &[u8], uri: &str) -> bool {
        rspauth.eq_ignore_ascii_case(self.response("", uri).as_bytes())
    }
}

/// Texts in one piece, and where the first four of them end.
fn joined_texts(texts: [&[u8]; 5]) -> (Zeroizing<Box<[u8]>>, [u16; 4]) {
    let mut at = 0;
    let mut ends = [0; 4];
    for (end, text) in ends.iter_mut().zip(texts) {
        at += text.len();
        // A header has eight kilobytes at most, and an encoded name fewer.
        *end = u16::try_from(at).unwrap_or(u16::MAX);
    }
    (Zeroizing::new(texts.concat().into_boxed_slice()), ends)
}

/// The user name as this challenge wants it (RFC 7616 §3.4); empty when that is as it stands in the account.
fn username(algorithm: Algorithm, challenge: &Challenge<'_>, user: &str, in_account: &str) -> Vec<u8> {
    let mut out = Vec::new();
    if challenge.userhash {
        let hashed = algorithm.digest(&[user.as_bytes(), challenge.realm]).digits();
        echo("username=\"", hashed.as_bytes(), &mut out);
        out.extend_from_slice(b"\", userhash=true");
    } else if challenge.utf8 && !user.is_ascii() {
        out.extend_from_slice(b"username*=UTF-8''");
        for byte in user.bytes() {
            if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
                out.push(byte);
            } else {
                out.extend_from_slice(format!("%{byte:02X}").as_bytes());
            }
        }
    } else if user != in_account {
        quoted_name(user, &mut out);
    }
    out
}

fn quoted_name(user: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b"username=\"");
    quote(user.as_bytes(), out);
    out.push(b'"');
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::account::Secret;
    use crate::sip::header::sample_challenge as challenge;

    #[test]
    fn what_is_printed_of_a_nonce_holds_no_secret() {
        let nonce = kept(Algorithm::Md5, &challenge(None, None), "u", "p");
        assert_eq!(format!("{nonce:?}"), "Nonce { from: Registrar, algorithm: Md5, .. }");
    }

    fn kept(algorithm: Algorithm, challenge: &Challenge<'_>, user: &str, password: &str) -> Nonce {
        let credentials = Credentials { user: user.into(), password: Secret::new(password.into()), realm: None };
        Nonce::keep(algorithm, Some(Qop::Auth), challenge, &credentials)
    }

    #[test]
    fn an_answer_echoes_counts_and_escapes() {
        let mut nonce = kept(Algorithm::Md5, &challenge(None, Some("auth")), "a\"b\\c", "p");
        (0..9).for_each(|_| nonce.count(1));
        nonce.count(0xabc);
        let mut out = Vec::new();
        nonce.write("REGISTER", "sip:a.example", "a\"b\\c", &mut out);
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
    fn letters_beyond_ascii_are_sent_hashed_or_encoded_in_one_spelling() {
        let plain = challenge(None, None);
        let hashed = Challenge { userhash: true, utf8: true, realm: b"api@example.org", ..plain };
        let encoded = Challenge { utf8: true, ..plain };
        let print = |challenge: &Challenge<'_>, user: &str| {
            let mut out = Vec::new();
            let nonce = kept(Algorithm::Sha512T256, challenge, user, "Secret, or not?");
            nonce.write("GET", "/doe.json", user, &mut out);
            String::from_utf8(out).unwrap()
        };
        let hash = Algorithm::Sha512T256.hash(&["Jäsøn Doe".as_bytes(), b"api@example.org"]);
        assert!(print(&hashed, "Jäsøn Doe").starts_with(&format!("Digest username=\"{hash}\", userhash=true, realm=")));
        assert_eq!(print(&hashed, "Ja\u{308}søn Doe"), print(&hashed, "Jäsøn Doe"));
        assert!(print(&encoded, "Jäsøn Doe").starts_with("Digest username*=UTF-8''J%C3%A4s%C3%B8n%20Doe, realm="));
        assert!(print(&encoded, "Jason").starts_with("Digest username=\"Jason\", realm="));
        // A kelvin sign is another spelling of a letter.
        assert!(print(&encoded, "\u{212a}im").starts_with("Digest username=\"Kim\", realm="));
        assert!(print(&plain, "Jäsøn").starts_with("Digest username=\"Jäsøn\", realm="));
    }

    #[test]
    fn the_other_side_can_prove_that_it_knows_the_password_too() {
        let mut nonce = kept(Algorithm::Md5, &challenge(None, None), "u", "p");
        nonce.count(7);
        let ha1 = Algorithm::Md5.hash(&[b"u", b"http-auth@example.org", b"p"]);
        let ha2 = Algorithm::Md5.hash(&[b"", b"sip:a"]);
        let parts = [ha1.as_bytes(), nonce.nonce(), b"00000001", b"0000000000000007", b"auth", ha2.as_bytes()];
        let proof = Algorithm::Md5.hash(&parts);
        assert!(nonce.proves(proof.as_bytes(), "sip:a") && !nonce.proves(proof.as_bytes(), "sip:b"));
        assert!(!nonce.proves(b"", "sip:a"));
    }
}
