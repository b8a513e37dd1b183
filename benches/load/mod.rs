//! A registrar that is only quick: it challenges once, binds whoever answers, and counts. It reads no more of a request
//! than its answer needs and checks no digest, so that it never is what a measurement waits for.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, IoSlice, IoSliceMut, Write};
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use foldhash::fast::RandomState;
use nix::sys::socket::{
    ControlMessage, ControlMessageOwned, MsgFlags, MultiHeaders, SockaddrIn, recvmmsg, sendmsg, setsockopt, sockopt,
};

/// Pieces that are taken with one call.
const BATCH: usize = 32;
/// Bytes of a piece, at most, and datagrams that one is cut into.
const PIECE: usize = 65_507;
const SEGMENTS: usize = 64;
/// The argument that makes a bench this registrar.
const ROLE: &str = "--load-registrar";

/// What it has counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// REGISTERs.
    pub(crate) registers: u64,
    /// Of those, answered with 401, and with 200; a 200 that was asked for once more counts once.
    pub(crate) challenged: u64,
    pub(crate) accepted: u64,
    /// Accounts that were accepted at least once.
    pub(crate) distinct: u64,
    /// Acceptances that came after the one before had run out.
    pub(crate) late: u64,
    /// Microseconds on a processor.
    pub(crate) busy: u64,
}

/// Runs as the registrar when this process was started as one: it never returns then.
pub(crate) fn become_registrar_if_asked() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == ROLE) {
        let granted = arguments[at + 1].parse().expect("seconds");
        serve(granted);
        std::process::exit(0);
    }
}

/// The registrar in a process of its own, as seen by the bench.
pub(crate) struct Registrar {
    child: Child,
    ask: ChildStdin,
    told: BufReader<ChildStdout>,
    pub(crate) at: SocketAddr,
}

impl Registrar {
    /// Starts one that grants so many seconds.
    pub(crate) fn start(granted: u32) -> Self {
        let this = std::env::current_exe().expect("this program");
        let mut child = Command::new(this)
            .args([ROLE, &granted.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let ask = child.stdin.take().expect("piped");
        let mut told = BufReader::new(child.stdout.take().expect("piped"));
        let mut line = String::new();
        told.read_line(&mut line).expect("its address");
        let at = line.trim().parse().expect("an address");
        Self { child, ask, told, at }
    }

    pub(crate) fn counts(&mut self) -> Counts {
        self.ask.write_all(b"counts\n").expect("it runs");
        let mut line = String::new();
        self.told.read_line(&mut line).expect("it answers");
        let n: Vec<u64> = line.split_whitespace().map(|n| n.parse().expect("a number")).collect();
        Counts { registers: n[0], challenged: n[1], accepted: n[2], distinct: n[3], late: n[4], busy: n[5] }
    }
}

impl Drop for Registrar {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn serve(granted: u32) {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let shared = socket2::SockRef::from(&socket);
    // As much as the kernel gives: what is lost is sent again half a second later, and measured as that.
    let _ = shared.set_recv_buffer_size(64 << 20);
    let _ = shared.set_send_buffer_size(64 << 20);
    socket.set_read_timeout(Some(Duration::from_millis(20))).expect("a time-out");
    println!("{}", socket.local_addr().expect("bound"));
    let (asked, asks) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            let _ = asked.send(line);
        }
        std::process::exit(0);
    });
    // What came in one piece is taken in one piece, and most of what a datagram costs the kernel is saved; a kernel that
    // does not know how hands them over one by one.
    let _ = setsockopt(&socket, sockopt::UdpGroSegment, &true);
    let clock = std::time::Instant::now();
    let mut answering = Answering::new(granted);
    let mut buffers = vec![vec![0; PIECE]; BATCH];
    let mut out = Vec::new();
    loop {
        if asks.try_recv().is_ok() {
            let Counts { registers, challenged, accepted, late, .. } = answering.counts;
            println!("{registers} {challenged} {accepted} {} {late} {}", answering.until.len(), busy());
        }
        let mut parts: Vec<[IoSliceMut<'_>; 1]> = buffers.iter_mut().map(|b| [IoSliceMut::new(b)]).collect();
        // Anew each time: the kernel notes in them how little of the room for its remarks it has used.
        let mut receiving = MultiHeaders::<SockaddrIn>::preallocate(BATCH, Some(nix::cmsg_space!(i32)));
        let flags = MsgFlags::MSG_WAITFORONE;
        let Ok(came) = recvmmsg(socket.as_raw_fd(), &mut receiving, parts.iter_mut(), flags, None) else { continue };
        let came: Vec<(usize, usize, SockaddrIn)> = came
            .filter_map(|one| {
                let each = one.cmsgs().ok()?.find_map(|told| {
                    if let ControlMessageOwned::UdpGroSegments(length) = told {
                        usize::try_from(length).ok()
                    } else {
                        None
                    }
                });
                Some((one.bytes, each.unwrap_or(one.bytes).max(1), one.address?))
            })
            .collect();
        let now = u64::try_from(clock.elapsed().as_millis()).expect("short");
        out.clear();
        // Where each answer ends, and whom it is for.
        let mut answers: Vec<(usize, SockaddrIn)> = Vec::with_capacity(BATCH);
        for (buffer, (length, each, from)) in buffers.iter().zip(&came) {
            for request in buffer[..*length].chunks(*each) {
                if answering.answer(request, now, &mut out).is_some() {
                    answers.push((out.len(), *from));
                } else {
                    out.truncate(answers.last().map_or(0, |(end, _)| *end));
                }
            }
        }
        send(&socket, &out, &answers);
    }
}

/// Sends these answers, which lie there one after the other.
fn send(socket: &UdpSocket, out: &[u8], answers: &[(usize, SockaddrIn)]) {
    let (mut begin, mut at) = (0, 0);
    while let Some((end, to)) = answers.get(begin) {
        let length = end - at;
        let alike = |n: &usize| answers[*n].1 == *to && answers[*n].0 == at + (n - begin + 1) * length;
        let run = (begin..answers.len()).take(SEGMENTS.min(PIECE / length)).take_while(alike).count();
        let piece = &out[at..at + run * length];
        let each = u16::try_from(length).expect("a datagram");
        // In one piece that the kernel cuts; one that cannot gets them one by one.
        let cut = [ControlMessage::UdpGsoSegments(&each)];
        let sent = sendmsg(socket.as_raw_fd(), &[IoSlice::new(piece)], &cut, MsgFlags::empty(), Some(to));
        if sent.is_err() {
            for one in piece.chunks(length) {
                let _ = sendmsg(socket.as_raw_fd(), &[IoSlice::new(one)], &[], MsgFlags::empty(), Some(to));
            }
        }
        (begin, at) = (begin + run, at + piece.len());
    }
}

/// What it remembers, and what it says.
pub(crate) struct Answering {
    granted: u32,
    counts: Counts,
    /// When the binding of each account ends, and the CSeq that made it.
    until: HashMap<Vec<u8>, (u64, Vec<u8>), RandomState>,
}

impl Answering {
    pub(crate) fn new(granted: u32) -> Self {
        Self { granted, counts: Counts::default(), until: HashMap::default() }
    }

