//! Words that the whole room shares: time, datagrams, and the two gates that everything from the wire passes before it
//! becomes a number or a text.

use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Add;
use std::sync::Arc;

use arcstr::ArcStr;

use crate::domain::status::Cause;
pub use crate::domain::uri::Transport;
use crate::domain::uri::{Host, HostPort};

/// Milliseconds on the engine's monotonic clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Time(pub u64);

impl Time {
    /// Milliseconds since `earlier`; 0 when that lies in the future.
    pub fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The time `ms` milliseconds before this one, not before zero.
    #[must_use]
    pub fn before(self, ms: u64) -> Self {
        Self(self.0.saturating_sub(ms))
    }
}

impl Add<u64> for Time {
    type Output = Self;

    /// The time `ms` milliseconds later.
    fn add(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms))
    }
}

/// A resolved next hop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Target {
    pub transport: Transport,
    pub address: SocketAddr,
}

/// What messages travel over between us and a target (RFC 5626 §2): datagrams between two addresses, or a connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Flow {
    pub target: Target,
    /// Our end: the datagram socket, or the address that the connection is made from; left to the system when unset.
    pub local: Option<SocketAddr>,
    /// The name that a TLS certificate has to be for (RFC 5922 §4); nothing over other transports, nor over connections
    /// that the other side opened.
    pub name: Option<ArcStr>,
}

/// A message that is to leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transmit {
    pub flow: Flow,
    /// Whoever may have to send it again has the same.
    pub bytes: Arc<[u8]>,
}

/// Why a message did not leave, or did not arrive, as the operating system or the handshake tells it (RFC 3261 §18.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsent {
    /// ICMP port unreachable, or a connection that was not taken.
    Refused,
    /// A connection was closed before anything came over it, though what went out over it may have arrived.
    Cut,
    /// A connection that had carried answers was closed: the next one may well carry the rest.
    Closed,
    /// What came over a connection cannot be told apart into messages.
    Unframed,
    /// No route, host or network unreachable, interface down.
    Unreachable,
    /// A connection was not answered.
    NoAnswer,
    /// Our own address or port cannot be used.
    LocalSocket,
    Tls(TlsFault),
}

/// Why a TLS handshake failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsFault {
    /// No known authority issued the certificate.
    Untrusted,
    /// It is for another name.
    Name,
    /// It is not valid at this time.
    Expired,
    /// The other side speaks no TLS, or none that we accept.
    Failed,
}

impl Unsent {
    /// Whether the other side may have taken the message all the same.
    pub fn may_have_arrived(self) -> bool {
        match self {
            Self::Cut | Self::Closed | Self::Unframed => true,
            Self::Refused | Self::Unreachable | Self::NoAnswer | Self::LocalSocket | Self::Tls(_) => false,
        }
    }

    /// The cause that this is for an attempt.
    pub fn cause(self) -> Cause {
        match self {
            Self::Refused | Self::Cut | Self::Closed => Cause::Refused,
            Self::Unframed => Cause::BadResponse,
            Self::Unreachable => Cause::NetUnreachable,
            Self::NoAnswer => Cause::NoAnswer,
            Self::LocalSocket => Cause::LocalSocket,
            Self::Tls(TlsFault::Untrusted) => Cause::TlsUntrusted,
            Self::Tls(TlsFault::Name) => Cause::TlsName,
            Self::Tls(TlsFault::Expired) => Cause::TlsExpired,
            Self::Tls(TlsFault::Failed) => Cause::TlsFailed,
        }
    }
}

/// Most bytes of a request over UDP; a larger one goes over TCP (RFC 3261 §18.1.1).
pub const MAX_DATAGRAM: usize = 1300;

/// Most bytes of a message.
pub const MAX_MESSAGE: usize = 64 * 1024;
/// Most header lines of a message.
pub const MAX_HEADERS: usize = 256;
/// Most bytes of one header.
pub const MAX_HEADER: usize = 8 * 1024;
/// Most challenges that are read of one response.
pub const MAX_CHALLENGES: usize = 32;
/// Most contacts that are read of one response.
pub const MAX_CONTACTS: usize = 256;
/// Most characters of a text from the wire that is kept for display.
pub const MAX_TEXT: usize = 512;

