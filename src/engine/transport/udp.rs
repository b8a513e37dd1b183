//! One UDP socket that sends and receives everything, so that answers, calls and keep-alives find the port that we
//! announce. ICMP errors are read from the socket's error queue, which names the destination that they are about.

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;

use futures_util::future::select_all;
use nix::errno::Errno;
use nix::sys::socket::{ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg, setsockopt, sockopt};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::io::Interest;

use super::batch::{BATCH, Inbox, Outbox, address};
use crate::sip::target::Target;
use crate::sip::{Flow, Transmit, Transport, Unsent};

/// Bytes of kernel buffer that are asked for each way; the kernel may give less.
const BUFFER: usize = 4 * 1024 * 1024;

/// A bound socket that no runtime drives yet.
#[derive(Debug)]
pub struct Bound(UdpSocket);

impl Bound {
    /// Binds, so that a port that is taken is found out before anything else starts.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn to(address: SocketAddr) -> io::Result<Self> {
        let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
        // Smaller buffers work too; they drop sooner in a burst.
        let _ = socket.set_recv_buffer_size(BUFFER);
        let _ = socket.set_send_buffer_size(BUFFER);
        if address.is_ipv4() {
            setsockopt(&socket, sockopt::Ipv4RecvErr, &true)?;
        } else {
            socket.set_only_v6(true)?;
            setsockopt(&socket, sockopt::Ipv6RecvErr, &true)?;
        }
        socket.set_nonblocking(true)?;
        socket.bind(&address.into())?;
        Ok(Self(socket.into()))
    }

    /// The address that it is bound to, with the port that was chosen for port 0.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn local(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }

    /// Hands the socket to the runtime of the calling task.
    ///
    /// # Errors
    /// What the runtime says.
    pub fn drive(self) -> io::Result<Udp> {
        let local = self.local()?;
        Ok(Udp { socket: tokio::net::UdpSocket::from_std(self.0)?, local })
    }
}

/// A socket that a runtime drives.
#[derive(Debug)]
pub struct Udp {
    socket: tokio::net::UdpSocket,
    local: SocketAddr,
}

/// What became of a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sending {
    Sent,
    /// The kernel's buffer is full: wait until the socket is writable.
    Full,
    Failed(Unsent),
}

impl Udp {
    /// The address that it is bound to.
    pub fn local(&self) -> SocketAddr {
        self.local
    }

    /// The flow of a datagram that came from there, or goes there.
    pub fn flow(&self, to: SocketAddr) -> Flow {
        let target = Target { transport: Transport::Udp, address: to };
        Flow { target, local: Some(self.local), name: None }
    }

    /// Waits until there is something to read, an error included.
    ///
    /// # Errors
    /// What the runtime says.
    pub async fn readable(&self) -> io::Result<()> {
        self.socket.ready(Interest::READABLE | Interest::ERROR).await.map(|_| ())
    }

    /// Waits until there is room to send.
    ///
    /// # Errors
    /// What the runtime says.
    pub async fn writable(&self) -> io::Result<()> {
        self.socket.writable().await
    }

    /// The next datagram that has arrived.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] when there is none; any other is a pending ICMP error, see [`Udp::next_unsent`].
    pub fn receive(&self, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.socket.try_recv_from(buffer)
    }

    /// Sends a datagram, or says why not.
    pub fn send(&self, to: SocketAddr, bytes: &[u8]) -> Sending {
        // A pending error of an earlier datagram is told by the next call, whatever that is: it is not about this one,
        // which is then sent by a second call.
        let mut failed = None;
        for _ in 0..3 {
            match self.socket.try_send_to(bytes, to) {
                Ok(_) => return Sending::Sent,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Sending::Full,
                Err(error) => failed = Some(error),
            }
        }
        Sending::Failed(failed.as_ref().map_or(Unsent::LocalSocket, unsent))
    }

    /// The next destination that ICMP reports as not reached.
    pub fn next_unsent(&self) -> Option<(SocketAddr, Unsent)> {
        self.socket.try_io(Interest::ERROR, || self.read_error_queue()).ok()
    }

    fn read_error_queue(&self) -> io::Result<(SocketAddr, Unsent)> {
        let mut control = nix::cmsg_space!([u8; 256]);
        let mut data = [0; 64];
        let mut parts = [io::IoSliceMut::new(&mut data)];
        let flags = MsgFlags::MSG_ERRQUEUE | MsgFlags::MSG_DONTWAIT;
        let message = recvmsg::<SockaddrStorage>(self.socket.as_raw_fd(), &mut parts, Some(&mut control), flags)?;
        let to = message.address.as_ref().and_then(address).ok_or(io::ErrorKind::InvalidData)?;
        let errno = message.cmsgs()?.find_map(|item| {
            if let ControlMessageOwned::Ipv4RecvErr(error, _) | ControlMessageOwned::Ipv6RecvErr(error, _) = item {
                Some(i32::try_from(error.ee_errno).unwrap_or_default())
            } else {
                None
            }
        });
        Ok((to, errno.map_or(Unsent::Unreachable, |errno| unsent(&io::Error::from_raw_os_error(errno)))))
    }
}

/// A socket of a thread of its own, that takes and sends datagrams by the handful.
#[derive(Debug)]
pub struct Bulk {
    pub udp: Udp,
    inbox: Inbox,
    outbox: Outbox,
}

