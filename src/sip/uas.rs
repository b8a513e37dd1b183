//! What comes unasked (RFC 3261 §8.2, §11): OPTIONS is answered, the rest refused, stateless, one short answer each,
//! limited per source, and none to a request whose top Via cannot be read. No body is ever looked at.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};

use rsip::headers::UntypedHeader;
use rsip::{Header, Headers, StatusCode, Version, headers};

use super::header::{cseq, via, vias};
use super::message::ALLOW;
use super::scan::{Message, Name};
use super::seed::Seed;
use super::wire::{Time, Transmit, Transport};

/// Most answers a second to one address, and to all together.
const PER_SOURCE: u32 = 20;
const WHOLE: u32 = 500;
/// Most Via values that are copied back.
const VIAS_MOST: usize = 16;

/// Counts answers by second and source.
#[derive(Debug, Default)]
pub struct Limiter {
    second: u64,
    whole: u32,
    sources: HashMap<IpAddr, u32>,
}

impl Limiter {
    fn admits(&mut self, now: Time, source: IpAddr) -> bool {
        if now.0 / 1000 != self.second {
            // The map never holds more than one second's sources, and those are bounded by `WHOLE`.
            *self = Self { second: now.0 / 1000, ..Self::default() };
        }
        let count = self.sources.entry(source).or_default();
        if *count >= PER_SOURCE || self.whole >= WHOLE {
            return false;
        }
        *count += 1;
        self.whole += 1;
        self.whole <= WHOLE
    }
}

/// What a request is answered with.
fn status(method: &[u8], version: &[u8], message: &Message<'_>) -> Option<(u16, &'static str)> {
    let whole = message.first(Name::From).is_some()
        && message.first(Name::To).is_some()
        && message.first(Name::CallId).is_some();
    if method == b"ACK" {
        return None;
    }
    if !version.eq_ignore_ascii_case(b"SIP/2.0") {
        return Some((505, "Version Not Supported"));
    }
    Some(match cseq(message) {
        Some((_, named)) if whole && named == method => match method {
            b"OPTIONS" => (200, "OK"),
            b"INVITE" => (480, "Calls Do Not Arrive Here"),
            b"BYE" | b"CANCEL" | b"PRACK" | b"UPDATE" | b"INFO" | b"NOTIFY" => (481, "Call/Transaction Does Not Exist"),
            _ => (405, "Method Not Allowed"),
        },
        Some(_) | None => (400, "Bad Request"),
    })
}

/// Answers a request that came from `from`, or keeps silent.
pub fn answer(
    now: Time,
    message: &Message<'_>,
    method: &[u8],
    version: &[u8],
    (transport, from): (Transport, SocketAddr),
    limiter: &mut Limiter,
    seed: &Seed,
) -> Option<Transmit> {
    let top = via(vias(message).next()?)?;
    let (code, reason) = status(method, version, message)?;
    if !limiter.admits(now, from.ip()) {
        return None;
    }
    // Back to where it came from (RFC 3581 §4); without rport, to the port that the Via names (RFC 3261 §18.2.2). Never
    // to another address.
    let port = if top.rport.is_some() { from.port() } else { sent_by_port(top.sent_by) };
    let mut list = Headers::default();
    for (index, value) in vias(message).take(VIAS_MOST).enumerate() {
        let mut value = text(value)?;
        if index == 0 {
            value.push_str(&format!(";received={};rport={}", from.ip(), from.port()));
        }
        list.push(Header::Via(headers::Via::new(value)));
    }
    copy(message, Name::From, |value| Header::From(headers::From::new(value)), &mut list);
    let tag = format!("{:016x}", seed.check(u32::from(code), top.branch.map_or(0, |b| b.len() as u32)));
    copy(message, Name::To, |value| Header::To(headers::To::new(tagged(value, &tag))), &mut list);
    copy(message, Name::CallId, |value| Header::CallId(headers::CallId::new(value)), &mut list);
    copy(message, Name::CSeq, |value| Header::CSeq(headers::CSeq::new(value)), &mut list);
    if matches!(code, 200 | 405) {
        list.push(Header::Allow(headers::Allow::new(ALLOW)));
    }
    list.push(Header::ContentLength(headers::ContentLength::new("0")));
    let status_code = StatusCode::Other(code, reason.to_owned());
    let response = rsip::Response { status_code, version: Version::V2, headers: list, body: Vec::new() };
    // Over a connection, the answer goes back on it.
    let to = if transport == Transport::Udp { SocketAddr::new(from.ip(), port) } else { from };
    Some(Transmit { transport, to, name: None, bytes: response.to_string().into_bytes() })
}

/// A value as one line of text; `None` when it holds what must not travel back.
fn text(value: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(value).ok()?;
    let line = text.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
    (line.len() <= 1024 && !line.chars().any(char::is_control)).then_some(line)
}

fn copy(message: &Message<'_>, name: Name, header: impl Fn(String) -> Header, list: &mut Headers) {
    if let Some(value) = message.first(name).and_then(text) {
        list.push(header(value));
    }
}

fn tagged(to: String, tag: &str) -> String {
    if to.to_ascii_lowercase().contains(";tag=") { to } else { format!("{to};tag={tag}") }
}

fn sent_by_port(sent_by: &[u8]) -> u16 {
    let after_literal = sent_by.iter().rposition(|b| *b == b']').unwrap_or(0);
    let port =
        sent_by[after_literal..].iter().position(|b| *b == b':').map(|colon| &sent_by[after_literal + colon + 1..]);
    let port = port.and_then(|text| std::str::from_utf8(text.trim_ascii()).ok()).and_then(|text| text.parse().ok());
    port.filter(|port| *port > 0).unwrap_or(5060)
}

/// The user part of a request's URI: whom a call is for.
pub fn called_user(uri: &[u8]) -> Option<&str> {
    let rest = &uri[memchr::memchr(b':', uri)? + 1..];
    let user = &rest[..memchr::memchr(b'@', rest)?];
    std::str::from_utf8(user).ok()
}
