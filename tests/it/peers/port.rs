//! Ports for programs that cannot choose one themselves.

use std::net::UdpSocket;

/// A UDP port of loopback that nobody uses now. Whoever takes it in the meantime makes the program say so.
pub(super) fn free() -> u16 {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    socket.local_addr().expect("bound").port()
}

/// Whether somebody listens there.
pub(super) fn is_taken(port: u16) -> bool {
    UdpSocket::bind(("127.0.0.1", port)).is_err()
}
