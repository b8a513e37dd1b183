//! A tolerant reader of what comes in: an index over the bytes, made in one pass, that owns nothing but its list.
//!
//! It takes what real providers send: folded lines, compact names (RFC 3261 §7.3.3), blanks before the colon, no reason
//! phrase, unknown headers and codes, text that is no UTF-8, bare LF, empty lines in front. It refuses what is too large
//! or no SIP. Values are read by [`header`](super::header).

use smallvec::SmallVec;

use super::wire::{MAX_HEADER, MAX_HEADERS, MAX_MESSAGE, number};

/// The first line of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start<'a> {
    Request {
        method: &'a [u8],
        uri: &'a [u8],
        /// As sent; only `SIP/2.0` is ours.
        version: &'a [u8],
    },
    Response {
        /// 100 to 699.
        code: u16,
        reason: &'a [u8],
    },
}

/// A header that Alta reads; all others are [`Name::Other`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    Via,
    From,
    To,
    CallId,
    CSeq,
    Contact,
    Expires,
    MinExpires,
    RetryAfter,
    Warning,
    WwwAuthenticate,
    ProxyAuthenticate,
    Authorization,
    ProxyAuthorization,
    AuthenticationInfo,
    ContentLength,
    Path,
    Require,
    ServiceRoute,
    Unsupported,
    FlowTimer,
    Other,
}

/// The names of so many bytes, the compact ones among them: most headers are told apart by their length.
fn names_of(length: usize) -> &'static [(&'static str, Name)] {
    match length {
        1 => &[
            ("v", Name::Via),
            ("f", Name::From),
            ("t", Name::To),
            ("i", Name::CallId),
            ("m", Name::Contact),
            ("l", Name::ContentLength),
        ],
        2 => &[("to", Name::To)],
        3 => &[("via", Name::Via)],
        4 => &[("from", Name::From), ("cseq", Name::CSeq), ("path", Name::Path)],
        7 => &[
            ("contact", Name::Contact),
            ("call-id", Name::CallId),
            ("expires", Name::Expires),
            ("require", Name::Require),
            ("warning", Name::Warning),
        ],
        10 => &[("flow-timer", Name::FlowTimer)],
        11 => {
            &[("retry-after", Name::RetryAfter), ("min-expires", Name::MinExpires), ("unsupported", Name::Unsupported)]
        }
        13 => &[
            ("authorization", Name::Authorization),
            ("service-route", Name::ServiceRoute),
            ("proxy-require", Name::Require),
        ],
        14 => &[("content-length", Name::ContentLength)],
        16 => &[("www-authenticate", Name::WwwAuthenticate)],
        18 => &[("proxy-authenticate", Name::ProxyAuthenticate)],
        19 => &[("authentication-info", Name::AuthenticationInfo), ("proxy-authorization", Name::ProxyAuthorization)],
        _ => &[],
    }
}

impl Name {
    fn of(name: &[u8]) -> Self {
        let known = names_of(name.len()).iter().find(|(known, _)| name.eq_ignore_ascii_case(known.as_bytes()));
        known.map_or(Self::Other, |(_, name)| *name)
    }
}

/// Why a datagram is no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reject {
    /// Nothing but line ends: a keep-alive (RFC 5626 §3.5.1).
    KeepAlive,
    TooLong,
    TooManyHeaders,
    /// The first line is neither a request's nor a response's.
    NotSip,
    /// A response whose Content-Length promises more than came, or is no number (RFC 3261 §18.3).
    Truncated,
}

/// Where the value of a header stands, from and how long: a message has 64 kilobytes at most. As many as most messages have
/// take no memory of their own.
type Index = SmallVec<[(Name, u16, u16); 24]>;

/// A message as an index over its bytes.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    pub start: Start<'a>,
    bytes: &'a [u8],
    headers: Index,
    pub body: &'a [u8],
    /// A request whose Content-Length promises more than came, is no number, or says two things: it is answered with 400
    /// (RFC 3261 §18.3, RFC 4475 §3.1.2).
    pub cut: bool,
}

impl<'a> Message<'a> {
    /// The values of every header with this name, in order; a value may hold several, parted by commas, and folds.
    pub fn all(&self, name: Name) -> impl Iterator<Item = &'a [u8]> + '_ {
        self.headers.iter().filter(move |(known, ..)| *known == name).map(|(_, from, length)| {
            let from = usize::from(*from);
            self.bytes.get(from..from + usize::from(*length)).unwrap_or_default()
        })
    }

    /// The first value with this name.
    pub fn first(&self, name: Name) -> Option<&'a [u8]> {
        self.all(name).next()
    }
}