    /// Writes the answer to one datagram at a time in milliseconds; what it has written when there is none is nothing.
    pub(crate) fn answer(&mut self, request: &[u8], now: u64, out: &mut Vec<u8>) -> Option<()> {
        let Self { granted, counts, until } = self;
        if !request.starts_with(b"REGISTER ") {
            return None;
        }
        counts.registers += 1;
        let (mut via, mut from, mut to, mut call_id, mut cseq, mut contact) = (None, None, None, None, None, None);
        let mut authorized = false;
        let mut rest = request;
        while let Some(end) = memchr::memchr(b'\n', rest) {
            let line = &rest[..end + 1];
            rest = &rest[end + 1..];
            match line[0] {
                b'V' => via = Some(line),
                b'F' => from = Some(line),
                b'T' => to = Some(line),
                b'C' if line.starts_with(b"Call-ID") => call_id = Some(line),
                b'C' if line.starts_with(b"CSeq") => cseq = Some(line),
                b'C' if line.starts_with(b"Contact:") => contact = Some(line),
                b'A' if line.starts_with(b"Authorization") => authorized = true,
                _ => {}
            }
        }
        let head: &[u8] = if authorized { b"SIP/2.0 200 OK\r\n" } else { b"SIP/2.0 401 Unauthorized\r\n" };
        out.extend_from_slice(head);
        let cseq = cseq?;
        for line in [via?, from?, call_id?, cseq] {
            out.extend_from_slice(line);
        }
        let to = to?;
        out.extend_from_slice(to.trim_ascii_end());
        out.extend_from_slice(b";tag=load\r\n");
        if authorized {
            let contact = contact?;
            let uri = &contact[..memchr::memchr(b'>', contact)? + 1];
            out.extend_from_slice(uri);
            write!(out, ";expires={granted}\r\nContent-Length: 0\r\n\r\n").ok()?;
            let ends = now + u64::from(*granted) * 1000;
            match until.get_mut(to) {
                Some((_, made_by)) if made_by == cseq => {}
                Some((before, made_by)) => {
                    counts.accepted += 1;
                    counts.late += u64::from(*before < now);
                    *before = ends;
                    cseq.clone_into(made_by);
                }
                None => {
                    counts.accepted += 1;
                    until.insert(to.to_vec(), (ends, cseq.to_vec()));
                }
            }
        } else {
            counts.challenged += 1;
            out.extend_from_slice(
                b"WWW-Authenticate: Digest realm=\"load\", nonce=\"0123456789abcdef0123456789abcdef\", algorithm=MD5, \
                  qop=\"auth\"\r\nContent-Length: 0\r\n\r\n",
            );
        }
        Some(())
    }
}

/// Microseconds that this thread has spent on a processor.
fn busy() -> u64 {
    alta::engine::meter::thread_time().unwrap_or(0)
}
