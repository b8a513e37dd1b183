//! Digest access authentication (RFC 7616, RFC 8760, RFC 3261 §22): answering a challenge.

use icu_normalizer::ComposingNormalizerBorrowed;
use md5::Md5;
use sha2::{Digest, Sha256, Sha512_256};
use zeroize::Zeroizing;

use super::header::{Challenge, Challenger, unescaped};
use super::wire::{clean, push_hex};
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
        let mut hex = Vec::with_capacity(64);
        push_hex(&mut hex, &self.digest(parts));
        // Hexadecimal digits are always text.
        String::from_utf8(hex).unwrap_or_default()
    }

    /// The hash over the parts, joined by colons.
    fn digest(self, parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
        match self {
            Self::Md5 | Self::Md5Sess => joined::<Md5>(parts),
            Self::Sha256 | Self::Sha256Sess => joined::<Sha256>(parts),
            Self::Sha512T256 | Self::Sha512T256Sess => joined::<Sha512_256>(parts),
        }
    }
}

fn joined<D: Digest>(parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    let mut hash = D::new();
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            hash.update(b":");
        }
        hash.update(part);
    }
    Zeroizing::new(hash.finalize().to_vec())
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
/// so that their texts lie in one piece.
#[derive(Clone, Debug)]
pub struct Nonce {
    pub from: Challenger,
    pub algorithm: Algorithm,
    qop: Option<Qop>,
    has_opaque: bool,
    /// How often it was used (RFC 7616 §3.4, `nc`).
    pub used: u32,
    /// The client nonce of the last answer, for the proof that may come back.
    last_cnonce: u64,
    /// Realm, nonce, opaque, the user name as it is sent (between quotes, hashed, or in the form for other letters than
    /// ASCII's), and `H(user:realm:password)` as bytes, remembered while the credentials stand.
    texts: Zeroizing<Box<[u8]>>,
    /// Where the first four end.
    ends: [u32; 4],
}

impl Nonce {
    /// Keeps a challenge to be answered with these credentials.
    pub fn keep(algorithm: Algorithm, qop: Option<Qop>, challenge: &Challenge<'_>, credentials: &Credentials) -> Self {
        let (user, password) = (credentials.user.as_str(), credentials.password.reveal());
        // Letters that can be written in several ways are hashed in one of them (RFC 7616 §4).
        let nfc = ComposingNormalizerBorrowed::new_nfc();
        let (user, password) = if challenge.utf8 {
            (nfc.normalize(user).into_owned(), Zeroizing::new(nfc.normalize(password).into_owned()))
        } else {
            (user.to_owned(), Zeroizing::new(password.to_owned()))
        };
        let ha1 = algorithm.digest(&[user.as_bytes(), challenge.realm, password.as_bytes()]);
        let username = username(algorithm, challenge, &user);
        let opaque = challenge.opaque.unwrap_or_default();
        let (texts, ends) = joined_texts([challenge.realm, challenge.nonce, opaque, &username, &ha1]);
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
        let end = |place: usize| self.ends.get(place).map_or(self.texts.len(), |end| *end as usize);
        let begin = place.checked_sub(1).map_or(0, end);
        self.texts.get(begin..end(place)).unwrap_or_default()
    }

    fn realm(&self) -> &[u8] {
        self.text(0)
    }

    /// The nonce itself.
    pub fn nonce(&self) -> &[u8] {
        self.text(1)
    }

    fn opaque(&self) -> Option<&[u8]> {
        self.has_opaque.then(|| self.text(2))
    }

    fn username(&self) -> &[u8] {
        self.text(3)
    }

