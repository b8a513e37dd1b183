//! Whether open lists hold up a refresh: 200 of them, while a thousand entries a second change.
//! `cargo bench --bench live`. The whole program runs, on SQLite, against a quick registrar in a process of its own, first
//! without lists and then with them. It prints what it ran.

#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a measurement")]
#![allow(clippy::disallowed_methods, reason = "the registrar is told by an argument")]

mod load;
#[allow(dead_code, reason = "the other bench uses the rest of it")]
mod platform;
#[allow(dead_code, unused_imports, reason = "the tests use the rest of it")]
#[path = "../tests/it/support/mod.rs"]
mod support;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use load::Registrar;
use platform::{engine_time, fill, home};
use support::{Program, Visitor, wait_for};

/// Refreshed at half of the seconds that are granted, these are a thousand a second.
const ENTRIES: usize = 11_000;
const GRANTED: u32 = 20;
const LISTS: usize = 200;
/// Rows of each list.
const ROWS: usize = 50;
const MEASURED: Duration = Duration::from_secs(30);
const LIMIT: Duration = Duration::from_secs(120);

fn main() {
    load::become_registrar_if_asked();
    let mut registrar = Registrar::start(GRANTED);
    let home = home();
    fill(&home, ENTRIES, &registrar.at.to_string());
    let mut program = home.start();
    let visitor = Visitor::set_up(&mut program);
    wait_for("all are refreshed", LIMIT, || registrar.counts().accepted >= 2 * ENTRIES as u64);
    println!("{ENTRIES} entries, {GRANTED} s granted, {} s measured", MEASURED.as_secs());
    let alone = measure("no list open", &program, &visitor, &mut registrar, None);
    let bytes = Arc::new(AtomicU64::new(0));
    for list in 0..LISTS {
        open(&program, &visitor, list, Arc::clone(&bytes));
    }
    wait_for("every list is told of its rows", LIMIT, || bytes.load(Ordering::Relaxed) > (LISTS * ROWS * 100) as u64);
    let watched = measure("200 lists open", &program, &visitor, &mut registrar, Some(&bytes));
    println!("processor time of a refresh with lists / without: {:.2}", watched / alone);
    assert!(program.stop().success());
}

/// Opens a list's stream and reads it for as long as it lasts.
fn open(program: &Program, visitor: &Visitor, list: usize, bytes: Arc<AtomicU64>) {
    let ids: Vec<String> = (0..ROWS).map(|row| (1 + (list * ROWS + row) % ENTRIES).to_string()).collect();
    let mut stream = TcpStream::connect(program.http).expect("connected");
    let request = format!(
        "GET /entries/status?ids={} HTTP/1.1\r\nHost: x\r\nCookie: {}\r\nAccept: text/event-stream\r\n\r\n",
        ids.join(","),
        visitor.cookies()
    );
    stream.write_all(request.as_bytes()).expect("written");
    std::thread::spawn(move || {
        let mut buffer = vec![0; 65_536];
        while let Ok(length) = stream.read(&mut buffer) {
            if length == 0 {
                return;
            }
            bytes.fetch_add(length as u64, Ordering::Relaxed);
        }
    });
}

/// Microseconds on a processor of each refresh.
fn measure(
    what: &str,
    program: &Program,
    visitor: &Visitor,
    registrar: &mut Registrar,
    bytes: Option<&AtomicU64>,
) -> f64 {
    let (before, busy, lates) = (registrar.counts(), engine_time(program.pid()), lateness(visitor));
    let read = || bytes.map_or(0, |bytes| bytes.load(Ordering::Relaxed));
    let (began, told) = (Instant::now(), read());
    while let Some(left) = MEASURED.checked_sub(began.elapsed()) {
        std::thread::sleep(left);
    }
    let (after, now) = (registrar.counts(), lateness(visitor));
    let refreshes = (after.accepted - before.accepted) as f64;
    let each = (engine_time(program.pid()) - busy) as f64 / refreshes;
    println!(
        "{what}: {:.0} changes/s, {} refreshes late, timers more than 20 ms late: {} of {}, {each:.1} µs a refresh, \
         {:.0} kB/s to the lists",
        refreshes / MEASURED.as_secs_f64(),
        after.late - before.late,
        now.0 - lates.0,
        now.1 - lates.1,
        (read() - told) as f64 / 1000.0 / MEASURED.as_secs_f64(),
    );
    each
}

/// How often a timer went off late, and how often at all, as the system page says.
fn lateness(visitor: &Visitor) -> (u64, u64) {
    let said = visitor.get("/system").words("main");
    let (_, rest) = said.split_once("More than 20 ms late ").expect("it is said");
    let mut numbers = rest.split_whitespace().filter_map(|word| word.replace(',', "").parse().ok());
    (numbers.next().expect("late"), numbers.next().expect("in all"))
}
