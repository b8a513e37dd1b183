//! A million mangled messages into the whole user agent, and as many into the framing of streams: no panic, no storm.
//! What they are made from lies in `tests/corpus`, beside answers to what the agent has just sent.

use std::path::Path;

use alta::engine::transport::framing::Framer;
use alta::sip::seed::Seed;

use super::world::*;

const ROUNDS: u32 = 1_000_000;

fn corpus() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 30, "{files:?}");
    files.iter().map(|file| std::fs::read(file).unwrap()).collect()
}

/// Changes, drops, doubles, moves or joins pieces, a few times over.
fn mangle(bytes: &mut Vec<u8>, others: &[Vec<u8>], draw: &mut Seed) {
    for _ in 0..draw.between(0, 5) {
        if bytes.is_empty() {
            return;
        }
        let (at, to) = (draw.between(0, bytes.len() as u64 - 1) as usize, draw.between(0, bytes.len() as u64) as usize);
        let (from, to) = (at.min(to), at.max(to));
        match draw.between(0, 7) {
            0 => bytes[at] = draw.bits() as u8,
            1 => bytes[at] = b"\r\n\t \",;:<>@=\\[]%0"[draw.between(0, 15) as usize],
            2 => bytes.truncate(at),
            3 => drop(bytes.drain(from..to.min(from + 40))),
            4 => bytes.insert(at, b"\r\n\"<>,;"[draw.between(0, 6) as usize]),
            5 => {
                let piece = bytes[from..to.min(from + 200)].to_vec();
                bytes.splice(at..at, piece);
            }
            6 => {
                let other = &others[draw.between(0, others.len() as u64 - 1) as usize];
                bytes.extend_from_slice(&other[draw.between(0, other.len() as u64 - 1) as usize..]);
            }
            _ => {
                let digits = ["0", "-1", "4294967296", "99999999999999999999"][draw.between(0, 3) as usize];
                bytes.splice(at..at, digits.bytes());
            }
        }
        bytes.truncate(4_000);
    }
}

/// An answer to a request, with headers of a message of the corpus.
fn answer_to(request: &[u8], other: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(request);
    let copied = |line: &&str| ["Via:", "From:", "To:", "Call-ID:", "CSeq:"].iter().any(|name| line.starts_with(name));
    let mut lines = other.split(|b| *b == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let first = lines.next().filter(|line| line.starts_with(b"SIP")).unwrap_or(b"SIP/2.0 401 X");
    let mut out = [first, b"\r\n"].concat();
    for line in text.lines().filter(copied) {
        out.extend_from_slice(line.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
    for line in lines.filter(|line| line.starts_with(b"WWW") || line.starts_with(b"C") || line.starts_with(b"R")) {
        out.extend_from_slice(line);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"\r\n");
    out
}

#[test]
fn a_million_mangled_messages_neither_panic_nor_storm() {
    let seed = 1;
    println!("seed {seed}");
    let corpus = corpus();
    let mut draw = Seed::new(seed_of(seed));
    let mut world = World::with(seed, World::script(&["7"]));
    world.transcript.silent = true;
    let sent = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
    let sink = sent.clone();
    let hear = move |_, bytes: &[u8]| {
        *sink.borrow_mut() = bytes.to_vec();
        Vec::new()
    };
    world.at(PROVIDER, Host::Scripted(Box::new(hear)));
    world.put(7, account("7"));
    world.run_for(100);
    let mut wishes = 1;
    for round in 0..ROUNDS {
        let picked = &corpus[draw.between(0, corpus.len() as u64 - 1) as usize];
        let mut bytes = if round % 2 == 0 { answer_to(&sent.borrow(), picked) } else { picked.clone() };
        mangle(&mut bytes, &corpus, &mut draw);
        world.inject(PROVIDER, &bytes);
        if round % 8 == 0 {
            world.wish(|agent, now| agent.refresh(now, alta::domain::entry::EntryId(7), true));
            wishes += 1;
            world.run_for(30);
        }
    }
    assert!(world.attempts.len() > 1_000, "the answers were understood: {}", world.attempts.len());
    assert!(world.attempts.len() <= 6 * (wishes + 1_000), "{} requests for {wishes} wishes", world.attempts.len());
    world.at(PROVIDER, Host::Registrar(Box::new(alta::demo::registrar::Registrar::new(World::script(&["7"])))));
    world.wish(|agent, now| agent.refresh(now, alta::domain::entry::EntryId(7), true));
    world.run_for(2 * HOUR);
    assert_eq!(world.status(7).state, alta::domain::status::State::Registered, "and it still works");
}

#[test]
fn a_stream_of_mangled_messages_is_framed_or_closed() {
    let corpus = corpus();
    let mut draw = Seed::new(seed_of(2));
    let (mut framer, mut frames, mut closed) = (Framer::default(), 0u32, 0u32);
    for _ in 0..ROUNDS / 4 {
        let mut bytes = corpus[draw.between(0, corpus.len() as u64 - 1) as usize].clone();
        mangle(&mut bytes, &corpus, &mut draw);
        let cut = draw.between(0, bytes.len() as u64) as usize;
        for piece in [&bytes[..cut], &bytes[cut..]] {
            framer.push(piece);
            loop {
                match framer.next_frame() {
                    Ok(Some(_)) => frames += 1,
                    Ok(None) => break,
                    Err(_) => {
                        closed += 1;
                        framer = Framer::default();
                        break;
                    }
                }
            }
        }
    }
    assert!(frames > 10_000 && closed > 1_000, "{frames} frames, {closed} closed");
}
