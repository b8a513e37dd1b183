//! What a user agent needs to register one address of record, derived from an entry (blanks filled in here, at run
//! time, so that a later change of Domain moves what depends on it).

use std::fmt;
use zeroize::Zeroizing;

use super::uri::{Host, HostPort, ServerUri, Transport};

/// A password. It prints as dots and is wiped from memory when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
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

/// The next hop of a REGISTER, before it is located (RFC 3263): what shares it shares its lookups, its pace and its
/// health.
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

/// Who answers a challenge, and to which realm only (RFC 7616 §3.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    pub user: String,
    pub password: Secret,
    /// `None` answers whatever realm the provider proposes.
    pub realm: Option<String>,
}

/// Everything one registration sends: who (AOR), where to (registrar, hop), for which Contact, with which credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// User part of To and From, as entered; the writer escapes it (RFC 3261 §19.1.2).
    pub username: String,
    /// Host of the Request-URI, To and From: the registrar.
    pub domain: HostPort,
    /// User part of the Contact: the DDI.
    pub contact_user: String,
    pub hop: Hop,
    pub credentials: Credentials,
    /// Seconds to ask for, 60 to 86400.
    pub expire: u32,
}

impl Account {
    /// The name that the next hop's certificate has to be for, whatever host DNS leads to (RFC 5922 §4, RFC 3263): that of
    /// the hop, or of the domain when the hop is only an address.
    pub fn certificate_name(&self) -> String {
        let named = [&self.hop.at.host, &self.domain.host].into_iter().find(|host| host.literal().is_none());
        match named.unwrap_or(&self.hop.at.host) {
            Host::Name(name) => name.clone(),
            Host::V4(a) => a.to_string(),
            Host::V6(a) => a.to_string(),
        }
    }
}
