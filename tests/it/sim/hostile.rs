//! What the wire brings is hostile: forged, torn, huge, climbing. Nothing panics, storms or is believed.

use alta::demo::script::Line;
use alta::domain::entry::EntryId;
use alta::domain::status::{Note, State};
use alta::sip::header::{challenges, contacts, cseq, via, vias};
use alta::sip::scan::{Reject, scan};
use alta::sip::wire::MAX_MESSAGE;
use proptest::prelude::*;

use super::world::*;

/// What the agent sent last, as a template for answers that are nearly right.
fn captured(world: &mut World) -> std::rc::Rc<std::cell::RefCell<Vec<u8>>> {
    let sent = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
    let sink = sent.clone();
    let script = move |_, bytes: &[u8]| {
        *sink.borrow_mut() = bytes.to_vec();
        Vec::new()
    };
    world.at(PROVIDER, Host::Scripted(Box::new(script)));
    sent
}

fn answer_to(request: &[u8], first: &str, change: impl Fn(String) -> String) -> Vec<u8> {
    let text = String::from_utf8(request.to_vec()).unwrap();
    let copied: Vec<String> = text
        .lines()
        .filter(|line| ["Via:", "From:", "To:", "Call-ID:", "CSeq:"].iter().any(|name| line.starts_with(name)))
        .map(|line| change(line.to_owned()))
        .collect();
    format!("{first}\r\n{}\r\nContent-Length: 0\r\n\r\n", copied.join("\r\n")).into_bytes()
}

#[test]
fn a_response_is_ours_only_if_everything_fits() {
    let mut world = World::with(1, World::script(&[]));
    let sent = captured(&mut world);
    world.put(7, account("7"));
    world.run_until(100);
    let request = sent.borrow().clone();
    let ok = "SIP/2.0 200 OK";
    let forged: [(&str, Vec<u8>); 8] = [
        ("another source", answer_to(&request, ok, |line| line)),
        ("another branch", answer_to(&request, ok, |line| line.replace("branch=z9hG4bK0", "branch=z9hG4bK1"))),
        ("another sent-by", answer_to(&request, ok, |line| line.replace("192.0.2.1:5070", "192.0.2.2:5070"))),
        ("another CSeq", answer_to(&request, ok, |line| line.replace("CSeq: 1", "CSeq: 2"))),
        ("another method", answer_to(&request, ok, |line| line.replace("1 REGISTER", "1 OPTIONS"))),
        ("another call", answer_to(&request, ok, |line| line.replace("call-7", "call-8"))),
        (
            "two Vias",
            answer_to(&request, ok, |line| match line.strip_prefix("Via: ") {
                Some(via) => format!("Via: {via}\r\nVia: {via}"),
                None => line,
            }),
        ),
        ("no Via", answer_to(&request, ok, |line| if line.starts_with("Via") { "X: y".into() } else { line })),
    ];
    let count = forged.len() as u64;
    for (index, (what, bytes)) in forged.into_iter().enumerate() {
        let from = if index == 0 { "192.0.2.66:5060" } else { PROVIDER };
        world.inject(from, &bytes);
        assert_eq!(world.status(7).state, State::Registering, "{what}");
    }
    assert_eq!(world.agent.dropped().unmatched, count);
    world.inject(PROVIDER, &answer_to(&request, ok, |line| line));
    assert_eq!(world.status(7).state, State::Registered);
    world.inject(PROVIDER, &answer_to(&request, "SIP/2.0 403 Forbidden", |line| line));
    assert_eq!(world.status(7).state, State::Registered, "a second final answer is late");
}

#[test]
fn no_answer_of_any_content_makes_more_than_six_requests_nor_an_early_next_attempt() {
    let challenge = |n: u32| format!("WWW-Authenticate: Digest realm=\"r{n}\", nonce=\"n{n}\", qop=\"auth\"");
    let proxy = |n: u32| format!("Proxy-Authenticate: Digest realm=\"r{n}\", nonce=\"n{n}\", stale=true");
    let lines: Vec<Line> = (0..2000)
        .map(|n| match n % 5 {
            0 => Line::answer(401, "a", &[&challenge(n)]),
            1 => Line::answer(407, "b", &[&proxy(n)]),
            2 => Line::answer(423, "c", &[&format!("Min-Expires: {}", 4_000 + n)]),
            3 => Line::answer(401, "d", &[&format!("{}, stale=true", challenge(n))]),
            _ => Line::answer(407, "e", &[&proxy(n), &challenge(n)]),
        })
        .collect();
    let mut world = World::with(1, World::script(&["7"]));
    world.registrar().script.accounts.get_mut("7").unwrap().lines = lines.into();
    world.put(7, account("7"));
    world.run_until(HOUR);
    let sent = &world.attempts;
    let mut begun: Vec<u64> = sent.windows(2).filter(|pair| pair[1] - pair[0] >= S).map(|pair| pair[1]).collect();
    begun.insert(0, sent[0]);
    let most = begun.iter().map(|at| sent.iter().filter(|s| (*at..at + S).contains(s)).count()).max();
    assert!(most <= Some(6), "{most:?} requests in an attempt");
    assert!(begun.windows(2).all(|pair| pair[1] - pair[0] >= 15 * S), "{begun:?}");
}

