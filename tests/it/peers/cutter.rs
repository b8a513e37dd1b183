//! A link for connections that hands on what the far side says in pieces that no message ends with.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

/// See the module. Its threads end with their connections.
pub(super) struct Cutter {
    pub(super) at: SocketAddr,
}

impl Cutter {
    /// A link to this port that hands answers on in pieces of so many bytes, each as a segment of its own.
    pub(super) fn to(port: u16, piece: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let at = listener.local_addr().expect("bound");
        thread::spawn(move || {
            while let Ok((near, _)) = listener.accept() {
                let far = TcpStream::connect(("127.0.0.1", port)).expect("somebody listens there");
                near.set_nodelay(true).expect("a connection");
                let (requests, answers) = (near.try_clone().expect("two ends"), far.try_clone().expect("two ends"));
                thread::spawn(move || hand_on(requests, far, usize::MAX));
                thread::spawn(move || hand_on(answers, near, piece));
            }
        });
        Self { at }
    }
}

fn hand_on(mut from: TcpStream, mut to: TcpStream, piece: usize) {
    let mut buffer = vec![0; 65_536];
    while let Ok(length) = from.read(&mut buffer) {
        if length == 0 {
            break;
        }
        for piece in buffer[..length].chunks(piece) {
            if to.write_all(piece).and_then(|()| to.flush()).is_err() {
                return;
            }
            // Without a pause the system would put the pieces together again.
            thread::yield_now();
        }
    }
    let _ = to.shutdown(std::net::Shutdown::Both);
}
