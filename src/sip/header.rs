//! The values inside headers: parameters, Via, CSeq, Contact, challenges. Blanks may be folds (RFC 3261 §7.3.1).

use super::scan::{Message, Name, is_token};
use super::wire::{MAX_CHALLENGES, MAX_CONTACTS, number};

/// Cuts a value at each `at` that stands outside quoted strings and angle brackets.
pub fn split(value: &[u8], at: u8) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(value);
    std::iter::from_fn(move || {
        let value = rest?;
        let end = find_outside(value, at);
        rest = end.map(|end| &value[end + 1..]);
        Some(value[..end.unwrap_or(value.len())].trim_ascii())
    })
}

/// Where `wanted` stands first outside quoted strings and angle brackets.
fn find_outside(value: &[u8], wanted: u8) -> Option<usize> {
    let mut at = 0;
    loop {
        let found = at + memchr::memchr3(wanted, b'"', b'<', value.get(at..)?)?;
        if value[found] == wanted {
            return Some(found);
        }
        at = match value[found] {
            b'"' => end_of_quotes(value, found + 1)?,
            _ => found + 2 + memchr::memchr(b'>', &value[found + 1..])?,
        };
    }
}

/// What follows the quotes that were open at `at`.
fn end_of_quotes(value: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let found = at + memchr::memchr2(b'"', b'\\', value.get(at..)?)?;
        if value[found] == b'"' {
            return Some(found + 1);
        }
        at = found + 2;
    }
}

/// `name=value` as written: the value is `None` without `=`, and keeps its quotes.
fn pair(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    match memchr::memchr(b'=', text) {
        Some(eq) => (text[..eq].trim_ascii(), Some(text[eq + 1..].trim_ascii())),
        None => (text, None),
    }
}

/// The value of the first parameter with this name among `;name=value` pieces.
fn parameter<'a>(pieces: impl Iterator<Item = &'a [u8]>, name: &str) -> Option<&'a [u8]> {
    pieces.map(pair).find(|(n, _)| n.eq_ignore_ascii_case(name.as_bytes())).map(|(_, v)| v.unwrap_or_default())
}

/// What stands between the quotes, escapes kept as received; the text itself when there are none.
pub fn unquoted(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\"").map_or(text, |inner| inner.strip_suffix(b"\"").unwrap_or(inner))
}

/// A quoted text with its escapes undone (RFC 3261 §25.1 `quoted-pair`).
pub fn unescaped(inner: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(inner.len());
    let mut bytes = inner.iter();
    while let Some(&b) = bytes.next() {
        out.push(if b == b'\\' { bytes.next().copied().unwrap_or(b) } else { b });
    }
    out
}

/// The topmost Via (RFC 3261 §20.42).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Via<'a> {
    /// `SIP/2.0/UDP` and so on, as sent.
    pub protocol: &'a [u8],
    pub sent_by: &'a [u8],
    pub branch: Option<&'a [u8]>,
    pub received: Option<&'a [u8]>,
    /// `Some(None)` when it stands there without a value, as we send it (RFC 3581).
    pub rport: Option<Option<u16>>,
}

/// Every Via value in order, those parted by commas too.
pub fn vias<'a>(message: &'a Message<'a>) -> impl Iterator<Item = &'a [u8]> {
    message.all(Name::Via).flat_map(|value| split(value, b','))
}

/// Reads one Via value; `None` when it has no protocol or no host.
pub fn via(value: &[u8]) -> Option<Via<'_>> {
    let mut pieces = split(value, b';');
    let head = pieces.next()?;
    // The protocol may have blanks around its slashes: the sent-by follows the third word.
    let slash = head.iter().rposition(|b| *b == b'/')?;
    let word = head[slash + 1..].iter().position(|b| !b.is_ascii_whitespace())? + slash + 1;
    let end = head[word..].iter().position(u8::is_ascii_whitespace)? + word;
    let sent_by = head[end..].trim_ascii();
    if sent_by.is_empty() {
        return None;
    }
    let mut via = Via { protocol: &head[..end], sent_by, branch: None, received: None, rport: None };
    for (name, value) in pieces.map(pair) {
        let value = value.unwrap_or_default();
        if name.eq_ignore_ascii_case(b"branch") {
            via.branch.get_or_insert(value);
        } else if name.eq_ignore_ascii_case(b"received") {
            via.received.get_or_insert(value);
        } else if name.eq_ignore_ascii_case(b"rport") {
            via.rport.get_or_insert_with(|| number(value, 0, u32::MAX).and_then(|port| u16::try_from(port).ok()));
        }
    }
    Some(via)
}

/// Number and method of CSeq (RFC 3261 §20.16).
pub fn cseq<'a>(message: &Message<'a>) -> Option<(u32, &'a [u8])> {
    let value = message.first(Name::CSeq)?;
    let end = value.iter().position(u8::is_ascii_whitespace)?;
    let digits = &value[..end];
    // Past 2^31 it is no CSeq (RFC 3261 §8.1.1.5), and clamping one would make it another.
    let number = number(digits, 0, u32::MAX).filter(|n| *n < 1 << 31)?;
    Some((number, value[end..].trim_ascii()))
}

/// A listed Contact (RFC 3261 §20.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contact<'a> {
    /// The URI without its angle brackets.
    pub uri: &'a [u8],
    /// As sent; reading it is the caller's.
    pub expires: Option<&'a [u8]>,
}

/// Every Contact of a message, at most 256.
pub fn contacts<'a>(message: &'a Message<'a>) -> impl Iterator<Item = Contact<'a>> {
    message.all(Name::Contact).flat_map(|value| split(value, b',')).take(MAX_CONTACTS).filter_map(contact)
}

