//! What connections tell.

use std::sync::Arc;

use crate::sip::Unsent;
use crate::sip::target::Target;

/// What became of a connection, or came over it.
#[derive(Debug)]
pub enum FlowNews {
    Up(FlowId),
    Message(FlowId, Vec<u8>),
    /// It is over, with why and what the system or the handshake said of it; an idle one that we closed has no why.
    Down(FlowId, Option<(Unsent, Option<String>)>),
}

/// Which connection: the target, the name that its certificate is for, and which of those that there were.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FlowId {
    pub target: Target,
    pub name: Option<Arc<str>>,
    pub generation: u64,
}

/// What was sent to this target did not leave, or did not arrive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    pub target: Target,
    /// The name that the certificate had to be for: entries of other names have connections of their own.
    pub name: Option<Arc<str>>,
    pub why: Unsent,
    pub detail: Option<String>,
}