#[test]
fn numbers_from_the_wire_never_become_silly_timers() {
    for value in ["0", "-1", "4294967295", "99999999999999999999", "1e9", "", "\u{ff11}", "10 ; x", "\"60\""] {
        let mut world = World::with(1, World::script(&["7"]));
        let headers = [format!("Retry-After: {value}"), format!("Min-Expires: {value}")];
        let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        let lines = [503, 423, 503, 423].map(|code| Line::answer(code, "X", &headers));
        world.registrar().script.accounts.get_mut("7").unwrap().lines = lines.to_vec().into();
        world.put(7, account("7"));
        world.run_until(S);
        let next = world.status(7).next_action_at.expect("it goes on");
        assert!((15 * S..=70 * MINUTE).contains(&next.0), "{value}: {next:?}");
        world.run_until(5 * HOUR);
        assert_eq!(world.status(7).state, State::Registered, "{value}");
    }
}

#[test]
fn what_comes_unasked_is_answered_once_and_never_amplified() {
    let mut world = World::with(1, World::script(&["7"]));
    world.put(7, account("7"));
    world.run_until(S);
    world.transcript.take();
    let request = |method: &str, version: &str, extra: &str| {
        format!(
            "{method} sip:97@192.0.2.1:5070 {version}\r\nVia: SIP/2.0/UDP 192.0.2.50:5062;branch=z9hG4bKx;rport\r\n\
             From: <sip:a@b>;tag=1\r\nTo: <sip:97@b>\r\nCall-ID: x\r\nCSeq: 1 {method}\r\n{extra}Content-Length: 0\r\n\r\n"
        )
    };
    for (method, version, answer) in [
        ("OPTIONS", "SIP/2.0", "200 OK"),
        ("INVITE", "SIP/2.0", "480 Calls Do Not Arrive Here"),
        ("BYE", "SIP/2.0", "481 Call/Transaction Does Not Exist"),
        ("MESSAGE", "SIP/2.0", "405 Method Not Allowed"),
        ("OPTIONS", "SIP/7.0", "505 Version Not Supported"),
    ] {
        world.inject("192.0.2.50:5062", request(method, version, "").as_bytes());
        let said = world.transcript.take();
        assert!(said.contains(&format!("→ 192.0.2.50:5062 {answer}")), "{method}: {said}");
    }
    assert!(world.status(7).notes.contains(&Note::CallsArriveHere));
    world.inject("192.0.2.50:5062", request("ACK", "SIP/2.0", "").as_bytes());
    assert!(!world.transcript.take().contains('→'), "ACK is swallowed");
    for _ in 0..1000 {
        world.inject("192.0.2.51:5062", request("OPTIONS", "SIP/2.0", "").as_bytes());
    }
    let answers = world.transcript.take().matches('→').count();
    assert!(answers <= 20, "{answers} answers in a second");
}

#[test]
fn a_removed_entry_leaves_nothing_that_an_answer_could_find() {
    let mut world = World::with(1, World::script(&[]));
    let sent = captured(&mut world);
    world.put(7, account("7"));
    world.run_until(100);
    let request = sent.borrow().clone();
    world.wish(|agent, now| agent.remove(now, EntryId(7)));
    world.run_until(MINUTE);
    world.put(8, account("8"));
    world.inject(PROVIDER, &answer_to(&request, "SIP/2.0 200 OK", |line| line));
    assert_ne!(world.status(8).state, State::Registered);
}

