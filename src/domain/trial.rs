//! A test of an account: the real thing, told step by step, that leaves no binding behind that was not there.

use std::net::SocketAddr;

use super::status::{Answer, Cause, Note, Proposal};
use super::uri::Transport;

/// How a test finds out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asking {
    /// It registers, and undoes that at once.
    Register,
    /// The account may be in use: it only asks which bindings there are (RFC 3261 §10.2.3).
    Query,
}

/// What a REGISTER of a test is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    Register,
    Query,
    Unregister,
}

/// A step of a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// DNS is asked: the type of the record, and the name.
    Looking { question: String },
    /// A request leaves.
    Sent {
        request: Request,
        target: SocketAddr,
        transport: Transport,
        /// How the target was found; empty when it was given.
        chain: String,
        with_credentials: bool,
    },
    /// An answer came; one that wants credentials with what it proposes.
    Heard { code: u16, reason: String, proposal: Option<Proposal> },
    /// This target failed; another one follows.
    Lost { target: SocketAddr, cause: Cause },
    /// What would happen.
    Found(Verdict),
    /// Whether the registrar undid what was registered.
    Undone(bool),
}

/// What would happen to an entry with this account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Registers {
        /// Seconds.
        granted: u32,
        notes: Vec<Note>,
    },
    /// The account was taken and not registered anew.
    Known {
        /// Seconds that our own Contact is still bound for, when it is.
        ours: Option<u32>,
        /// Other Contacts of this account.
        others: usize,
    },
    Fails {
        cause: Cause,
        answer: Option<Answer>,
        /// What the cause is about.
        detail: Option<String>,
    },
}
