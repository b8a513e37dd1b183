//! From where somebody asks: the address at the other end, or, when that is a proxy of ours, whom it asks for.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use actix_web::dev::ServiceRequest;
use actix_web::http::header::HeaderMap;
use actix_web::{HttpMessage, HttpRequest};

use super::settings::WebConfig;
use super::who::Who;

/// Most proxies in a row that are looked at.
const HOPS_MOST: usize = 20;

/// The address that the guard found out.
pub(crate) fn known(request: &HttpRequest) -> Option<IpAddr> {
    request.extensions().get::<Who>().and_then(|who| who.actor.from)
}

/// The same, for the delay of failures.
pub(crate) fn told(request: &HttpRequest) -> IpAddr {
    known(request).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
}

/// From where a request comes.
pub(crate) fn address(request: &ServiceRequest, config: &WebConfig) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip().to_canonical();
    Some(behind(peer, request.headers(), |address| config.trusted_proxies.iter().any(|net| net.contains(&address))))
}

/// The last address that is not a trusted proxy. Each proxy adds whom it asks for at the end, so what stands before an
/// address that is not trusted may be anybody's invention.
fn behind(peer: IpAddr, headers: &HeaderMap, trusted: impl Fn(IpAddr) -> bool) -> IpAddr {
    let mut at = peer;
    for hop in named(headers).iter().rev().take(HOPS_MOST) {
        match hop {
            _ if !trusted(at) => break,
            Some(address) => at = *address,
            // A proxy that hides whom it asks for is the last that is known.
            None => break,
        }
    }
    at
}

/// Whom the proxies named, first to last: `Forwarded` (RFC 7239) when there is one, else `X-Forwarded-For`.
fn named(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let lines = |name: &str| -> Vec<String> {
        let values = headers.get_all(name).filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).map(|item| item.trim().to_owned()).collect()
    };
    let forwarded = lines("forwarded");
    if forwarded.is_empty() {
        return lines("x-forwarded-for").iter().map(|item| read(item)).collect();
    }
    let node = |item: &String| {
        let pairs = item.split(';').filter_map(|pair| pair.split_once('='));
        pairs.into_iter().find(|(name, _)| name.trim().eq_ignore_ascii_case("for")).and_then(|(_, value)| read(value))
    };
    forwarded.iter().map(node).collect()
}

/// An address with or without port, brackets and quotes.
fn read(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    let bare = text.strip_prefix('[').and_then(|text| text.split_once(']')).map_or(text, |(address, _)| address);
    let address = bare.parse::<IpAddr>().or_else(|_| text.parse::<SocketAddr>().map(|address| address.ip()));
    address.ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    type Sent<'a> = &'a [(&'a str, &'a str)];

    #[test]
    fn only_a_trusted_proxy_is_believed_and_only_about_its_own_neighbour() {
        let cases: [(&str, Sent<'_>, &str); 9] = [
            ("198.51.100.1", &[("x-forwarded-for", "203.0.113.9")], "198.51.100.1"),
            ("127.0.0.1", &[("x-forwarded-for", "203.0.113.9")], "203.0.113.9"),
            ("127.0.0.1", &[("x-forwarded-for", "192.0.2.66, 203.0.113.9")], "203.0.113.9"),
            ("127.0.0.1", &[("x-forwarded-for", "203.0.113.9, 10.0.0.2")], "203.0.113.9"),
            ("127.0.0.1", &[("x-forwarded-for", "203.0.113.9"), ("x-forwarded-for", "10.0.0.2:4711")], "203.0.113.9"),
            ("127.0.0.1", &[("forwarded", "for=\"[2001:db8::1]:4711\";proto=https")], "2001:db8::1"),
            (
                "127.0.0.1",
                &[("forwarded", "for=192.0.2.1, For=203.0.113.9"), ("x-forwarded-for", "192.0.2.7")],
                "203.0.113.9",
            ),
            ("127.0.0.1", &[("forwarded", "for=203.0.113.9, for=unknown")], "127.0.0.1"),
            ("127.0.0.1", &[], "127.0.0.1"),
        ];
        for (peer, headers, expected) in cases {
            let mut map = HeaderMap::new();
            for (name, value) in headers {
                map.append(HeaderName::from_static(name), HeaderValue::from_static(value));
            }
            let trusted = |address: IpAddr| address.is_loopback() || address.to_string().starts_with("10.");
            assert_eq!(behind(peer.parse().unwrap(), &map, trusted).to_string(), expected, "{headers:?}");
        }
    }
}
