//! A million registrations as they are on any day: bindings of an hour that an earlier run left, each refreshed at its time.
//! `cargo bench --bench steady`; `ALTA_BENCH_ENTRIES` (1000000) and `ALTA_BENCH_MINUTES` (30) say how many and how long. The
//! whole program runs, on SQLite, against a quick registrar in a process of its own. It prints what it ran.

#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a measurement")]
#![allow(clippy::disallowed_methods, reason = "sizes come from the environment of whoever measures")]

#[allow(dead_code, reason = "the other benches use the rest of it")]
mod fetch;
mod load;
#[allow(dead_code, reason = "the other benches use the rest of it")]
mod platform;
#[allow(dead_code, unused_imports, reason = "the tests use the rest of it")]
#[path = "../tests/it/support/mod.rs"]
mod support;

use std::net::{TcpStream, UdpSocket};
use std::time::{Duration, Instant, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use load::Registrar;
use platform::{engine_time, fill_bound, home, median, memory};
use serde_json::json;
use support::{Api, Visitor, wait_for};

const GRANTED: u32 = 3600;
const LIMIT: Duration = Duration::from_secs(120);
/// How often a page is asked for.
const PAGES: usize = 30;

fn main() {
    load::become_registrar_if_asked();
    let number = |name: &str, usual| std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(usual);
    let (entries, minutes) = (number("ALTA_BENCH_ENTRIES", 1_000_000), number("ALTA_BENCH_MINUTES", 30) as u64);
    let mut registrar = Registrar::start(GRANTED);
    let ours = UdpSocket::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound").to_string();
    let mut home = home();
    home.set("ALTA_SIP_LISTEN", &ours);
    fill_bound(&home, entries, &registrar.at.to_string(), &ours);
    println!("{entries} entries with valid bindings of {GRANTED} s, SQLite, {minutes} min");
    let began = Instant::now();
    let mut program = home.start();
    println!("listening after {:.1} s", began.elapsed().as_secs_f64());
    let visitor = Visitor::set_up(&mut program);
    let api = Api::new(&home, &program);
    let registered = || api.get("/registrations?state=registered&limit=1").number("total");
    wait_for("all are registered", LIMIT, || registered() == i64::try_from(entries).expect("a number"));
    let (said, since) = (registrar.counts().registers, began.elapsed());
    println!("all are shown as registered after {:.1} s, with {said} REGISTERs sent", since.as_secs_f64());

    // Saving one among all of them: another registrar sees nothing else.
    let mut other = Registrar::start(GRANTED);
    let entry = json!({ "username": "new", "domain": other.at.to_string(), "password": "p", "ddi": "1" });
    let began = Instant::now();
    assert_eq!(api.post("/registrations", &entry).status, 201);
    let answered = began.elapsed();
    wait_for("its REGISTER is there", LIMIT, || other.counts().registers > 0);
    println!("saved in {:.1} ms, its REGISTER had left after {:.1} ms", ms(answered), ms(began.elapsed()));

    let (busy, before, lates, began) =
        (engine_time(program.pid()), registrar.counts(), lateness(&visitor), Instant::now());
    for minute in 1..=minutes {
        std::thread::sleep(Duration::from_secs(60 * minute).saturating_sub(began.elapsed()));
        let (late, due) = lateness(&visitor);
        let core = (engine_time(program.pid()) - busy) as f64 / began.elapsed().as_micros() as f64;
        if minute % 5 == 0 || minute == minutes {
            let accepted = registrar.counts().accepted - before.accepted;
            println!(
                "{minute} min: {accepted} refreshes, {:.0} a second; {:.1} % of a core, {:.1} µs each; timers more than \
                 20 ms late: {} of {}; registered {}; {} KB",
                accepted as f64 / began.elapsed().as_secs_f64(),
                core * 100.0,
                core * began.elapsed().as_micros() as f64 / accepted as f64,
                late - lates.0,
                due - lates.1,
                registered(),
                memory(program.pid()),
            );
        }
    }
    let mut stream = TcpStream::connect(program.http).expect("connected");
    let mut page = |path: &str| {
        let began = Instant::now();
        fetch::page(&mut stream, path, &visitor.cookies());
        ms(began.elapsed())
    };
    let next = "/entries?sort=next";
    // As the place of an entry in that order is written: here of one that is due in half of the time.
    let now = i64::try_from(SystemTime::UNIX_EPOCH.elapsed().expect("after 1970").as_millis()).expect("a number");
    let middle = URL_SAFE_NO_PAD.encode(format!("0#{}", now + i64::from(GRANTED) * 500));
    let before = memory(program.pid());
    println!("a page of those who are next, the first time: {:.1} ms", page(next));
    // By then the order is kept.
    std::thread::sleep(Duration::from_secs(1));
    let bytes = memory(program.pid()).saturating_sub(before) * 1024 / entries as u64;
    println!("to keep that order takes {bytes} bytes an entry");
    for (who, path) in [("who are next", next), ("in the middle of that order", &format!("{next}&after={middle}"))] {
        println!("a page of those {who}: {:.1} ms", median((0..PAGES).map(|_| page(path)).collect()));
    }
    assert!(program.stop().success());
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// How often a timer went off late, and how often at all, as the system page says.
fn lateness(visitor: &Visitor) -> (u64, u64) {
    let said = visitor.get("/system").words("main");
    let (_, rest) = said.split_once("More than 20 ms late ").expect("it is said");
    let mut numbers = rest.split_whitespace().filter_map(|word| word.replace(',', "").parse().ok());
    (numbers.next().expect("late"), numbers.next().expect("in all"))
}
