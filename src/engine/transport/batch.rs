//! Datagrams by the handful: one system call takes or sends many (Linux' `recvmmsg` and `sendmmsg`), which is what a
//! refresh costs most of.

use std::io::{self, IoSlice, IoSliceMut};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, SocketAddrV6, UdpSocket};
use std::os::fd::{AsFd, RawFd};

use nix::errno::Errno;
use nix::sys::socket::{
    ControlMessage, ControlMessageOwned, MsgFlags, MultiHeaders, SockaddrStorage, recvmmsg, sendmmsg, sendmsg,
    setsockopt, sockopt,
};

/// Datagrams of one length to one address that leave in one piece, at least. Fewer are worth less than to be seen one by
/// one by whoever captures packets on this machine: its kernel shows a piece as one packet.
const CROWD: usize = 16;
/// Datagrams that one system call sends.
pub(super) const BATCH: usize = 32;

/// The address that the kernel wrote there.
pub(super) fn address(storage: &SockaddrStorage) -> Option<SocketAddr> {
    let v4 = storage.as_sockaddr_in().map(|v4| SocketAddr::from(SocketAddrV4::from(*v4)));
    v4.or_else(|| storage.as_sockaddr_in6().map(|v6| SocketAddr::from(SocketAddrV6::from(*v6))))
}

/// Pieces that one system call takes: what arrives together may be handed over as one.
const PIECES: usize = 16;
/// Bytes of a piece: no datagram is longer.
const PIECE: usize = 1 << 16;

/// Datagrams that have arrived at one socket.
#[derive(Debug)]
pub(super) struct Inbox {
    headers: MultiHeaders<SockaddrStorage>,
    buffer: Box<[u8]>,
    came: Vec<Piece>,
}

/// Datagrams from one sender, of one length but for the last.
#[derive(Debug)]
struct Piece {
    length: usize,
    each: usize,
    from: Option<SocketAddr>,
}

/// Room for the remark how long each datagram of a piece is.
fn receiving() -> MultiHeaders<SockaddrStorage> {
    MultiHeaders::preallocate(PIECES, Some(nix::cmsg_space!(i32)))
}

impl Inbox {
    /// Of a socket whose kernel joins what arrives together (`UDP_GRO`, Linux 5.0), or one by one.
    pub(super) fn new(socket: &impl AsFd) -> Self {
        let _ = setsockopt(socket, sockopt::UdpGroSegment, &true);
        Self { headers: receiving(), buffer: vec![0; PIECES * PIECE].into(), came: Vec::with_capacity(PIECES) }
    }

    /// Takes what has arrived instead of what was there; never waits.
    pub(super) fn fill(&mut self, socket: RawFd) -> io::Result<()> {
        if !self.came.is_empty() {
            // The kernel has noted in them how little of the room it used, and would not use more.
            self.headers = receiving();
            self.came.clear();
        }
        let mut parts: Vec<[IoSliceMut<'_>; 1]> =
            self.buffer.chunks_mut(PIECE).map(|piece| [IoSliceMut::new(piece)]).collect();
        let came = recvmmsg(socket, &mut self.headers, parts.iter_mut(), MsgFlags::MSG_DONTWAIT, None)?;
        self.came.extend(came.map(|one| {
            let each = one.cmsgs().ok().into_iter().flatten().find_map(|told| {
                if let ControlMessageOwned::UdpGroSegments(length) = told { usize::try_from(length).ok() } else { None }
            });
            let each = each.unwrap_or(one.bytes).max(1);
            Piece { length: one.bytes, each, from: one.address.as_ref().and_then(address) }
        }));
        Ok(())
    }

    /// Those that were taken; of a sender that cannot be named nothing is told.
    pub(super) fn datagrams(&self) -> impl Iterator<Item = (SocketAddr, &[u8])> {
        self.came.iter().zip(self.buffer.chunks(PIECE)).flat_map(|(piece, bytes)| {
            let datagrams = bytes.get(..piece.length).unwrap_or_default().chunks(piece.each);
            // Nothing at all is a datagram, too.
            let empty = (piece.length == 0).then_some(&[][..]);
            let all = datagrams.chain(empty);
            piece.from.into_iter().flat_map(move |from| all.clone().map(move |one| (from, one)))
        })
    }

    /// Whether there may be more.
    pub(super) fn is_full(&self) -> bool {
        self.came.len() == PIECES
    }
}

/// Sends datagrams.
#[derive(Debug)]
pub(super) struct Outbox {
    headers: MultiHeaders<SockaddrStorage>,
    /// Whether the kernel cuts a crowd of datagrams out of one piece (`UDP_SEGMENT`, Linux 4.18): it finds the way for all
    /// of them at once, which is most of what each costs.
    cuts: bool,
}

impl Outbox {
    pub(super) fn new() -> Self {
        Self { headers: MultiHeaders::preallocate(BATCH, None), cuts: can_cut() }
    }

