//! What a final answer to a REGISTER means: one pure function from a response to a closed [`Outcome`].

use super::header::{Contact, contacts};
use super::likeness::{Likeness, likeness};
use super::message::Sent;
use super::scan::{Message, Name};
use super::timer::{GRANT_MOST, RETRY_AFTER_MOST};
use super::wire::{clean, number};
use crate::domain::status::{Answer, Cause};

/// Most header lines of routes that are quoted.
const ROUTES_MOST: usize = 16;

/// What the provider's final answer means for the attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The binding stands for `granted` seconds (1 to 86400) after the request was sent.
    Bound {
        granted: u32,
        /// Our Contact came back with another host.
        rewritten: bool,
    },
    /// The binding is gone, as asked.
    Unbound,
    /// 401 or 407: to be answered, or not.
    Challenged,
    /// 423 that asks for at least so many seconds, more than we asked for.
    TooBrief { least: u32 },
    /// 439: something on the way cannot keep flows (RFC 5626 §4.2.1), though we asked for it.
    FlowRefused,
    Failed {
        cause: Cause,
        /// What the cause is about, quoted.
        detail: Option<String>,
    },
}

/// Reads a final response, code 200 to 699.
pub fn classify(message: &Message<'_>, code: u16, sent: &Sent) -> Outcome {
    let cause = match code {
        200..=299 if sent.asked == 0 => return Outcome::Unbound,
        200..=299 => return accepted(message, sent),
        401 | 407 => return Outcome::Challenged,
        439 if sent.outbound => return Outcome::FlowRefused,
        420 => {
            let cause =
                if lists(message, Name::Unsupported, b"gin") { Cause::BulkUnsupported } else { Cause::BadRequest };
            return Outcome::Failed { cause, detail: message.first(Name::Unsupported).map(clean) };
        }
        423 => match message.first(Name::MinExpires).and_then(|v| number(v, 0, GRANT_MOST)) {
            Some(least) if least > sent.asked => return Outcome::TooBrief { least },
            _ => Cause::IntervalTooBrief,
        },
        300..=399 => {
            let detail = contacts(message).next().map(|contact| clean(contact.uri));
            return Outcome::Failed { cause: Cause::Moved, detail };
        }
        403 if sent.authenticated => Cause::Forbidden,
        403 => Cause::ForbiddenSource,
        404 => Cause::UserUnknown,
        405 | 501 => Cause::NotRegistrar,
        408 | 504 => Cause::TimeoutRemote,
        480 => Cause::Unavailable,
        482 | 483 => Cause::Loop,
        503 => Cause::Busy,
        400 | 413..=416 | 421 | 439 | 494 | 513 => Cause::BadRequest,
        500..=599 => Cause::ServerError,
        400..=499 | 600..=699 => Cause::Declined,
        _ => Cause::BadResponse,
    };
    Outcome::Failed { cause, detail: None }
}

/// A 2xx: how long, by our own Contact, else by Expires, else as asked (RFC 3261 §10.2.1.1, §10.3 step 8).
fn accepted(message: &Message<'_>, sent: &Sent) -> Outcome {
    let mut listed = false;
    let mut found: Option<(Likeness, u32)> = None;
    for contact in contacts(message) {
        listed = true;
        let like = likeness(contact.uri, &sent.contact, sent.transport);
        let granted = granted(message, contact, sent.asked);
        found = match (like, found) {
            (Likeness::Other, found) | (Likeness::SameUser, found @ Some((Likeness::Same, _))) => found,
            (Likeness::Same, Some((Likeness::Same, most))) => Some((Likeness::Same, most.max(granted))),
            (Likeness::SameUser, Some((Likeness::SameUser, most))) => Some((Likeness::SameUser, most.max(granted))),
            (like, _) => Some((like, granted)),
        };
    }
    let (rewritten, granted) = match found {
        Some((like, granted)) => (like == Likeness::SameUser, granted),
        None if listed => return Outcome::Failed { cause: Cause::NoBinding, detail: None },
        None => (false, by_expires(message).unwrap_or(sent.asked)),
    };
    if granted == 0 {
        return Outcome::Failed { cause: Cause::ZeroExpires, detail: None };
    }
    Outcome::Bound { granted: granted.min(GRANT_MOST), rewritten }
}

