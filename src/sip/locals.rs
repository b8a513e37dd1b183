//! Our own addresses: what we listen on, and so what we can say and where answers find us.

use std::net::{IpAddr, SocketAddr};

use super::wire::Transport;

/// The addresses that the engine is bound to, by transport; one for each address family at most.
#[derive(Clone, Debug, Default)]
pub struct Locals(Vec<(Transport, SocketAddr)>);

impl Locals {
    pub fn new(bound: Vec<(Transport, SocketAddr)>) -> Self {
        Self(bound)
    }

    fn of(&self, transport: Transport, is_v4: bool) -> Option<SocketAddr> {
        self.0.iter().find(|(t, address)| *t == transport && address.is_ipv4() == is_v4).map(|(_, address)| *address)
    }

    /// Whether a message can leave this way: datagrams need a socket of the family, connections make their own.
    pub fn speaks(&self, transport: Transport, is_v4: bool) -> bool {
        transport != Transport::Udp || self.of(Transport::Udp, is_v4).is_some()
    }

    /// Whether this address of an earlier Contact may still be ours; an unspecified address of ours only tells the port.
    pub fn may_be(&self, address: SocketAddr) -> bool {
        let same = |ours: &SocketAddr| ours.ip() == address.ip() || ours.ip().is_unspecified();
        self.0.iter().any(|(_, ours)| same(ours) && ours.port() == address.port())
    }

    /// Where we listen for answers and calls that come over this transport; the address is unspecified when only a
    /// route can tell it. Without a listener of its own, a transport names the datagram port: somebody is there.
    pub fn towards(&self, transport: Transport, to: IpAddr) -> SocketAddr {
        let any =
            if to.is_ipv4() { SocketAddr::from(([0, 0, 0, 0], 5060)) } else { SocketAddr::from(([0u16; 8], 5060)) };
        self.of(transport, to.is_ipv4()).or_else(|| self.of(Transport::Udp, to.is_ipv4())).unwrap_or(any)
    }
}