fn contact(value: &[u8]) -> Option<Contact<'_>> {
    let mut pieces = split(value, b';');
    let first = pieces.next()?;
    let uri = match find_open(first) {
        Some(open) => {
            let inner = &first[open + 1..];
            inner[..inner.iter().position(|b| *b == b'>')?].trim_ascii()
        }
        // Without brackets, parameters belong to the Contact, not to the URI.
        None => first,
    };
    Some(Contact { uri, expires: parameter(pieces, "expires") }).filter(|c| !c.uri.is_empty())
}

/// Where the opening bracket of a URI stands, after a display name that may hold one in quotes.
fn find_open(value: &[u8]) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    value.iter().position(|&b| {
        if escaped {
            escaped = false;
        } else if quoted {
            escaped = b == b'\\';
            quoted = b != b'"';
        } else {
            quoted = b == b'"';
            return b == b'<';
        }
        false
    })
}

/// Who challenges: the registrar or a proxy on the way (RFC 3261 §22.2, §22.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Challenger {
    Registrar,
    Proxy,
}

impl Challenger {
    pub const ALL: [Self; 2] = [Self::Registrar, Self::Proxy];
}

/// One Digest challenge as received: realm, nonce and opaque are what stands between their quotes, byte for byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Challenge<'a> {
    pub from: Challenger,
    pub realm: &'a [u8],
    pub nonce: &'a [u8],
    pub opaque: Option<&'a [u8]>,
    /// As sent, without quotes; absent means MD5 (RFC 7616 §3.3).
    pub algorithm: Option<&'a [u8]>,
    /// The list as sent, without quotes.
    pub qop: Option<&'a [u8]>,
    pub stale: bool,
    /// It wants the user name hashed (RFC 7616 §3.4.4).
    pub userhash: bool,
    /// User and password are UTF-8 for it (RFC 7616 §4); nothing else may be named.
    pub utf8: bool,
}

impl Challenge<'_> {
    /// Whether a control character hides in what would be echoed: it must never travel back to the wire.
    pub fn is_poisoned(&self) -> bool {
        [self.realm, self.nonce, self.opaque.unwrap_or_default()]
            .iter()
            .any(|text| text.iter().any(u8::is_ascii_control))
    }
}

/// Every Digest challenge of a response, at most 32; other schemes are passed over (RFC 8760 §2.4).
pub fn challenges<'a>(message: &'a Message<'a>) -> impl Iterator<Item = Challenge<'a>> {
    let of = |name, from| message.all(name).flat_map(move |value| one_header(value, from));
    of(Name::WwwAuthenticate, Challenger::Registrar)
        .chain(of(Name::ProxyAuthenticate, Challenger::Proxy))
        .take(MAX_CHALLENGES)
}

/// Several challenges may share a header: a piece `Scheme name=value` begins the next one.
fn one_header(value: &[u8], from: Challenger) -> Vec<Challenge<'_>> {
    let mut out = Vec::new();
    let mut current: Option<Challenge<'_>> = None;
    for piece in split(value, b',').take(MAX_CHALLENGES * 16) {
        let (scheme, rest) = scheme_of(piece);
        if let Some(scheme) = scheme {
            out.extend(current.take());
            if scheme.eq_ignore_ascii_case(b"digest") {
                current = Some(Challenge {
                    from,
                    realm: b"",
                    nonce: b"",
                    opaque: None,
                    algorithm: None,
                    qop: None,
                    stale: false,
                    userhash: false,
                    utf8: false,
                });
            }
        }
        if let (Some(challenge), (name, Some(value))) = (&mut current, pair(rest)) {
            fill(challenge, name, unquoted(value));
        }
    }
    out.extend(current);
    out.retain(|challenge| !challenge.nonce.is_empty());
    out
}

/// `Digest realm="x"` gives the scheme and what follows; `realm="x"` has none.
fn scheme_of(piece: &[u8]) -> (Option<&[u8]>, &[u8]) {
    let end = piece.iter().position(|b| !is_token(*b)).unwrap_or(piece.len());
    let (word, rest) = piece.split_at(end);
    let after = rest.trim_ascii_start();
    if word.is_empty() || after.first() == Some(&b'=') || (after.len() == rest.len() && !rest.is_empty()) {
        return (None, piece);
    }
    (Some(word), after)
}

fn fill<'a>(challenge: &mut Challenge<'a>, name: &[u8], value: &'a [u8]) {
    let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
    if is("realm") {
        challenge.realm = value;
    } else if is("nonce") {
        challenge.nonce = value;
    } else if is("opaque") {
        challenge.opaque = Some(value);
    } else if is("algorithm") {
        challenge.algorithm = Some(value);
    } else if is("qop") {
        challenge.qop = Some(value);
    } else if is("stale") {
        challenge.stale = value.eq_ignore_ascii_case(b"true");
    } else if is("userhash") {
        challenge.userhash = value.eq_ignore_ascii_case(b"true");
    } else if is("charset") {
        challenge.utf8 = value.eq_ignore_ascii_case(b"utf-8");
    }
}

/// One parameter of a comma-parted header such as Authentication-Info, without its quotes.
pub fn directive<'a>(value: &'a [u8], name: &str) -> Option<&'a [u8]> {
    parameter(split(value, b','), name).map(unquoted)
}

/// The challenge of RFC 7616 §3.9.1, for the tests of those who answer it.
#[cfg(test)]
pub(super) fn sample_challenge<'a>(algorithm: Option<&'a str>, qop: Option<&'a str>) -> Challenge<'a> {
    Challenge {
        from: Challenger::Registrar,
        realm: b"http-auth@example.org",
        nonce: b"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
        opaque: Some(b"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"),
        algorithm: algorithm.map(str::as_bytes),
        qop: qop.map(str::as_bytes),
        stale: false,
        userhash: false,
        utf8: false,
    }
}