/// Reads one datagram, or one framed message of a stream.
///
/// # Errors
/// See [`Reject`]; the caller counts and drops.
pub fn scan(bytes: &[u8]) -> Result<Message<'_>, Reject> {
    if bytes.len() > MAX_MESSAGE {
        return Err(Reject::TooLong);
    }
    let begin = bytes.iter().position(|b| !matches!(b, b'\r' | b'\n')).ok_or(Reject::KeepAlive)?;
    let mut rest = &bytes[begin..];
    let start = start_line(take_line(&mut rest))?;
    let headers = header_lines(bytes, &mut rest)?;
    let mut message = Message { start, bytes, headers, body: rest, cut: false };
    // A missing length means "to the end of the datagram" (RFC 3261 §18.3); of several the least counts.
    let lengths = || message.all(Name::ContentLength).map(|value| number(value, 0, u32::MAX));
    let (least, most) = (lengths().min(), lengths().max());
    match least {
        None => return Ok(message),
        // One that is no number is less than any.
        Some(Some(length)) => match message.body.get(..length as usize) {
            Some(body) => message.body = body,
            None => message.cut = true,
        },
        Some(None) => message.cut = true,
    }
    match message.start {
        Start::Request { .. } => message.cut |= least != most,
        Start::Response { .. } if message.cut => return Err(Reject::Truncated),
        Start::Response { .. } => {}
    }
    Ok(message)
}

/// Cuts the next line off, without its line end.
fn take_line<'a>(rest: &mut &'a [u8]) -> &'a [u8] {
    let (line, after) = match memchr::memchr(b'\n', rest) {
        Some(end) => (&rest[..end], &rest[end + 1..]),
        None => (*rest, &rest[rest.len()..]),
    };
    *rest = after;
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn start_line(line: &[u8]) -> Result<Start<'_>, Reject> {
    if line.len() > MAX_HEADER {
        return Err(Reject::TooLong);
    }
    if line.len() >= 8 && line[..8].eq_ignore_ascii_case(b"SIP/2.0 ") {
        let rest = line[8..].trim_ascii_start();
        let end = rest.iter().position(|b| !b.is_ascii_digit()).unwrap_or(rest.len());
        let (digits, reason) = rest.split_at(end);
        let blank_follows = reason.first().is_none_or(u8::is_ascii_whitespace);
        let code = number(digits, 0, u32::MAX).and_then(|n| u16::try_from(n).ok());
        return match code {
            Some(code @ 100..=699) if digits.len() == 3 && blank_follows => {
                Ok(Start::Response { code, reason: reason.trim_ascii() })
            }
            _ => Err(Reject::NotSip),
        };
    }
    let line = line.trim_ascii();
    let method_end = line.iter().position(|b| *b == b' ').ok_or(Reject::NotSip)?;
    let version_begin = line.iter().rposition(|b| *b == b' ').ok_or(Reject::NotSip)?;
    let (method, version) = (&line[..method_end], &line[version_begin + 1..]);
    let named = !method.is_empty() && method.len() <= 64 && method.iter().all(|b| is_token(*b));
    if !named || version.len() < 5 || !version[..4].eq_ignore_ascii_case(b"SIP/") {
        return Err(Reject::NotSip);
    }
    let uri = line.get(method_end..version_begin).unwrap_or_default().trim_ascii();
    Ok(Start::Request { method, uri, version })
}

/// Whether a byte may stand in a token (RFC 3261 §25.1).
pub fn is_token(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&b)
}

/// Reads header lines up to the empty line, or to the end; a line that begins with a blank continues the one before.
fn header_lines<'a>(bytes: &'a [u8], rest: &mut &'a [u8]) -> Result<Index, Reject> {
    let mut headers = Index::new();
    let mut lines = 0;
    while !rest.is_empty() {
        let block = *rest;
        if take_line(rest).is_empty() {
            break;
        }
        while rest.first().is_some_and(|b| matches!(b, b' ' | b'\t')) {
            take_line(rest);
        }
        let header = &block[..block.len() - rest.len()];
        lines += 1;
        if header.len() > MAX_HEADER {
            return Err(Reject::TooLong);
        }
        if lines > MAX_HEADERS {
            return Err(Reject::TooManyHeaders);
        }
        // A line without a colon tells nothing; it harms nothing either.
        if let Some(colon) = header.iter().position(|b| *b == b':') {
            let after = header[colon + 1..].trim_ascii_start();
            let from = bytes.len() - block.len() + header.len() - after.len();
            let place = |at: usize| u16::try_from(at).unwrap_or(u16::MAX);
            headers.push((Name::of(header[..colon].trim_ascii()), place(from), place(after.trim_ascii_end().len())));
        }
    }
    Ok(headers)
}
