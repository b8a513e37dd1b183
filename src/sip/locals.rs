//! Our own addresses: what we listen on, and so what we can say and where answers find us.

use std::net::{IpAddr, SocketAddr};

use super::wire::Transport;

/// The addresses that the engine is bound to, by transport. The first of a transport and address family is the one that is
/// used unless a contract chooses another.
#[derive(Clone, Debug, Default)]
pub struct Locals(Vec<(Transport, SocketAddr)>);

/// Where a message leaves from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// Where answers and calls find us; the address is unspecified when only a route can tell it.
    pub sent_by: SocketAddr,
    /// Our end of the flow, see [`Flow`](super::wire::Flow).
    pub local: Option<SocketAddr>,
}

impl Locals {
    pub fn new(bound: Vec<(Transport, SocketAddr)>) -> Self {
        Self(bound)
    }

    fn of(&self, transport: Transport, is_v4: bool) -> impl Iterator<Item = SocketAddr> + '_ {
        let fits = move |(t, address): &&(Transport, SocketAddr)| *t == transport && address.is_ipv4() == is_v4;
        self.0.iter().filter(fits).map(|(_, address)| *address)
    }

    /// Whether a message can leave this way: datagrams need a socket of the family, connections make their own.
    pub fn speaks(&self, transport: Transport, is_v4: bool) -> bool {
        transport != Transport::Udp || self.of(Transport::Udp, is_v4).next().is_some()
    }

    /// Whether this address of an earlier Contact may still be ours; an unspecified address of ours only tells the port.
    pub fn may_be(&self, address: SocketAddr) -> bool {
        let same = |ours: &SocketAddr| ours.ip() == address.ip() || ours.ip().is_unspecified();
        self.0.iter().any(|(_, ours)| same(ours) && ours.port() == address.port())
    }

    /// Where messages over this transport leave from: `chosen`, or the first socket that serves. `None` when the one
    /// that was chosen is not there, or is of the other family. A connection without a listener of its own names the
    /// datagram port: somebody is there.
    pub fn source(&self, transport: Transport, to: IpAddr, chosen: Option<SocketAddr>) -> Option<Source> {
        let is_v4 = to.is_ipv4();
        let sent_by = match chosen {
            Some(chosen) => self.chosen(transport, chosen).filter(|_| chosen.is_ipv4() == is_v4)?,
            None => {
                let any = SocketAddr::new(if is_v4 { [0, 0, 0, 0].into() } else { [0u16; 8].into() }, 5060);
                self.of(transport, is_v4).chain(self.of(Transport::Udp, is_v4)).next().unwrap_or(any)
            }
        };
        let local = match transport {
            Transport::Udp => Some(sent_by),
            // A port of its own for each connection.
            Transport::Tcp | Transport::Tls => {
                chosen.filter(|chosen| !chosen.ip().is_unspecified()).map(|chosen| SocketAddr::new(chosen.ip(), 0))
            }
        };
        Some(Source { sent_by, local })
    }

    fn chosen(&self, transport: Transport, chosen: SocketAddr) -> Option<SocketAddr> {
        let mut mine = self.of(transport, chosen.is_ipv4());
        let same = |address: &SocketAddr| *address == chosen;
        let near = |address: &SocketAddr| address.ip() == chosen.ip();
        let there = |address: &SocketAddr| self.0.iter().any(|(_, bound)| bound == address);
        self.of(transport, chosen.is_ipv4())
            .find(same)
            .or_else(|| mine.find(near))
            .or_else(|| Some(chosen).filter(|chosen| transport != Transport::Udp && there(chosen)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_the_first_that_serves_or_the_one_that_was_chosen() {
        let at = |text: &str| text.parse::<SocketAddr>().unwrap();
        let locals = Locals::new(vec![
            (Transport::Udp, at("192.0.2.1:5060")),
            (Transport::Tcp, at("192.0.2.1:5062")),
            (Transport::Udp, at("198.51.100.1:5060")),
            (Transport::Udp, at("[2001:db8::1]:5060")),
        ]);
        let source = |transport, to: &str, chosen: Option<&str>| {
            let source = locals.source(transport, to.parse().unwrap(), chosen.map(at))?;
            Some((source.sent_by.to_string(), source.local.map(|local| local.to_string())))
        };
        let is = |sent_by: &str, local: Option<&str>| Some((sent_by.to_owned(), local.map(Into::into)));
        let (v4, v6) = ("203.0.113.1", "2001:db8::9");
        let second = "198.51.100.1:5060";
        assert_eq!(source(Transport::Udp, v4, None), is("192.0.2.1:5060", Some("192.0.2.1:5060")));
        assert_eq!(source(Transport::Udp, v6, None), is("[2001:db8::1]:5060", Some("[2001:db8::1]:5060")));
        assert_eq!(source(Transport::Tcp, v4, None), is("192.0.2.1:5062", None));
        assert_eq!(source(Transport::Tls, v4, None), is("192.0.2.1:5060", None));
        assert_eq!(source(Transport::Udp, v4, Some(second)), is(second, Some(second)));
        assert_eq!(source(Transport::Tcp, v4, Some(second)), is(second, Some("198.51.100.1:0")));
        assert_eq!(source(Transport::Tcp, v4, Some("192.0.2.1:5060")), is("192.0.2.1:5062", Some("192.0.2.1:0")));
        assert_eq!(source(Transport::Udp, v6, Some(second)), None);
        assert_eq!(source(Transport::Udp, v4, Some("203.0.113.9:5060")), None);
        assert_eq!(source(Transport::Tcp, v4, Some("203.0.113.9:5060")), None);
    }
}
