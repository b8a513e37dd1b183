//! What a user agent needs to register one address of record, derived from an entry (blanks filled in here, at run
//! time, so that a later change of Domain moves what depends on it).

use std::fmt;
use std::sync::Arc;

use arcstr::ArcStr;
use compact_str::CompactString;
use thin_vec::ThinVec;
use zeroize::Zeroizing;

use super::terms::Terms;
use super::uri::{Host, HostPort, ServerUri, Transport};

/// A password. It prints as dots and is wiped from memory when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<Box<str>>);

impl Secret {
    pub fn new(text: String) -> Self {
        // To make the text itself fit would leave a copy of it behind.
        Self(Zeroizing::new(Zeroizing::new(text).as_str().into()))
    }

    /// The text itself, for the digest and the seal only.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("••••")
    }
}

/// The next hop of a REGISTER, before it is located (RFC 3263).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Hop {
    pub at: HostPort,
    /// Fixed by the URI, or left to the lookup.
    pub transport: Option<Transport>,
}

impl Hop {
    /// The hop that a Register server URI names; `sips` means TLS.
    pub fn of_uri(uri: &ServerUri) -> Self {
        let transport = if uri.secure { Some(Transport::Tls) } else { uri.transport };
        Self { at: uri.at.clone(), transport }
    }

    /// The hop `sip:Domain`.
    pub fn of_domain(domain: &HostPort) -> Self {
        Self { at: domain.clone(), transport: None }
    }
}

impl fmt::Display for Hop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.at)?;
        self.transport.map_or(Ok(()), |t| write!(f, ";transport={}", t.as_str()))
    }
}

/// Whom a registration has to do with: entries that share it share its pace and its health.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Peer {
    pub hop: Hop,
    /// The registrar behind an outbound proxy: its troubles are not those of the others behind that proxy.
    pub beyond: Option<Hop>,
    /// Attempts a second that the contract allows; the setting when unset.
    pub pace: Option<u32>,
}

impl Peer {
    /// The registrar at `sip:Domain`, reached directly, at the usual pace.
    pub fn of_domain(domain: &HostPort) -> Self {
        Self { hop: Hop::of_domain(domain), beyond: None, pace: None }
    }

    /// Whether both are the same registrar over the same way.
    pub fn is_where(&self, other: &Self) -> bool {
        self.hop == other.hop && self.beyond == other.beyond
    }
}

/// Who answers a challenge, and to which realm only (RFC 7616 §3.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    pub user: CompactString,
    pub password: Secret,
    /// `None` answers whatever realm the provider proposes.
    pub realm: Option<ArcStr>,
}

/// Everything one registration sends: who (AOR), where to (registrar, hop), for which Contact, with which credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// User part of To and From, as entered; the writer escapes it (RFC 3261 §19.1.2).
    pub username: CompactString,
    /// Host of the Request-URI, To and From: the registrar.
    pub domain: Arc<HostPort>,
    /// User part of the Contact: the DDI, or what stands for several.
    pub contact_user: CompactString,
    pub peer: Arc<Peer>,
    /// The hops that are set beforehand (RFC 3261 §8.1.2); empty without an outbound proxy.
    pub route: ThinVec<ServerUri>,
    pub credentials: Credentials,
    /// Seconds to ask for, 60 to 86400.
    pub expire: u32,
    pub terms: Arc<Terms>,
}

impl Account {
    /// Whether a registrar sees the same of both: the pace is none of its business.
    pub fn is_sent_as(&self, other: &Self) -> bool {
        self.username == other.username
            && self.domain == other.domain
            && self.contact_user == other.contact_user
            && self.peer.is_where(&other.peer)
            && self.route == other.route
            && self.credentials == other.credentials
            && self.expire == other.expire
            && self.terms.binds_as(&other.terms)
    }

    /// The name that the next hop's certificate has to be for, whatever host DNS leads to (RFC 5922 §4, RFC 3263): that of
    /// the hop, or of the domain when the hop is only an address. An outbound proxy stands for itself.
    pub fn certificate_name(&self) -> String {
        let hop = &self.peer.hop.at.host;
        let domain = Some(&self.domain.host).filter(|_| self.peer.beyond.is_none());
        match Some(hop).into_iter().chain(domain).find(|host| host.literal().is_none()).unwrap_or(hop) {
            Host::Name(name) => name.to_string(),
            Host::V4(a) => a.to_string(),
            Host::V6(a) => a.to_string(),
        }
    }
}
