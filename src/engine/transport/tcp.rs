//! Listening for connections, and what the system says when one fails.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use nix::errno::Errno;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;

use crate::sip::{Transport, Unsent};

/// How long a listener that cannot accept waits before it tries again.
const BREATH: Duration = Duration::from_millis(50);

/// A listener that no runtime drives yet.
#[derive(Debug)]
pub struct Listening(TcpListener);

impl Listening {
    /// Binds, so that a port that is taken is found out before anything else starts.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn to(address: SocketAddr) -> io::Result<Self> {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        // Connections of the run before linger for a while; they do not keep the port.
        socket.set_reuse_address(true)?;
        if address.is_ipv6() {
            socket.set_only_v6(true)?;
        }
        socket.set_nonblocking(true)?;
        socket.bind(&address.into())?;
        socket.listen(128)?;
        Ok(Self(socket.into()))
    }

    /// The address that it is bound to, with the port that was chosen for port 0.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn local(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }

    /// Hands every connection to `accepted`, as long as anybody takes them; with an acceptor it is a TLS port.
    ///
    /// # Errors
    /// What the runtime says.
    pub fn drive(self, acceptor: Option<TlsAcceptor>, accepted: mpsc::Sender<Accepted>) -> io::Result<()> {
        let listener = tokio::net::TcpListener::from_std(self.0)?;
        let transport = if acceptor.is_some() { Transport::Tls } else { Transport::Tcp };
        tokio::spawn(async move {
            loop {
                let Ok((stream, peer)) = listener.accept().await else {
                    // One that broke while it waited harms nobody; without descriptors, some may soon be free.
                    tokio::time::sleep(BREATH).await;
                    continue;
                };
                let one = Accepted { stream, peer, transport, acceptor: acceptor.clone() };
                if accepted.send(one).await.is_err() {
                    return;
                }
            }
        });
        Ok(())
    }
}

/// A connection that somebody opened to our port.
pub struct Accepted {
    pub stream: TcpStream,
    pub peer: SocketAddr,
    pub transport: Transport,
    /// For a TLS port.
    pub acceptor: Option<TlsAcceptor>,
}

/// Connects, from this address of ours when one is given.
pub(super) async fn connect(to: SocketAddr, from: Option<SocketAddr>) -> io::Result<TcpStream> {
    let Some(from) = from else { return TcpStream::connect(to).await };
    let socket = if to.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.bind(from)?;
    socket.connect(to).await
}

/// Why a connection failed, in the words of the user agent.
pub(super) fn why(error: &io::Error) -> Unsent {
    if error.kind() == io::ErrorKind::TimedOut {
        return Unsent::NoAnswer;
    }
    match error.raw_os_error().map(Errno::from_raw) {
        Some(Errno::ENETUNREACH | Errno::EHOSTUNREACH | Errno::ENETDOWN | Errno::EHOSTDOWN | Errno::EACCES) => {
            Unsent::Unreachable
        }
        Some(Errno::EMFILE | Errno::ENFILE | Errno::EADDRNOTAVAIL | Errno::ENOBUFS) => Unsent::LocalSocket,
        _ => Unsent::Refused,
    }
}
