//! Telling our Contact among those that come back.

use super::wire::Transport;

/// How a listed Contact URI compares with ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likeness {
    /// Equal by RFC 3261 §19.1.4, save that a default port and no port are one.
    Same,
    /// Our user at another host or port: some registrars rewrite it.
    SameUser,
    Other,
}

/// Compares a listed Contact URI with the one that we sent over `transport`.
pub fn likeness(listed: &[u8], ours: &str, transport: Transport) -> Likeness {
    // Mostly it comes back as it was sent.
    if listed == ours.as_bytes() {
        return Likeness::Same;
    }
    let (Some(a), Some(b)) = (Parts::of(listed), Parts::of(ours.as_bytes())) else { return Likeness::Other };
    let transport_fits = a.transport.is_none_or(|t| t.eq_ignore_ascii_case(transport.as_str().as_bytes()));
    let same_user = a.user == b.user && a.bulk == b.bulk;
    if !same_user || !a.scheme.eq_ignore_ascii_case(b.scheme) {
        Likeness::Other
    } else if a.host.eq_ignore_ascii_case(b.host) && a.port == b.port && transport_fits {
        Likeness::Same
    } else {
        Likeness::SameUser
    }
}

struct Parts<'a> {
    scheme: &'a [u8],
    user: Vec<u8>,
    host: &'a [u8],
    port: u16,
    transport: Option<&'a [u8]>,
    /// RFC 6140: it stands for many numbers.
    bulk: bool,
}

impl<'a> Parts<'a> {
    fn of(uri: &'a [u8]) -> Option<Self> {
        let (scheme, rest) = uri.split_at(memchr::memchr(b':', uri)?);
        let rest = &rest[1..];
        // `;` and `?` may stand in a user part, so the last `@` before the host is looked for first.
        let (user, rest) = match memchr::memrchr(b'@', rest) {
            Some(at) => (unescaped_user(&rest[..at]), &rest[at + 1..]),
            None => (Vec::new(), rest),
        };
        let end = rest.iter().position(|b| matches!(b, b';' | b'?')).unwrap_or(rest.len());
        let (host_port, parameters) = rest.split_at(end);
        let after_literal = memchr::memrchr(b']', host_port).unwrap_or(0);
        let (host, port) = match memchr::memchr(b':', &host_port[after_literal..]) {
            Some(colon) => {
                let port = std::str::from_utf8(&host_port[after_literal + colon + 1..]).ok()?.parse().ok()?;
                (&host_port[..after_literal + colon], port)
            }
            None => (host_port, 5060),
        };
        let transport = parameters
            .split(|b| matches!(b, b';' | b'?'))
            .find_map(|p| p.get(..10).filter(|n| n.eq_ignore_ascii_case(b"transport=")).map(|_| &p[10..]));
        let bulk = parameters.split(|b| *b == b';').any(|p| p.eq_ignore_ascii_case(b"bnc"));
        Some(Self { scheme, user, host, port, transport, bulk })
    }
}

fn unescaped_user(user: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(user.len());
    let mut at = 0;
    while let Some(&b) = user.get(at) {
        let hex = user.get(at + 1..at + 3).and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.filter(|_| b == b'%').and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(b);
                at += 1;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bulk_contacts_are_like_bulk_contacts_only() {
        let ours = "sip:192.0.2.1:5070;bnc";
        for (listed, like) in [
            ("sip:192.0.2.1:5070;BNC", Likeness::Same),
            ("sip:198.51.100.1;bnc", Likeness::SameUser),
            ("sip:192.0.2.1:5070", Likeness::Other),
            ("sip:1@192.0.2.1:5070;bnc", Likeness::Other),
        ] {
            assert_eq!(likeness(listed.as_bytes(), ours, Transport::Udp), like, "{listed}");
        }
    }

    #[test]
    fn our_contact_is_told_among_others() {
        let ours = "sip:+34900@proxy.example:5070";
        for (listed, like) in [
            ("sip:+34900@PROXY.example:5070", Likeness::Same),
            ("sip:%2B34900@proxy.example:5070;line=x", Likeness::Same),
            ("sip:+34900@proxy.example:5070;transport=udp", Likeness::Same),
            ("sip:+34900@proxy.example:5070;transport=tcp", Likeness::SameUser),
            ("sip:+34900@proxy.example:5071", Likeness::SameUser),
            ("sip:+34900@198.51.100.1:5070", Likeness::SameUser),
            ("sip:+34901@proxy.example:5070", Likeness::Other),
            ("sips:+34900@proxy.example:5070", Likeness::Other),
            ("tel:+34900", Likeness::Other),
            ("*", Likeness::Other),
            ("sip:+34900@proxy.example:99999", Likeness::Other),
        ] {
            assert_eq!(likeness(listed.as_bytes(), ours, Transport::Udp), like, "{listed}");
        }
        assert_eq!(likeness(b"sip:1@a.example:5060", "sip:1@a.example", Transport::Udp), Likeness::Same);
        assert_eq!(likeness(b"sip:1@[2001:DB8::1]", "sip:1@[2001:db8::1]:5060", Transport::Udp), Likeness::Same);
    }
}