/// The one gate for numbers: decimal digits, held to `min..=max`; anything else (a sign, text, nothing) is `None`.
pub fn number(text: &[u8], min: u32, max: u32) -> Option<u32> {
    let text = text.trim_ascii();
    if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let value = text.iter().fold(0u64, |n, digit| (n * 10 + u64::from(digit - b'0')).min(u64::from(u32::MAX)));
    u32::try_from(value).ok().map(|n| n.clamp(min, max))
}

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Writes a number in decimal, without the machinery of `fmt`: every request has several.
pub fn push_decimal(out: &mut Vec<u8>, number: u64) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// Writes bytes in lower-case hexadecimal to where there is room for them.
pub fn write_hex(out: &mut [u8], bytes: &[u8]) {
    for (digits, byte) in out.chunks_exact_mut(2).zip(bytes) {
        digits[0] = HEX[usize::from(byte >> 4)];
        digits[1] = HEX[usize::from(byte & 15)];
    }
}

/// Writes a number of so many bytes in lower-case hexadecimal.
pub fn push_hex<const N: usize>(out: &mut Vec<u8>, bytes: [u8; N]) {
    let mut digits = [[0; 2]; N];
    write_hex(digits.as_flattened_mut(), &bytes);
    out.extend_from_slice(digits.as_flattened());
}

fn push_v4(out: &mut Vec<u8>, address: Ipv4Addr) {
    for (index, octet) in address.octets().into_iter().enumerate() {
        if index > 0 {
            out.push(b'.');
        }
        push_decimal(out, u64::from(octet));
    }
}

/// Writes an address and its port as they are displayed.
pub fn push_address(out: &mut Vec<u8>, at: SocketAddr) {
    match at {
        SocketAddr::V4(v4) => {
            push_v4(out, *v4.ip());
            out.push(b':');
            push_decimal(out, u64::from(v4.port()));
        }
        // Writing to a vector cannot fail.
        SocketAddr::V6(v6) => drop(write!(out, "{v6}")),
    }
}

/// Writes a host, and its port when it has one, as they are displayed.
pub fn push_host_port(out: &mut Vec<u8>, at: &HostPort) {
    match &at.host {
        Host::Name(name) => out.extend_from_slice(name.as_bytes()),
        Host::V4(v4) => push_v4(out, *v4),
        // Writing to a vector cannot fail.
        Host::V6(_) => drop(write!(out, "{}", at.host)),
    }
    if let Some(port) = at.port {
        out.push(b':');
        push_decimal(out, u64::from(port));
    }
}

/// The one cleaner for texts: UTF-8 or replaced, controls made visible, at most [`MAX_TEXT`] characters.
pub fn clean(text: &[u8]) -> String {
    // Four bytes are the longest character, so no more of a hostile text is looked at than can be kept.
    let text = &text[..text.len().min(MAX_TEXT * 4)];
    String::from_utf8_lossy(text).trim().chars().take(MAX_TEXT).map(visible).collect()
}

/// Writes a text with all that is in it made visible.
pub fn push_visible(out: &mut String, text: &str) {
    // As nearly every text is.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        out.push_str(text);
    } else {
        out.extend(text.chars().map(visible));
    }
}

/// A character that can be seen, whatever it was.
fn visible(c: char) -> char {
    match c {
        '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        c if c.is_control() => '\u{fffd}',
        // Marks that turn the direction of writing could disguise what is quoted.
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_everywhere() {
        for number in [0, 7, 10, 65_535, u64::from(u32::MAX), u64::MAX] {
            let (mut decimal, mut hex) = (Vec::new(), Vec::new());
            push_decimal(&mut decimal, number);
            push_hex(&mut hex, number.to_be_bytes());
            assert_eq!(String::from_utf8(decimal).unwrap(), number.to_string());
            assert_eq!(String::from_utf8(hex).unwrap(), format!("{number:016x}"));
        }
    }

    #[test]
    fn numbers_are_held_to_their_range_whatever_the_wire_says() {
        for (text, read) in [
            ("60", Some(60)),
            (" 60 ", Some(60)),
            ("0", Some(1)),
            ("4294967295", Some(3600)),
            ("99999999999999999999999", Some(3600)),
            ("-1", None),
            ("+1", None),
            ("", None),
            ("1e3", None),
            ("\"60\"", None),
            ("６０", None),
        ] {
            assert_eq!(number(text.as_bytes(), 1, 3600), read, "{text:?}");
        }
    }

    #[test]
    fn texts_are_cut_and_their_controls_are_seen() {
        assert_eq!(clean(b" a\r\nb\0 \xff"), "a\u{240d}\u{240a}b\u{2400} \u{fffd}");
        assert_eq!(clean("é".repeat(5000).as_bytes()).chars().count(), MAX_TEXT);
        assert_eq!(clean("a\u{202e}b".as_bytes()), "a\u{fffd}b");
    }
}
