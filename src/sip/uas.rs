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
use super::wire::{Flow, Target, Time, Transmit, Transport};
use crate::domain::uri::HostPort;

/// Most answers a second to one address, and to all together.
const PER_SOURCE: u32 = 20;
const WHOLE: u32 = 500;
/// Most lines of required extensions that are named back.
const EXTENSIONS_MOST: usize = 4;
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

/// A request that nobody asked for.
pub struct Unasked<'a> {
    pub method: &'a [u8],
    pub uri: &'a [u8],
    pub version: &'a [u8],
    /// What it came over.
    pub flow: &'a Flow,
}

/// Whether a URI is of a scheme that we know.
fn is_sip(uri: &[u8]) -> bool {
    let scheme = &uri[..memchr::memchr(b':', uri).unwrap_or(0)];
    ["sip", "sips", "tel"].iter().any(|known| scheme.eq_ignore_ascii_case(known.as_bytes()))
}

/// Whether a user part may travel back as it came.
fn is_plain(user: &str) -> bool {
    user.len() <= 128 && user.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.!~*'()&=+$,;?/%".contains(&b))
}

/// What a request is answered with.
fn status(request: &Unasked<'_>, message: &Message<'_>, is_sent_on: bool) -> Option<(u16, &'static str)> {
    let (method, version) = (request.method, request.version);
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
        Some((_, named)) if whole && !message.cut && named == method => match method {
            // CANCEL has the Require of what it cancels (RFC 3261 §8.2.2.3).
            _ if method != b"CANCEL" && message.first(Name::Require).is_some() => (420, "Bad Extension"),
            _ if !is_sip(request.uri) => (416, "Unsupported URI Scheme"),
            b"OPTIONS" => (200, "OK"),
            b"INVITE" if is_sent_on => (302, "Moved Temporarily"),
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
    request: &Unasked<'_>,
    calls_to: Option<&HostPort>,
    limiter: &mut Limiter,
    seed: &Seed,
) -> Option<Transmit> {
    let Target { transport, address: from } = request.flow.target;
    let top = via(vias(message).next()?)?;
    // A call is sent on to the same user there, or not at all.
    let onwards = calls_to.zip(called_user(request.uri).filter(|user| is_plain(user)));
    let (code, reason) = status(request, message, onwards.is_some())?;
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
    if let (302, Some((host, user))) = (code, onwards) {
        list.push(Header::Contact(headers::Contact::new(format!("<sip:{user}@{host}>"))));
    }
    if code == 420 {
        for value in message.all(Name::Require).take(EXTENSIONS_MOST).filter_map(text) {
            list.push(Header::Unsupported(headers::Unsupported::new(value)));
        }
    }
    if matches!(code, 200 | 405) {
        list.push(Header::Allow(headers::Allow::new(ALLOW)));
    }
    list.push(Header::ContentLength(headers::ContentLength::new("0")));
    let status_code = StatusCode::Other(code, reason.to_owned());
    let response = rsip::Response { status_code, version: Version::V2, headers: list, body: Vec::new() };
    // Over a connection, the answer goes back on it.
    let to = if transport == Transport::Udp { SocketAddr::new(from.ip(), port) } else { from };
    let flow = Flow { target: Target { transport, address: to }, ..request.flow.clone() };
    Some(Transmit { flow, bytes: response.to_string().into_bytes().into() })
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

#[cfg(test)]
mod tests {
    use super::super::scan::{Start, scan};
    use super::*;

    fn answered(uri: &str, calls_to: Option<&HostPort>, more: &str) -> String {
        let text = format!(
            "INVITE {uri} SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.50;branch=z9hG4bKx;rport\r\nFrom: <sip:a@b>;tag=1\r\n\
             To: <sip:97@b>\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n{more}\r\n"
        );
        let message = scan(text.as_bytes()).unwrap();
        let Start::Request { method, uri, version } = message.start else { panic!("no request") };
        let from = "192.0.2.50:5060".parse().unwrap();
        let target = Target { transport: Transport::Udp, address: from };
        let flow = Flow { target, local: Some("192.0.2.1:5070".parse().unwrap()), name: None };
        let request = Unasked { method, uri, version, flow: &flow };
        let seed = Seed::new([0; 32]);
        let answer = answer(Time(0), &message, &request, calls_to, &mut Limiter::default(), &seed).unwrap();
        String::from_utf8(answer.bytes.to_vec()).unwrap()
    }

    #[test]
    fn what_is_required_and_schemes_that_are_unknown_are_refused() {
        let refused = answered("sip:a@b", None, "Require: nothingSupportsThis, nor-this\r\nProxy-Require: norThis\r\n");
        assert!(refused.starts_with("SIP/2.0 420 Bad Extension\r\n"), "{refused}");
        assert!(refused.contains("\r\nUnsupported: nothingSupportsThis, nor-this\r\n"), "{refused}");
        assert!(refused.contains("\r\nUnsupported: norThis\r\n"), "{refused}");
        for uri in ["nobodyKnowsThisScheme:totallyopaque", "soap.beep://192.0.2.103:3002", "name"] {
            assert!(answered(uri, None, "").starts_with("SIP/2.0 416 "), "{uri}");
        }
    }

    #[test]
    fn a_call_is_sent_on_to_the_platform_when_that_is_set() {
        let platform: HostPort = "proxy.example:5080".parse().unwrap();
        let sent_on = answered("sip:+34900@192.0.2.1:5070", Some(&platform), "");
        assert!(sent_on.starts_with("SIP/2.0 302 Moved Temporarily\r\n"), "{sent_on}");
        assert!(sent_on.contains("\r\nContact: <sip:+34900@proxy.example:5080>\r\n"), "{sent_on}");
        assert!(answered("sip:+34900@192.0.2.1:5070", None, "").starts_with("SIP/2.0 480 "));
        for odd in ["sip:192.0.2.1", "sip:a<b>@192.0.2.1", "sip:a\"@192.0.2.1", "tel:+34900"] {
            assert!(answered(odd, Some(&platform), "").starts_with("SIP/2.0 480 "), "{odd}");
        }
    }
}
