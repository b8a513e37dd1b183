//! What connections tell.

use crate::sip::{Flow, Unsent};

/// What became of a connection, or came over it.
#[derive(Debug)]
pub enum FlowNews {
    Up(FlowId),
    Message(FlowId, Vec<u8>),
    /// It is over, with why and what the system or the handshake said of it; an idle one that we closed has no why.
    Down(FlowId, Option<(Unsent, Option<String>)>),
}

/// Which connection, of those that there were over a flow.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FlowId {
    pub flow: Flow,
    pub generation: u64,
}

/// What was sent over this flow did not leave, or did not arrive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    pub flow: Flow,
    pub why: Unsent,
    pub detail: Option<String>,
}