/// What a list of bindings says (RFC 3261 §10.2.3): seconds of our own Contact, when it is there, and how many others
/// there are.
pub fn listed(message: &Message<'_>, sent: &Sent) -> (Option<u32>, usize) {
    let (mut ours, mut others) = (None, 0);
    // `*` names no binding.
    for contact in contacts(message).filter(|contact| contact.uri != b"*") {
        match likeness(contact.uri, &sent.contact, sent.transport) {
            Likeness::Same | Likeness::SameUser => ours = ours.max(Some(granted(message, contact, sent.asked))),
            Likeness::Other => others += 1,
        }
    }
    (ours, others)
}

fn granted(message: &Message<'_>, contact: Contact<'_>, asked: u32) -> u32 {
    match contact.expires {
        // A malformed value counts as 3600 (RFC 3261 §20.10), but never as more than was asked for.
        Some(text) => number(text, 0, GRANT_MOST).unwrap_or(asked.min(3600)),
        None => by_expires(message).unwrap_or(asked),
    }
}

fn by_expires(message: &Message<'_>) -> Option<u32> {
    message.first(Name::Expires).and_then(|v| number(v, 0, GRANT_MOST))
}

/// Whether the registrar keeps the flow, and sends calls back over it (RFC 5626 §6).
pub fn keeps_flow(message: &Message<'_>) -> bool {
    lists(message, Name::Require, b"outbound")
}

/// Whether one of these headers lists this option tag.
fn lists(message: &Message<'_>, name: Name, tag: &[u8]) -> bool {
    let tags = message.all(name).flat_map(|value| value.split(|b| *b == b','));
    tags.map(<[u8]>::trim_ascii).any(|listed| listed.eq_ignore_ascii_case(tag))
}

/// The answer as quoted data for the status.
pub fn quoted(message: &Message<'_>, code: u16, reason: &[u8]) -> Answer {
    Answer {
        code,
        reason: clean(reason),
        warning: message.first(Name::Warning).map(clean),
        retry_after: retry_after(message),
    }
}

/// The values of a header of routes in order, as quoted data (RFC 3327 §5, RFC 3608 §6); `None` when there are none.
pub fn routes(message: &Message<'_>, name: Name) -> Option<String> {
    let values: Vec<&[u8]> = message.all(name).take(ROUTES_MOST).collect();
    Some(clean(&values.join(b", ".as_slice()))).filter(|text| !text.is_empty())
}

/// Seconds of Retry-After, held to an hour; a comment or parameters may follow (RFC 3261 §20.33).
pub fn retry_after(message: &Message<'_>) -> Option<u32> {
    let value = message.first(Name::RetryAfter)?;
    let end = value.iter().position(|b| !b.is_ascii_digit()).unwrap_or(value.len());
    number(&value[..end], 0, RETRY_AFTER_MOST)
}

#[cfg(test)]
mod tests {
    use super::super::scan::{Start, scan};
    use super::super::wire::{Time, Transport};
    use super::*;

    fn outcome(answer: &str, asked: u32, authenticated: bool) -> Outcome {
        let text = format!("SIP/2.0 {}\r\n\r\n", answer.replace('\n', "\r\n"));
        let message = scan(text.as_bytes()).unwrap();
        let Start::Response { code, .. } = message.start else { panic!("no response: {text}") };
        classify(&message, code, &sent(asked, authenticated))
    }

    fn sent(asked: u32, authenticated: bool) -> Sent {
        let local = "192.0.2.1:5070".parse().unwrap();
        let contact = "sip:900@192.0.2.1:5070".into();
        Sent { local, at: Time(0), contact, asked, transport: Transport::Udp, outbound: false, authenticated }
    }

