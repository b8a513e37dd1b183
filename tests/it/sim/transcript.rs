//! What was said, a line a message: seconds, direction, and what matters of it.

use std::collections::HashSet;
use std::fmt::Write as _;

use alta::domain::status::Status;
use alta::sip::header::{contacts, cseq, directive, via, vias};
use alta::sip::scan::{Message, Name, Reject, Start, scan};
use alta::sip::target::Target;
use alta::sip::{Time, Transport};

/// See the module.
#[derive(Default)]
pub(crate) struct Transcript {
    text: String,
    branches: HashSet<Vec<u8>>,
    /// Only counts, for worlds that talk for a month.
    pub silent: bool,
    /// Prints each line at once, for a world that may break before it is asked.
    pub loud: bool,
}

impl Transcript {
    fn line(&mut self, now: u64, what: &str) {
        if self.loud {
            println!("{:>8}.{:03} {what}", now / 1000, now % 1000);
        } else if !self.silent {
            // Writing to a String cannot fail.
            let _ = writeln!(self.text, "{:>8}.{:03} {what}", now / 1000, now % 1000);
        }
    }

    /// Notes what leaves; `true` when it is a new request rather than one said again.
    pub(crate) fn left(&mut self, now: u64, to: Target, bytes: &[u8]) -> bool {
        if scan(bytes).is_err_and(|reject| reject == Reject::KeepAlive) {
            return false;
        }
        let Ok(message) = scan(bytes) else { panic!("we sent what we cannot read: {bytes:?}") };
        let Start::Request { .. } = message.start else {
            self.line(now, &format!("→ {} {}", place(to), first_line(bytes)));
            return false;
        };
        let branch = vias(&message).next().and_then(via).and_then(|top| top.branch).unwrap_or_default().to_vec();
        let new = self.branches.insert(branch);
        if !self.silent {
            let again = if new { "" } else { " (again)" };
            self.line(now, &format!("→ {} {}{again}", place(to), request(&message)));
        } else if self.branches.len() > 100_000 {
            self.branches.clear();
        }
        new
    }

    pub(crate) fn came(&mut self, now: u64, from: Target, bytes: &[u8]) {
        if !self.silent {
            self.line(now, &format!("← {} {}", place(from), first_line(bytes)));
        }
    }

    pub(crate) fn note(&mut self, now: u64, what: &str) {
        self.line(now, &format!("! {what}"));
    }

    pub(crate) fn state(&mut self, now: u64, status: &Status<Time>) {
        let mut text = format!("= {}", status.state.code());
        if let Some(cause) = status.cause {
            let _ = write!(text, " {}", cause.code());
        }
        if let Some(detail) = &status.detail {
            let _ = write!(text, " ({detail})");
        }
        if let Some(granted) = status.granted {
            let _ = write!(text, " granted={granted}");
        }
        // Where in its window a refresh falls is chance's.
        if let Some(next) = status.next_action_at.filter(|_| status.cause.is_some()) {
            let _ = write!(text, " next at {}", next.0 / 1000);
        }
        self.line(now, &text);
    }

    /// What was said since the last time.
    pub(crate) fn take(&mut self) -> String {
        std::mem::take(&mut self.text)
    }
}

/// An address, with its transport unless that is UDP.
fn place(target: Target) -> String {
    match target.transport {
        Transport::Udp => target.address.to_string(),
        Transport::Tcp | Transport::Tls => format!("{}:{}", target.transport.as_str(), target.address),
    }
}

fn first_line(bytes: &[u8]) -> String {
    let line = bytes.split(|b| *b == b'\r').next().unwrap_or_default();
    let text = String::from_utf8_lossy(line).into_owned();
    text.strip_prefix("SIP/2.0 ").map_or(text.clone(), ToOwned::to_owned)
}

fn request(message: &Message<'_>) -> String {
    let expires = contacts(message).next().and_then(|contact| contact.expires).unwrap_or_default();
    let mut text = format!(
        "REGISTER {} expires={}",
        cseq(message).map_or(0, |(number, _)| number),
        String::from_utf8_lossy(expires)
    );
    for (name, label) in [(Name::Authorization, "auth"), (Name::ProxyAuthorization, "proxy-auth")] {
        for value in message.all(name) {
            let value = value.strip_prefix(b"Digest ").unwrap_or(value);
            let word = |name| String::from_utf8_lossy(directive(value, name).unwrap_or(b"-")).into_owned();
            let _ = write!(text, " {label}={}/{}", word("algorithm"), word("nc").trim_start_matches('0'));
        }
    }
    text
}

/// Holds a transcript against the one that is expected, blank margins aside.
#[track_caller]
pub(crate) fn expect(transcript: &str, expected: &str) {
    let lines = |text: &str| text.lines().map(str::trim).filter(|l| !l.is_empty()).collect::<Vec<_>>().join("\n");
    assert!(lines(transcript) == lines(expected), "this was said:\n{transcript}\nexpected:\n{expected}");
}
