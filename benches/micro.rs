//! The pieces that a refresh is made of, each by itself, against a saved baseline.
//! `cargo bench --bench micro -- --save-baseline before`, then, after a change, `-- --baseline before`.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a measurement")]
#![allow(unreachable_pub, missing_docs, reason = "what the harness makes")]

use std::hint::black_box;
use std::sync::Arc;

use alta::domain::account::{Account, Credentials, Peer, Secret};
use alta::domain::entry::EntryId;
use alta::domain::status::{State, Status};
use alta::engine::Board;
use alta::sip::digest::{Algorithm, Nonce, Qop};
use alta::sip::header::challenges;
use alta::sip::message::{Branch, Register, Sent};
use alta::sip::outcome::classify;
use alta::sip::scan::{Message, scan};
use alta::sip::timer::Schedule;
use alta::sip::{Time, Transport};
use criterion::{Criterion, criterion_group, criterion_main};

const OK: &[u8] = b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK00000007000000030000000000001234;\
    received=192.0.2.1;rport=5060\r\nFrom: <sip:u0000007@sip.example>;tag=00000000feedbeef\r\nTo: \
    <sip:u0000007@sip.example>;tag=abc\r\nCall-ID: 0123456789abcdef0123456789abcdef\r\nCSeq: 17 REGISTER\r\nContact: \
    <sip:34900000007@192.0.2.1:5060>;expires=3600\r\nServer: a registrar\r\nContent-Length: 0\r\n\r\n";
const CHALLENGE: &[u8] =
    b"SIP/2.0 401 Unauthorized\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1\r\nCSeq: 1 REGISTER\
    \r\nWWW-Authenticate: Digest realm=\"sip.example\", nonce=\"0123456789abcdef0123456789abcdef\", algorithm=MD5, \
    qop=\"auth\"\r\nContent-Length: 0\r\n\r\n";

fn account() -> Account {
    let domain = "sip.example".parse().expect("a host");
    Account {
        username: "u0000007".into(),
        peer: Arc::new(Peer::of_domain(&domain)),
        route: Default::default(),
        domain: domain.into(),
        contact_user: "34900000007".into(),
        credentials: Credentials { user: "u0000007".into(), password: Secret::new("secret".into()), realm: None },
        expire: 3600,
        terms: Arc::default(),
    }
}

fn nonce(message: &Message<'_>) -> Nonce {
    let challenge = challenges(message).next().expect("it challenges");
    Nonce::keep(Algorithm::Md5, Some(Qop::Auth), &challenge, &account().credentials)
}

fn pieces(c: &mut Criterion) {
    c.bench_function("scan an answer", |b| b.iter(|| scan(black_box(OK)).expect("an answer")));
    let answer = scan(OK).expect("an answer");
    let sent = Sent {
        at: Time(1),
        contact: "sip:34900000007@192.0.2.1:5060".into(),
        asked: 3600,
        transport: Transport::Udp,
        outbound: false,
        local: "192.0.2.1:5060".parse().expect("an address"),
        authenticated: true,
    };
    c.bench_function("outcome of an answer", |b| b.iter(|| classify(black_box(&answer), 200, &sent)));
    let challenge = scan(CHALLENGE).expect("a challenge");
    c.bench_function("keep a challenge", |b| b.iter(|| nonce(black_box(&challenge))));
    let (mut kept, mut out) = (nonce(&challenge), Vec::new());
    c.bench_function("digest with a nonce that is kept", |b| {
        b.iter(|| {
            out.clear();
            kept.count(7);
            kept.write("REGISTER", "sip:sip.example", "u0000007", &mut out);
            black_box(&out).len()
        });
    });
    let account = account();
    let register = Register {
        account: &account,
        transport: Transport::Udp,
        local: sent.local,
        branch: Branch { slot: 7, generation: 3, check: 0x1234 },
        from_tag: 0xfeed_beef,
        call_id: "0123456789abcdef0123456789abcdef",
        cseq: 17,
        contact: Some(&sent.contact),
        expires: 3600,
        outbound: false,
        user_agent: "Alta/bench",
        nonces: &[kept],
    };
    c.bench_function("write a request with its digest", |b| {
        b.iter(|| {
            out.clear();
            black_box(&register).write(&mut out);
            black_box(&out).len()
        });
    });
}

/// Each of a hundred thousand is due, and planned anew an hour later, over and over.
fn schedule(c: &mut Criterion) {
    let mut schedule = Schedule::default();
    (0..100_000u32).for_each(|slot| schedule.plan(slot, Some(Time(u64::from(slot) * 36))));
    c.bench_function("take what is due and plan it anew", |b| {
        b.iter(|| {
            let now = schedule.next().expect("always one");
            let slot = schedule.take_due(now).expect("due");
            // A request in flight has a timer that hardly ever goes off.
            schedule.plan(slot, Some(now + 500));
            schedule.plan(slot, Some(now + 3_600_000));
        });
    });
}

/// Each of a hundred thousand has a new status, whoever was next first, over and over: first while nobody asks what is
/// planned next, then while somebody does. The engine's thread only notes what moves; another follows it.
fn board(c: &mut Criterion) {
    const ENTRIES: i64 = 100_000;
    let board = Board::default();
    // Neighbours in time are none in number.
    let turn = |n: i64| {
        let call_id = "0123456789abcdef0123456789abcdef".into();
        let status = Status { state: State::Registered, next_action_at: Some(n), call_id, ..Status::unknown() };
        (EntryId(n * 7_919 % ENTRIES), status)
    };
    let mut statuses = Vec::new();
    let mut next = 0;
    let mut post = |count: i64| {
        statuses.extend((next..next + count).map(turn));
        board.post(&mut statuses, |_, _| {});
        next += count;
    };
    post(ENTRIES);
    c.bench_function("put up 64 statuses", |b| b.iter(|| post(64)));
    assert!(board.agenda(|_| ()).is_none());
    board.keep_agenda();
    c.bench_function("put up 64 statuses and follow what is planned", |b| {
        b.iter(|| {
            post(64);
            board.agenda(|agenda| agenda.walk(None, false).next()).expect("it is kept while somebody asks")
        });
    });
}

criterion_group!(benches, pieces, schedule, board);
criterion_main!(benches);
