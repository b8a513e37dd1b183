//! Ports for programs that cannot choose one themselves.

use std::net::{TcpListener, UdpSocket};

/// A port of loopback that nobody uses now, over UDP or TCP. Whoever takes it in the meantime makes the program say so.
pub(super) fn free() -> u16 {
    let taken = |port| TcpListener::bind(("127.0.0.1", port)).is_err();
    let mut ports = (0..100).map(|_| {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
        socket.local_addr().expect("bound").port()
    });
    ports.find(|port| !taken(*port)).expect("a port that is free over both")
}

/// Whether somebody listens there, over UDP or TCP.
pub(super) fn is_taken(port: u16) -> bool {
    UdpSocket::bind(("127.0.0.1", port)).is_err() || TcpListener::bind(("127.0.0.1", port)).is_err()
}
