//! Hosts and SIP URIs as an operator may enter them (RFC 3261 §19.1, §25.1), never as the wire may bring them.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use compact_str::CompactString;

/// A host: a DNS name or an address literal (RFC 3261 §25.1 `host`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Host {
    /// A DNS name in lower case, without a trailing dot.
    Name(CompactString),
    V4(Ipv4Addr),
    /// Printed in brackets.
    V6(Ipv6Addr),
}

impl Host {
    /// The address, when this is a literal.
    pub fn literal(&self) -> Option<IpAddr> {
        match self {
            Self::Name(_) => None,
            Self::V4(a) => Some(IpAddr::V4(*a)),
            Self::V6(a) => Some(IpAddr::V6(*a)),
        }
    }
}

impl FromStr for Host {
    type Err = NotAHost;

    fn from_str(text: &str) -> Result<Self, NotAHost> {
        if let Some(inner) = text.strip_prefix('[') {
            let inner = inner.strip_suffix(']').ok_or(NotAHost)?;
            return inner.parse().map(Self::V6).map_err(|_| NotAHost);
        }
        if let Ok(v4) = text.parse() {
            return Ok(Self::V4(v4));
        }
        let name = text.strip_suffix('.').unwrap_or(text);
        let labels_fit = name.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
                && !label.starts_with('-')
                && !label.ends_with('-')
        });
        // A last label of digits only is a mistyped IPv4 address, never a name (RFC 3261 §25.1 `toplabel`).
        let top_is_name = name.rsplit('.').next().is_some_and(|top| !top.bytes().all(|b| b.is_ascii_digit()));
        if name.len() <= 253 && labels_fit && top_is_name {
            Ok(Self::Name(name.to_ascii_lowercase().into()))
        } else {
            Err(NotAHost)
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::V4(a) => write!(f, "{a}"),
            Self::V6(a) => write!(f, "[{a}]"),
        }
    }
}

/// The text is no host name and no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a host name or an address")]
pub struct NotAHost;

/// A host with an optional port (RFC 3261 §25.1 `hostport`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HostPort {
    pub host: Host,
    pub port: Option<u16>,
}

impl FromStr for HostPort {
    type Err = NotAHost;

    /// Reads `host`, `host:port`, `[v6]` and `[v6]:port`; a bare IPv6 address is taken as one, too.
    fn from_str(text: &str) -> Result<Self, NotAHost> {
        if let Ok(v6) = text.parse::<Ipv6Addr>() {
            return Ok(Self { host: Host::V6(v6), port: None });
        }
        let after_literal = text.rfind(']').unwrap_or(0);
        match text[after_literal..].find(':') {
            None => Ok(Self { host: text.parse()?, port: None }),
            Some(colon) => {
                let (host, port) = text.split_at(after_literal + colon);
                let port = &port[1..];
                if !port.bytes().all(|b| b.is_ascii_digit()) {
                    return Err(NotAHost);
                }
                let port: u16 = port.parse().map_err(|_| NotAHost)?;
                if port == 0 {
                    return Err(NotAHost);
                }
                Ok(Self { host: host.parse()?, port: Some(port) })
            }
        }
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            None => write!(f, "{}", self.host),
            Some(port) => write!(f, "{}:{port}", self.host),
        }
    }
}

/// How messages travel to the next hop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Transport {
    Udp,
    Tcp,
    Tls,
}

impl Transport {
    /// As the `transport` parameter of a URI spells it (RFC 3261 §19.1.1).
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
        }
    }

    /// 5060, or 5061 over TLS (RFC 3261 §19.1.2).
    pub fn default_port(self) -> u16 {
        match self {
            Self::Udp | Self::Tcp => 5060,
            Self::Tls => 5061,
        }
    }
}

/// A *Register server URI*: `sip:` or `sips:`, a host, optionally a port and `;transport=udp|tcp|tls`.
///
/// It names a next hop only, so a user part, headers and any other parameter are refused.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ServerUri {
    pub secure: bool,
    pub at: HostPort,
    pub transport: Option<Transport>,
}

impl FromStr for ServerUri {
    type Err = NotAServerUri;

    fn from_str(text: &str) -> Result<Self, NotAServerUri> {
        let (scheme, rest) = text.split_once(':').ok_or(NotAServerUri)?;
        let secure = match scheme.to_ascii_lowercase().as_str() {
            "sip" => false,
            "sips" => true,
            _ => return Err(NotAServerUri),
        };
        let mut parts = rest.split(';');
        let at = parts.next().unwrap_or_default().parse().map_err(|NotAHost| NotAServerUri)?;
        let mut transport = None;
        for parameter in parts {
            let (name, value) = parameter.split_once('=').ok_or(NotAServerUri)?;
            if !name.eq_ignore_ascii_case("transport") || transport.is_some() {
                return Err(NotAServerUri);
            }
            transport = Some(match value.to_ascii_lowercase().as_str() {
                "udp" => Transport::Udp,
                "tcp" => Transport::Tcp,
                "tls" => Transport::Tls,
                _ => return Err(NotAServerUri),
            });
        }
        // `sips` over UDP has no meaning (RFC 3261 §26.2.2).
        if secure && transport == Some(Transport::Udp) {
            return Err(NotAServerUri);
        }
        Ok(Self { secure, at, transport })
    }
}

impl fmt::Display for ServerUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", if self.secure { "sips" } else { "sip" }, self.at)?;
        self.transport.map_or(Ok(()), |t| write!(f, ";transport={}", t.as_str()))
    }
}

/// The text is no `sip:` or `sips:` URI of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a sip: or sips: URI of a server")]
pub struct NotAServerUri;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_register_server_uri_needs_a_scheme_and_a_host_and_nothing_else() {
        for right in [
            "sip:8.8.8.8",
            "sips:8.8.8.8",
            "sips:google.es",
            "sip:a.example:5070;transport=tcp",
            "SIP:[2001:db8::1]:5061",
        ] {
            assert!(right.parse::<ServerUri>().is_ok(), "{right}");
        }
        for wrong in [
            "127.0.0.1",
            "google.es",
            "sip:",
            "sip:u@a.example",
            "sip:a.example;lr",
            "sip:a.example:0",
            "sip:a.example:99999",
            "sips:a.example;transport=udp",
            "http:a.example",
            "sip:a b",
            "sip:a.example?x=y",
            "sip:1.2.3.4.5",
            "sip:a.example:+50",
        ] {
            assert!(wrong.parse::<ServerUri>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_domain_may_carry_a_port_and_may_be_an_address() {
        for (text, printed) in [
            ("SIP.Example.", "sip.example"),
            ("sip.example:5070", "sip.example:5070"),
            ("192.0.2.1:5060", "192.0.2.1:5060"),
            ("2001:db8::1", "[2001:db8::1]"),
            ("[2001:db8::1]:5070", "[2001:db8::1]:5070"),
            ("_x.example", "_x.example"),
        ] {
            assert_eq!(text.parse::<HostPort>().map(|h| h.to_string()).as_deref(), Ok(printed), "{text}");
        }
        for wrong in
            ["", "a..b", "-a.example", "a.example:", "a.example:x", "300.1.1.1", "[::1", "a/b", "a@b", "é.example"]
        {
            assert!(wrong.parse::<HostPort>().is_err(), "{wrong}");
        }
    }
}