    #[test]
    fn the_grant_is_that_of_our_own_contact() {
        let bound = |granted, rewritten| Outcome::Bound { granted, rewritten };
        for (answer, expected) in [
            ("200 OK\nContact: <sip:900@192.0.2.1:5070>;expires=120\nExpires: 9", bound(120, false)),
            (
                "200 OK\nm: \"a,<b>\" <sip:1@x>;expires=9, <sip:%390%30@192.0.2.1:5070>;EXPIRES=77\nExpires: 9",
                bound(77, false),
            ),
            (
                "200 OK\nContact: <sip:1@x>;expires=9\nContact:\n <sip:900@192.0.2.1:5070>\nExpires: 50",
                bound(50, false),
            ),
            ("200 OK\nContact: <sip:900@198.51.100.7:1024>;expires=60", bound(60, true)),
            ("202 Fine\nExpires: 300", bound(300, false)),
            ("200 OK", bound(3600, false)),
            ("200 OK\nContact: <sip:900@192.0.2.1:5070>;expires=\"60\"", bound(3600, false)),
            ("200 OK\nContact: <sip:900@192.0.2.1:5070>;expires=4294967296", bound(86_400, false)),
            ("200 OK\nContact: <sip:900@192.0.2.1:5070>;expires=-1", bound(3600, false)),
            ("200 OK\nContact: sip:900@192.0.2.1:5070;expires=33", bound(33, false)),
        ] {
            assert_eq!(outcome(answer, 3600, true), expected, "{answer}");
        }
    }

    #[test]
    fn every_code_has_its_cause() {
        let failed = |cause| Outcome::Failed { cause, detail: None };
        for (answer, expected) in [
            ("200 OK\nContact: <sip:901@192.0.2.1:5070>;expires=60", failed(Cause::NoBinding)),
            ("200 OK\nContact: <sip:900@192.0.2.1:5070>;expires=0", failed(Cause::ZeroExpires)),
            ("200 OK\nExpires: 0", failed(Cause::ZeroExpires)),
            (
                "302 Moved\nContact: <sip:b.example>",
                Outcome::Failed { cause: Cause::Moved, detail: Some("sip:b.example".into()) },
            ),
            ("401 Unauthorized", Outcome::Challenged),
            ("407 Proxy", Outcome::Challenged),
            ("403 Forbidden", failed(Cause::Forbidden)),
            ("404 Not Found", failed(Cause::UserUnknown)),
            ("405 No", failed(Cause::NotRegistrar)),
            ("501", failed(Cause::NotRegistrar)),
            ("408 T", failed(Cause::TimeoutRemote)),
            ("504 T", failed(Cause::TimeoutRemote)),
            ("423 Brief\nMin-Expires: 7200", Outcome::TooBrief { least: 7200 }),
            ("423 Brief\nMin-Expires: 60", failed(Cause::IntervalTooBrief)),
            ("423 Brief", failed(Cause::IntervalTooBrief)),
            ("480 T", failed(Cause::Unavailable)),
            ("482 L", failed(Cause::Loop)),
            ("483 L", failed(Cause::Loop)),
            ("503 Busy", failed(Cause::Busy)),
            ("500 E", failed(Cause::ServerError)),
            ("599 E", failed(Cause::ServerError)),
            ("400 B", failed(Cause::BadRequest)),
            ("420 B", failed(Cause::BadRequest)),
            ("513 B", failed(Cause::BadRequest)),
            ("499 D", failed(Cause::Declined)),
            ("603 D", failed(Cause::Declined)),
        ] {
            assert_eq!(outcome(answer, 3600, true), expected, "{answer}");
        }
        assert_eq!(outcome("403 Forbidden", 3600, false), failed(Cause::ForbiddenSource));
        assert_eq!(outcome("200 OK", 0, true), Outcome::Unbound);
    }

    #[test]
    fn a_list_of_bindings_tells_ours_from_others() {
        for (answer, expected) in [
            ("200 OK", (None, 0)),
            ("200 OK\nContact: <sip:1@x>;expires=9, <sip:900@192.0.2.1:5070>;expires=77", (Some(77), 1)),
            (
                "200 OK\nContact: <sip:900@198.51.100.7>;expires=60\nContact: <sip:2@x>\nContact: <sip:3@x>",
                (Some(60), 2),
            ),
            ("200 OK\nContact: *", (None, 0)),
        ] {
            let text = format!("SIP/2.0 {}\r\n\r\n", answer.replace('\n', "\r\n"));
            assert_eq!(listed(&scan(text.as_bytes()).unwrap(), &sent(3600, true)), expected, "{answer}");
        }
    }

    #[test]
    fn retry_after_takes_a_comment_and_a_parameter() {
        for (value, seconds) in
            [("18000;duration=3600", Some(3600)), ("120 (maintenance)", Some(120)), ("soon", None), ("-5", None)]
        {
            let text = format!("SIP/2.0 503 X\r\nRetry-After: {value}\r\n\r\n");
            assert_eq!(retry_after(&scan(text.as_bytes()).unwrap()), seconds, "{value}");
        }
    }
}
