//! The same messages with nothing behind them: what no client on this machine can be much quicker than. It remembers each
//! account's HA1, writes its requests from parts, and takes and sends datagrams by the handful.

use std::io::{IoSlice, IoSliceMut};
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

use alta::engine::meter::thread_time;
use md5::{Digest, Md5};
use nix::sys::socket::{MsgFlags, MultiHeaders, SockaddrIn, recvmmsg, sendmmsg};

const BATCH: usize = 64;
/// Requests in flight.
const WINDOW: usize = 512;
const REALM: &str = "load";
const NONCE: &str = "0123456789abcdef0123456789abcdef";

/// Microseconds on a processor of each.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Costs {
    pub(crate) first: f64,
    pub(crate) refresh: f64,
    /// One at a time, a thousand a second.
    pub(crate) trickle: f64,
    /// Until all were registered.
    pub(crate) wall: Duration,
}

struct Bare {
    socket: UdpSocket,
    to: SocketAddr,
    local: SocketAddr,
    /// Of each account.
    ha1: Vec<[u8; 32]>,
    cseq: u32,
}

/// Registers so many accounts there, refreshes them in one round, and then some of them one by one.
pub(crate) fn measure(to: SocketAddr, entries: usize, trickle: Duration) -> Costs {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let shared = socket2::SockRef::from(&socket);
    let _ = shared.set_recv_buffer_size(64 << 20);
    let _ = shared.set_send_buffer_size(64 << 20);
    socket.set_read_timeout(Some(Duration::from_secs(2))).expect("a time-out");
    let local = socket.local_addr().expect("bound");
    let mut bare = Bare { socket, to, local, ha1: vec![[0; 32]; entries], cseq: 0 };
    let busy = || thread_time().expect("the system tells") as f64;
    let (start, began) = (busy(), Instant::now());
    bare.round(false);
    let wall = began.elapsed();
    let registered = busy();
    bare.round(true);
    let refreshed = busy();
    let count = bare.one_by_one(trickle);
    Costs {
        first: (registered - start) / entries as f64,
        refresh: (refreshed - registered) / entries as f64,
        trickle: (busy() - refreshed) / count as f64,
        wall,
    }
}

fn hex(digest: impl AsRef<[u8]>) -> [u8; 32] {
    let mut out = [0; 32];
    for (pair, byte) in out.chunks_mut(2).zip(digest.as_ref()) {
        let digit = |n: u8| b"0123456789abcdef"[usize::from(n)];
        pair.copy_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
    }
    out
}