    /// Sends the first of these, as many as there is room for; how many that were. An error is about the very first.
    pub(super) fn send<'a>(
        &mut self,
        socket: RawFd,
        datagrams: impl Iterator<Item = (SocketAddr, &'a [u8])>,
    ) -> io::Result<usize> {
        let few: Vec<(SocketAddr, &[u8])> = datagrams.take(BATCH).collect();
        let mut runs = few.chunk_by(|a, b| a.0 == b.0 && a.1.len() == b.1.len());
        let Some(first) = runs.next() else { return Ok(0) };
        let is_crowd = |run: &[(SocketAddr, &[u8])]| self.cuts && run.len() >= CROWD && !run[0].1.is_empty();
        if is_crowd(first) {
            let parts: Vec<IoSlice<'_>> = first.iter().map(|(_, bytes)| IoSlice::new(bytes)).collect();
            // No datagram can be longer.
            let length = u16::try_from(parts[0].len()).unwrap_or(u16::MAX);
            let each = [ControlMessage::UdpGsoSegments(&length)];
            match sendmsg(socket, &parts, &each, MsgFlags::MSG_DONTWAIT, Some(&SockaddrStorage::from(first[0].0))) {
                Ok(_) => return Ok(first.len()),
                // They are too long together, or their way wants them one by one for its MTU or its hardware.
                Err(Errno::EINVAL | Errno::EMSGSIZE | Errno::EIO) => {}
                Err(other) => return Err(other.into()),
            }
        }
        // One by one up to the next crowd.
        let singly = first.len() + runs.take_while(|run| !is_crowd(run)).map(<[_]>::len).sum::<usize>();
        let (to, parts): (Vec<_>, Vec<_>) =
            few[..singly].iter().map(|(to, bytes)| (Some(SockaddrStorage::from(*to)), [IoSlice::new(bytes)])).unzip();
        Ok(sendmmsg(socket, &mut self.headers, &parts, &to, [], MsgFlags::MSG_DONTWAIT)?.count())
    }
}

/// Whether the kernel knows how: one that does not would send everything as one datagram.
fn can_cut() -> bool {
    UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))
        .is_ok_and(|probe| setsockopt(&probe, sockopt::UdpGsoSegment, &1_200).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsRawFd;
    use std::time::Duration;

    /// What arrives of datagrams of these lengths, sent to two addresses in turns of twenty, with the kernel's help or
    /// without.
    fn arrive(cuts: bool, lengths: &[usize]) -> [Vec<Vec<u8>>; 2] {
        let here = UdpSocket::bind("127.0.0.1:0").unwrap();
        let there = [(); 2].map(|()| UdpSocket::bind("127.0.0.1:0").unwrap());
        let to = |n: usize| there[n / 20 % 2].local_addr().unwrap();
        let sent: Vec<Vec<u8>> =
            lengths.iter().enumerate().map(|(n, length)| vec![u8::try_from(n).unwrap(); *length]).collect();
        let mut outbox = Outbox { cuts, ..Outbox::new() };
        let mut done = 0;
        while done < sent.len() {
            let rest = sent.iter().enumerate().skip(done).map(|(n, bytes)| (to(n), bytes.as_slice()));
            done += outbox.send(here.as_raw_fd(), rest).unwrap();
        }
        let wanted = [0, 1].map(|which| (0..lengths.len()).filter(|n| n / 20 % 2 == which).count());
        let mut wanted = wanted.into_iter();
        there.map(|there| {
            there.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
            let one = || {
                let mut buffer = vec![0; PIECE];
                let length = there.recv(&mut buffer).expect("everything arrives");
                buffer[..length].to_vec()
            };
            std::iter::repeat_with(one).take(wanted.next().unwrap()).collect()
        })
    }

    #[test]
    fn a_crowd_leaves_in_one_piece_where_the_kernel_can_cut_it() {
        let (here, there) = (UdpSocket::bind("127.0.0.1:0").unwrap(), UdpSocket::bind("127.0.0.1:0").unwrap());
        let to = there.local_addr().unwrap();
        let sent: Vec<Vec<u8>> = (0..=CROWD).map(|n| vec![1; if n < CROWD { 700 } else { 701 }]).collect();
        let from = |first: usize| sent[first..].iter().map(|bytes| (to, bytes.as_slice()));
        let mut outbox = Outbox::new();
        assert_eq!(outbox.send(here.as_raw_fd(), from(0)).unwrap(), if can_cut() { CROWD } else { CROWD + 1 });
        assert_eq!(outbox.send(here.as_raw_fd(), from(1)).unwrap(), CROWD, "few leave one by one");
    }

    #[test]
    fn datagrams_of_one_length_arrive_one_by_one_however_they_left() {
        let mixed: Vec<usize> = (0..90).map(|n| if n % 17 == 5 { 1_300 } else { 700 }).collect();
        // So many of the second are more than one piece may have.
        for lengths in [mixed, vec![4_200; CROWD]] {
            let plain = arrive(false, &lengths);
            assert_eq!(plain.iter().map(Vec::len).sum::<usize>(), lengths.len());
            assert!(!can_cut() || arrive(true, &lengths) == plain);
        }
    }

    /// What has arrived, in handfuls, and from one sender.
    fn taken(inbox: &mut Inbox, socket: &UdpSocket, from: SocketAddr) -> Vec<Vec<Vec<u8>>> {
        let mut handfuls = Vec::new();
        loop {
            inbox.fill(socket.as_raw_fd()).unwrap();
            assert!(inbox.datagrams().all(|(sender, _)| sender == from));
            handfuls.push(inbox.datagrams().map(|(_, bytes)| bytes.to_vec()).collect());
            if !inbox.is_full() {
                assert_eq!(inbox.fill(socket.as_raw_fd()).unwrap_err().kind(), io::ErrorKind::WouldBlock);
                assert_eq!(inbox.datagrams().count(), 0);
                return handfuls;
            }
        }
    }

    #[test]
    fn many_travel_in_order_and_in_whole() {
        for any in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(here) = UdpSocket::bind(any) else { continue };
            let there = UdpSocket::bind(any).unwrap();
            let (to, from) = (there.local_addr().unwrap(), here.local_addr().unwrap());
            let sent: Vec<Vec<u8>> = (0..BATCH + 8).map(|n| vec![u8::try_from(n).unwrap(); n * 30]).collect();
            let (mut outbox, mut inbox) = (Outbox::new(), Inbox::new(&there));
            let mut left = sent.iter().map(|bytes| (to, bytes.as_slice()));
            assert_eq!(outbox.send(here.as_raw_fd(), left.by_ref()).unwrap(), BATCH);
            assert_eq!(outbox.send(here.as_raw_fd(), left).unwrap(), 8);
            let came = taken(&mut inbox, &there, from);
            assert_eq!(came.iter().map(Vec::len).collect::<Vec<_>>(), [PIECES, PIECES, 8]);
            assert_eq!(came.concat(), sent);
        }
    }

    #[test]
    fn what_arrives_in_one_piece_is_taken_apart() {
        let (here, there) = (UdpSocket::bind("127.0.0.1:0").unwrap(), UdpSocket::bind("127.0.0.1:0").unwrap());
        let (to, from) = (there.local_addr().unwrap(), here.local_addr().unwrap());
        let mut inbox = Inbox::new(&there);
        // Where the kernel says nothing of a piece, between and after those of which it does, it is one.
        let crowd = |n: u8| vec![vec![n; 700]; CROWD];
        let sent: Vec<Vec<u8>> =
            [crowd(1), vec![vec![2; 9]], crowd(3), vec![vec![], vec![4; 1_300]], crowd(5)].concat();
        let mut outbox = Outbox::new();
        let back: Vec<Vec<u8>> = sent.iter().rev().cloned().collect();
        // The other way, a crowd comes where nothing was said before.
        for sent in [sent, back] {
            let mut done = 0;
            while done < sent.len() {
                let rest = sent[done..].iter().map(|bytes| (to, bytes.as_slice()));
                done += outbox.send(here.as_raw_fd(), rest).unwrap();
            }
            let came = taken(&mut inbox, &there, from);
            assert_eq!(came.concat(), sent);
            assert!(!can_cut() || came.len() == 1, "three crowds came as three pieces");
        }
    }
}