impl Bulk {
    pub fn new(udp: Udp) -> Self {
        Self { inbox: Inbox::new(&udp.socket), udp, outbox: Outbox::new() }
    }

    /// Takes what has arrived, a handful at most; `true` when there may be more. [`Bulk::came`] tells what it is.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] when there is nothing; any other is a pending ICMP error, see [`Udp::next_unsent`].
    pub fn receive(&mut self) -> io::Result<bool> {
        let (socket, inbox) = (&self.udp.socket, &mut self.inbox);
        socket.try_io(Interest::READABLE, || inbox.fill(socket.as_raw_fd()))?;
        Ok(self.inbox.is_full())
    }

    /// What was received last: where from, and what.
    pub fn came(&self) -> impl Iterator<Item = (SocketAddr, &[u8])> {
        self.inbox.datagrams()
    }

    /// Sends these, until the kernel has no room; how many from the first on are done with. Each handful is put in another
    /// order, so that what is alike is next to each other. Each that cannot leave is told.
    pub fn send_all(&mut self, datagrams: &mut [Transmit], mut failed: impl FnMut(&Transmit, Unsent)) -> usize {
        let (socket, outbox) = (&self.udp.socket, &mut self.outbox);
        let (mut done, mut tries, mut sorted) = (0, 0, 0);
        while let Some(rest) = datagrams.get_mut(done..).filter(|rest| !rest.is_empty()) {
            if done >= sorted {
                let few = rest.len().min(BATCH);
                rest[..few].sort_unstable_by_key(|one| (one.flow.target.address, one.bytes.len()));
                sorted = done + few;
            }
            let parts = rest.iter().map(|one| (one.flow.target.address, &*one.bytes));
            match socket.try_io(Interest::WRITABLE, || outbox.send(socket.as_raw_fd(), parts)) {
                Ok(sent) => (done, tries) = (done + sent, 0),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                // A pending error of an earlier datagram is told by the next call, whatever that is: it is not about this
                // one, which is then sent by a second call.
                Err(_) if tries < 2 => tries += 1,
                Err(error) => {
                    rest.iter().take(1).for_each(|one| failed(one, unsent(&error)));
                    (done, tries) = (done + 1, 0);
                }
            }
        }
        done
    }
}

fn unsent(error: &io::Error) -> Unsent {
    match error.raw_os_error().map(Errno::from_raw) {
        Some(Errno::ECONNREFUSED) => Unsent::Refused,
        Some(Errno::ENETUNREACH | Errno::EHOSTUNREACH | Errno::ENETDOWN | Errno::EHOSTDOWN | Errno::EACCES) => {
            Unsent::Unreachable
        }
        _ => Unsent::LocalSocket,
    }
}

/// Waits until one of the sockets has something to read.
pub async fn any_readable(sockets: &[Bulk]) {
    match sockets {
        [] => std::future::pending().await,
        [one] => drop(one.udp.readable().await),
        several => drop(select_all(several.iter().map(|one| Box::pin(one.udp.readable()))).await),
    }
}

/// Waits until the socket with this address has room; for ever when nobody waits for that.
pub async fn writable(sockets: &[Bulk], waits_for: Option<Option<SocketAddr>>) {
    let Some(local) = waits_for else { return std::future::pending().await };
    // What has no socket is told as soon as it is tried.
    if let Some(socket) = sockets.iter().find(|socket| Some(socket.udp.local()) == local) {
        let _ = socket.udp.writable().await;
    }
}

/// Which of our addresses leads to `to`, found by connecting a socket of its own that sends nothing; `None` without a
/// route.
pub fn source_for(to: IpAddr) -> Option<IpAddr> {
    let any: SocketAddr = if to.is_ipv4() { ([0, 0, 0, 0], 0).into() } else { ([0u16; 8], 0).into() };
    let socket = UdpSocket::bind(any).ok()?;
    socket.connect(SocketAddr::new(to, 5060)).ok()?;
    socket.local_addr().ok().map(|local| local.ip()).filter(|ip| !ip.is_unspecified())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test]
    async fn a_closed_port_is_told_with_its_address() {
        let mut bulk = Bulk::new(Bound::to("127.0.0.1:0".parse().unwrap()).unwrap().drive().unwrap());
        let closed = {
            let other = UdpSocket::bind("127.0.0.1:0").unwrap();
            other.local_addr().unwrap()
        };
        bulk.udp.writable().await.unwrap();
        let one = Transmit { flow: bulk.udp.flow(closed), bytes: b"x".as_slice().into() };
        assert_eq!(bulk.send_all(&mut [one], |_, why| panic!("{why:?}")), 1);
        let told = tokio::time::timeout(Duration::from_secs(5), async {
            loop {
                bulk.udp.readable().await.unwrap();
                if let Some(told) = bulk.udp.next_unsent() {
                    return told;
                }
                let _ = bulk.receive();
            }
        });
        assert_eq!(told.await.unwrap(), (closed, Unsent::Refused));
    }

    #[test]
    fn loopback_is_reached_from_loopback() {
        assert_eq!(source_for("127.0.0.1".parse().unwrap()), Some("127.0.0.1".parse().unwrap()));
    }
}
