//! How the entries of a contract register: over which of our addresses, through whom, with which Contact, how quickly.

use std::net::SocketAddr;

use super::uri::{HostPort, ServerUri};

/// What stands before the `@` of the Contact, and so how the provider names the number that is called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Numbering {
    /// The DDI of the entry: the provider puts it in the Request-URI.
    #[default]
    OneDdi,
    /// A random user that stays the same for the life of the entry: the number that is called stands in To.
    RandomUser,
    /// Nothing, and `bnc` (RFC 6140 §5.2): the provider puts any number of the account in the Request-URI.
    MultiDdi,
}

impl Numbering {
    pub const ALL: [Self; 3] = [Self::OneDdi, Self::RandomUser, Self::MultiDdi];

    /// As forms, the API and the store have it.
    pub fn code(self) -> &'static str {
        match self {
            Self::OneDdi => "one_ddi",
            Self::RandomUser => "random_user",
            Self::MultiDdi => "multi_ddi",
        }
    }

    pub fn of(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|numbering| numbering.code() == code)
    }
}

/// See the module. Entries without a contract have the default: everything as the settings of Alta say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Terms {
    /// Host and port that Contacts announce; `sip.contact` when blank.
    pub contact_address: Option<HostPort>,
    /// Which of the addresses that Alta listens on the requests leave from; any that leads there when blank.
    pub local_address: Option<SocketAddr>,
    /// The proxy that every request goes through first (RFC 3261 §8.1.2), with loose routing.
    pub outbound_proxy: Option<ServerUri>,
    pub numbering: Numbering,
    /// Whether flows are kept as RFC 5626 has it: the provider sends calls back over the connection that registered.
    pub outbound: bool,
    /// Attempts a second to one registrar; `sip.pace` when blank.
    pub pace: Option<u32>,
}

impl Terms {
    /// Bounds of the pace.
    pub const PACE_MIN: u32 = 1;
    pub const PACE_MAX: u32 = 100_000;

    /// Whether both make the same binding: the pace does not matter to a registrar.
    pub fn binds_as(&self, other: &Self) -> bool {
        self.contact_address == other.contact_address
            && self.local_address == other.local_address
            && self.outbound_proxy == other.outbound_proxy
            && self.numbering == other.numbering
            && self.outbound == other.outbound
    }
}