impl Bare {
    /// Every account once, as quickly as answers come.
    fn round(&mut self, knows_nonce: bool) {
        self.cseq += 2;
        let count = self.ha1.len();
        let mut buffers = vec![[0u8; 2048]; BATCH];
        let mut receiving = MultiHeaders::<SockaddrIn>::preallocate(BATCH, None);
        let (mut begun, mut done) = (0, 0);
        let mut leaving: Vec<Vec<u8>> = Vec::with_capacity(2 * BATCH);
        while done < count {
            while begun < count && begun - done + leaving.len() < WINDOW && leaving.len() < BATCH {
                leaving.push(self.request(begun, knows_nonce));
                begun += 1;
            }
            self.send(&leaving);
            leaving.clear();
            let mut parts: Vec<[IoSliceMut<'_>; 1]> = buffers.iter_mut().map(|b| [IoSliceMut::new(b)]).collect();
            let flags = MsgFlags::MSG_WAITFORONE;
            let came = recvmmsg(self.socket.as_raw_fd(), &mut receiving, parts.iter_mut(), flags, None)
                .expect("an answer within two seconds");
            let lengths: Vec<usize> = came.map(|one| one.bytes).collect();
            for (buffer, length) in buffers.iter().zip(lengths) {
                let answer = &buffer[..length];
                match &answer[8..11] {
                    b"401" => {
                        let account = account_of(answer);
                        let user = format!("u{account:07}");
                        let parts = [user.as_bytes(), b":", REALM.as_bytes(), b":bench-password"].concat();
                        self.ha1[account] = hex(Md5::digest(parts));
                        leaving.push(self.request(account, true));
                    }
                    _ => done += 1,
                }
            }
        }
    }

    /// A thousand a second, each by itself; how many that were.
    fn one_by_one(&mut self, during: Duration) -> usize {
        self.cseq += 2;
        let mut buffer = [0; 2048];
        let (began, count) = (Instant::now(), self.ha1.len());
        let mut sent = 0;
        while began.elapsed() < during {
            let due = began + Duration::from_millis(sent as u64);
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            let request = self.request(sent % count, true);
            self.socket.send_to(&request, self.to).expect("sent");
            self.socket.recv(&mut buffer).expect("an answer within two seconds");
            sent += 1;
        }
        sent
    }

    fn send(&self, datagrams: &[Vec<u8>]) {
        let SocketAddr::V4(to) = self.to else { panic!("IPv4") };
        let mut sending = MultiHeaders::<SockaddrIn>::preallocate(BATCH, None);
        for chunk in datagrams.chunks(BATCH) {
            let parts: Vec<[IoSlice<'_>; 1]> = chunk.iter().map(|one| [IoSlice::new(one)]).collect();
            let to = vec![Some(SockaddrIn::from(to)); parts.len()];
            let sent = sendmmsg(self.socket.as_raw_fd(), &mut sending, &parts, &to, [], MsgFlags::empty());
            assert_eq!(sent.expect("sent").count(), chunk.len());
        }
    }

    /// A REGISTER as Alta writes it.
    fn request(&self, account: usize, with_credentials: bool) -> Vec<u8> {
        use std::io::Write as _;
        let (to, local, cseq) = (self.to, self.local, self.cseq + u32::from(with_credentials));
        let mut out = Vec::with_capacity(900);
        write!(
            out,
            "REGISTER sip:{to} SIP/2.0\r\nVia: SIP/2.0/UDP {local};branch=z9hG4bK{account:032x};rport\r\n\
             Max-Forwards: 70\r\nFrom: <sip:u{account:07}@{to}>;tag={account:016x}\r\nTo: <sip:u{account:07}@{to}>\r\n\
             Call-ID: {account:032x}\r\nCSeq: {cseq} REGISTER\r\n\
             Contact: <sip:349{account:08}@{local}>;expires=3600\r\nExpires: 3600\r\n"
        )
        .expect("memory");
        if with_credentials {
            let uri = format!("sip:{to}");
            let ha2 = hex(Md5::digest([b"REGISTER:", uri.as_bytes()].concat()));
            let tail = format!(":{NONCE}:{cseq:08x}:{account:016x}:auth:");
            let response = hex(Md5::digest([&self.ha1[account], tail.as_bytes(), &ha2].concat()));
            write!(
                out,
                "Authorization: Digest username=\"u{account:07}\", realm=\"{REALM}\", nonce=\"{NONCE}\", uri=\"{uri}\", \
                 response=\"{}\", algorithm=MD5, qop=auth, nc={cseq:08x}, cnonce=\"{account:016x}\"\r\n",
                std::str::from_utf8(&response).expect("digits")
            )
            .expect("memory");
        }
        out.extend_from_slice(
            b"Allow: OPTIONS\r\nSupported: path\r\nUser-Agent: Alta/bench\r\nContent-Length: 0\r\n\r\n",
        );
        out
    }
}

/// Whose request this answers, by its branch.
fn account_of(answer: &[u8]) -> usize {
    let magic = b"z9hG4bK";
    let at = memchr::memmem::find(answer, magic).expect("ours") + magic.len();
    let digits = std::str::from_utf8(&answer[at..at + 32]).expect("digits");
    usize::from_str_radix(digits, 16).expect("an account")
}