    /// In hexadecimal digits, as it is hashed.
    fn ha1(&self) -> Zeroizing<Vec<u8>> {
        let mut hex = Zeroizing::new(Vec::with_capacity(64));
        push_hex(&mut hex, self.text(4));
        hex
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
            let texts = [self.realm(), next, self.text(2), self.username(), self.text(4)];
            (self.texts, self.ends) = joined_texts(texts);
            self.used = 0;
        }
    }

    /// Writes the value of (Proxy-)Authorization for one request without a body, and counts its use.
    pub fn answer(&mut self, method: &str, uri: &str, cnonce: u64, out: &mut Vec<u8>) {
        self.used = self.used.saturating_add(1);
        self.last_cnonce = cnonce;
        let (cnonce, nc) = self.numbers();
        let response = self.response(method, uri);
        out.extend_from_slice(b"Digest ");
        out.extend_from_slice(self.username());
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
    fn numbers(&self) -> (Vec<u8>, Vec<u8>) {
        let (mut cnonce, mut nc) = (Vec::with_capacity(16), Vec::with_capacity(8));
        push_hex(&mut cnonce, &self.last_cnonce.to_be_bytes());
        push_hex(&mut nc, &self.used.to_be_bytes());
        (cnonce, nc)
    }

    /// The digest of the last answer (RFC 7616 §3.4.1); with an empty method, the proof that the other side owes for it
    /// (§3.5).
    fn response(&self, method: &str, uri: &str) -> String {
        let algorithm = self.algorithm;
        let (cnonce, nc) = self.numbers();
        let mut ha1 = self.ha1();
        if algorithm.is_session() {
            let session = algorithm.digest(&[&ha1, self.nonce(), &cnonce]);
            ha1.clear();
            push_hex(&mut ha1, &session);
        }
        let ha2 = match self.qop {
            Some(Qop::AuthInt) => {
                algorithm.hash(&[method.as_bytes(), uri.as_bytes(), algorithm.hash(&[b""]).as_bytes()])
            }
            Some(Qop::Auth) | None => algorithm.hash(&[method.as_bytes(), uri.as_bytes()]),
        };
        match self.qop {
            Some(qop) => algorithm.hash(&[&ha1, self.nonce(), &nc, &cnonce, qop.name().as_bytes(), ha2.as_bytes()]),
            None => algorithm.hash(&[&ha1, self.nonce(), ha2.as_bytes()]),
        }
    }

    /// Whether this is the proof that the challenger knows the password, too (RFC 7616 §3.5, `rspauth`).
    pub fn proves(&self, rspauth: &[u8], uri: &str) -> bool {
        rspauth.eq_ignore_ascii_case(self.response("", uri).as_bytes())
    }
}

/// Texts in one piece, and where the first four of them end.
fn joined_texts(texts: [&[u8]; 5]) -> (Zeroizing<Box<[u8]>>, [u32; 4]) {
    let mut at = 0;
    let mut ends = [0; 4];
    for (end, text) in ends.iter_mut().zip(texts) {
        at += text.len();
        // Headers are far shorter than that.
        *end = u32::try_from(at).unwrap_or(u32::MAX);
    }
    (Zeroizing::new(texts.concat().into_boxed_slice()), ends)
}

/// The user name as this challenge wants it (RFC 7616 §3.4).
fn username(algorithm: Algorithm, challenge: &Challenge<'_>, user: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(user.len() + 16);
    if challenge.userhash {
        echo("username=\"", algorithm.hash(&[user.as_bytes(), challenge.realm]).as_bytes(), &mut out);
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
    } else {
        out.extend_from_slice(b"username=\"");
        quote(user.as_bytes(), &mut out);
        out.push(b'"');
    }
    out
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

    fn kept(algorithm: Algorithm, challenge: &Challenge<'_>, user: &str, password: &str) -> Nonce {
        let credentials = Credentials { user: user.into(), password: Secret::new(password.into()), realm: None };
        Nonce::keep(algorithm, Some(Qop::Auth), challenge, &credentials)
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
        let mut nonce = kept(Algorithm::Md5, &challenge(None, Some("auth")), "a\"b\\c", "p");
        for _ in 0..9 {
            nonce.answer("REGISTER", "sip:a.example", 1, &mut Vec::new());
        }
        let mut out = Vec::new();
        nonce.answer("REGISTER", "sip:a.example", 0xabc, &mut out);
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
            kept(Algorithm::Sha512T256, challenge, user, "Secret, or not?").answer("GET", "/doe.json", 1, &mut out);
            String::from_utf8(out).unwrap()
        };
        let hash = Algorithm::Sha512T256.hash(&["Jäsøn Doe".as_bytes(), b"api@example.org"]);
        assert!(print(&hashed, "Jäsøn Doe").starts_with(&format!("Digest username=\"{hash}\", userhash=true, realm=")));
        assert_eq!(print(&hashed, "Ja\u{308}søn Doe"), print(&hashed, "Jäsøn Doe"));
        assert!(print(&encoded, "Jäsøn Doe").starts_with("Digest username*=UTF-8''J%C3%A4s%C3%B8n%20Doe, realm="));
        assert!(print(&encoded, "Jason").starts_with("Digest username=\"Jason\", realm="));
        assert!(print(&plain, "Jäsøn").starts_with("Digest username=\"Jäsøn\", realm="));
    }

    #[test]
    fn the_other_side_can_prove_that_it_knows_the_password_too() {
        let mut nonce = kept(Algorithm::Md5, &challenge(None, None), "u", "p");
        nonce.answer("REGISTER", "sip:a", 7, &mut Vec::new());
        let ha1 = Algorithm::Md5.hash(&[b"u", b"http-auth@example.org", b"p"]);
        let ha2 = Algorithm::Md5.hash(&[b"", b"sip:a"]);
        let parts = [ha1.as_bytes(), nonce.nonce(), b"00000001", b"0000000000000007", b"auth", ha2.as_bytes()];
        let proof = Algorithm::Md5.hash(&parts);
        assert!(nonce.proves(proof.as_bytes(), "sip:a") && !nonce.proves(proof.as_bytes(), "sip:b"));
        assert!(!nonce.proves(b"", "sip:a"));
    }
}