/// Real messages of many kinds, to be torn.
const SEEDS: [&str; 6] = [
    "SIP/2.0 200 OK\r\nv: SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bK1;rport=5070;received=192.0.2.1\r\nf: <sip:a@b>;tag=1\r\n\
     t: \"x,<y>\" <sip:a@b>;tag=2\r\ni: c\r\nCSeq: 1 REGISTER\r\nm: <sip:a@[2001:db8::1]:5070>;expires=60,\r\n <sip:b@c>\r\nl: 0\r\n\r\n",
    "SIP/2.0 401 \r\nWWW-Authenticate: Digest realm=\"a \\\"b\", nonce=\"n\", qop=\"auth, auth-int\", algorithm=SHA-256, Digest realm=\"c\",nonce=\"d\"\r\n\r\n",
    "REGISTER sip:a SIP/2.0\r\nVia : SIP / 2.0 / UDP h ; branch = z9hG4bKa\r\nCSeq: 2 REGISTER\r\nContact: *\r\n\r\n",
    "SIP/2.0 503 X\r\nRetry-After: 120 (a (b) c);duration=5\r\nWarning: 399 h \"t\"\r\nContent-Length: 9\r\n\r\nabcdefghi",
    "\r\n\r\nOPTIONS sip:u@h;transport=udp?x=y SIP/2.0\r\nFrom: sip:a@b\r\nTo: tel:+1\r\n\r\n",
    "SIP/2.0 423 Interval Too Brief\r\nMin-Expires: 3600\r\nExpires: 99999999999\r\n\r\n",
];

/// Reads everything that can be read of a message.
fn read_all(bytes: &[u8]) -> Result<usize, Reject> {
    let message = scan(bytes)?;
    let vias = vias(&message).filter_map(via).count();
    Ok(vias + contacts(&message).count() + challenges(&message).count() + usize::from(cseq(&message).is_some()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = read_all(&bytes);
    }

    #[test]
    fn no_torn_message_makes_the_reader_panic(
        seed in 0..SEEDS.len(),
        cuts in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4u8), 1..8),
    ) {
        let mut bytes = SEEDS[seed].as_bytes().to_vec();
        for (at, byte, kind) in cuts {
            let at = at.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.truncate(at.max(1)),
                2 => bytes.insert(at, byte),
                _ => { bytes.remove(at); if bytes.is_empty() { bytes.push(byte); } }
            }
        }
        let _ = read_all(&bytes);
    }
}

#[test]
fn the_largest_hostile_messages_are_read_and_bounded() {
    for piece in ["Digest realm=\"", "a,", "\"\\", "<<<<", ";=", "Digest nonce=\"a\",", " \t", "((((", ",,,,"] {
        let mut text = String::from("SIP/2.0 401 X\r\n");
        for name in ["WWW-Authenticate", "Contact", "Via", "Proxy-Authenticate"].iter().cycle() {
            if text.len() + 8_200 > MAX_MESSAGE {
                break;
            }
            text.push_str(&format!("{name}: {}\r\n", piece.repeat(8_000 / piece.len())));
        }
        text.push_str("\r\n");
        let message = scan(text.as_bytes()).unwrap();
        assert!(challenges(&message).count() <= 32 && contacts(&message).count() <= 256, "{piece:?}");
    }
    let long = format!("SIP/2.0 200 OK\r\nX: {}\r\n\r\n", "a".repeat(8_200));
    assert_eq!(read_all(long.as_bytes()), Err(Reject::TooLong));
    assert_eq!(read_all(&vec![b'a'; MAX_MESSAGE + 1]), Err(Reject::TooLong));
    let many = format!("SIP/2.0 200 OK\r\n{}\r\n", "X: y\r\n".repeat(257));
    assert_eq!(read_all(many.as_bytes()), Err(Reject::TooManyHeaders));
    assert_eq!(read_all(b"\r\n\r\n"), Err(Reject::KeepAlive));
    assert_eq!(read_all(b"SIP/2.0 200 OK\r\nContent-Length: 5\r\n\r\nabc"), Err(Reject::Truncated));
}

#[test]
fn requests_whose_length_is_not_right_are_refused_and_such_responses_dropped() {
    let mut world = World::with(1, World::script(&["7"]));
    // RFC 4475 §3.1.2.2, §3.1.2.3 and §3.3.9: too large, negative, and two that differ.
    for lengths in ["Content-Length: 9999", "Content-Length: -999", "Content-Length: 0\r\nL: 3", "l: x"] {
        let request = format!(
            "OPTIONS sip:97@192.0.2.1:5070 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.50:5062;branch=z9hG4bKx;rport\r\n\
             From: <sip:a@b>;tag=1\r\nTo: <sip:97@b>\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\n{lengths}\r\n\r\nabc"
        );
        world.inject("192.0.2.50:5062", request.as_bytes());
        let said = world.transcript.take();
        assert!(said.contains("→ 192.0.2.50:5062 400 Bad Request"), "{lengths}: {said}");
    }
    let before = world.agent.dropped().unreadable;
    for lengths in ["Content-Length: 9999", "Content-Length: -999"] {
        world.inject(PROVIDER, format!("SIP/2.0 200 OK\r\n{lengths}\r\n\r\nabc").as_bytes());
    }
    assert_eq!(world.agent.dropped().unreadable, before + 2);
}
