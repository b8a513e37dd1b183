//! What a large platform costs: time to register, processor time of a first registration and of a refresh, memory.
//! `cargo bench --bench scale`; `ALTA_BENCH_ENTRIES` is a list of sizes (1000,10000,100000). The whole program runs, on
//! SQLite, against a quick registrar in a process of its own. It prints what it ran.

#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a measurement")]
#![allow(clippy::disallowed_methods, reason = "sizes come from the environment of whoever measures")]

mod load;
#[allow(dead_code, unused_imports, reason = "the tests use the rest of it")]
#[path = "../tests/it/support/mod.rs"]
mod support;

use std::fs;
use std::time::{Duration, Instant};

use alta::domain::account::Secret;
use alta::domain::entry::{Ddi, Details, Domain, Draft, Expire, Username};
use alta::store::{SealKey, Store};
use load::{Counts, Registrar};
use support::{Home, Program, wait_for};

/// Seconds that are granted: refreshes come within a tenth of that, so that all are due at about once.
const GRANTED: u32 = 60;
/// No step takes longer on a machine that is worth measuring.
const LIMIT: Duration = Duration::from_secs(900);

fn main() {
    load::become_registrar_if_asked();
    let sizes = std::env::var("ALTA_BENCH_ENTRIES").unwrap_or_else(|_| "1000,10000,100000".to_owned());
    let sizes: Vec<usize> = sizes.split(',').map(|n| n.trim().parse().expect("a number of entries")).collect();
    println!("the whole program on SQLite, one UDP registrar on loopback that challenges once, MD5 with qop auth;");
    println!("pace opened wide, {GRANTED} s granted; processor time of the engine's thread, medians are yours to take");
    let empty = memory_of(0);
    for size in sizes {
        measure(size, empty);
    }
}

fn measure(size: usize, empty: u64) {
    let mut registrar = Registrar::start(GRANTED);
    let home = home();
    let began = Instant::now();
    fill(&home, size, &registrar.at.to_string());
    println!("\n{size} entries (stored in {:.1} s)", began.elapsed().as_secs_f64());

    let began = Instant::now();
    let program = home.start();
    let started = began.elapsed();
    wait_for("all are registered", LIMIT, || registrar.counts().distinct == size as u64);
    let wall = began.elapsed();
    let first = Snapshot::take(&program, &mut registrar);
    println!(
        "  start: listening after {:.2} s; all registered after {:.2} s; {:.3} REGISTERs an entry",
        started.as_secs_f64(),
        wall.as_secs_f64(),
        first.counts.registers as f64 / size as f64
    );
    println!("  first registration: {:.1} µs", first.busy as f64 / size as f64);
    // The first refresh of each.
    let whole = 2 * size as u64;
    wait_for("all are refreshed", LIMIT, || registrar.counts().accepted >= whole);
    let refreshed = Snapshot::take(&program, &mut registrar);
    let count = (refreshed.counts.accepted - first.counts.accepted) as f64;
    let registers = (refreshed.counts.registers - first.counts.registers) as f64;
    println!(
        "  refresh: {:.1} µs, {:.3} REGISTERs each, {} late; the registrar took {:.1} µs a REGISTER",
        (refreshed.busy - first.busy) as f64 / count,
        registers / count,
        refreshed.counts.late,
        refreshed.counts.busy as f64 / refreshed.counts.registers as f64,
    );
    let memory = memory(program.pid());
    println!("  memory: {} bytes an entry, everything counted", memory.saturating_sub(empty) * 1024 / size as u64);
    assert!(program.stop().success());
}

struct Snapshot {
    counts: Counts,
    /// Microseconds of the engine's thread.
    busy: u64,
}

impl Snapshot {
    fn take(program: &Program, registrar: &mut Registrar) -> Self {
        Self { busy: engine_time(program.pid()), counts: registrar.counts() }
    }
}

fn home() -> Home {
    Home::with(&[("ALTA_SIP_PACE", "1000000"), ("ALTA_SIP_PACE_WHOLE", "1000000"), ("ALTA_LOG", "error")])
}

/// Stores entries before the program starts, as an earlier run would have left them.
fn fill(home: &Home, size: usize, at: &str) {
    let folder = home.path().join("data");
    fs::create_dir_all(&folder).expect("a folder");
    let key = SealKey::load_or_create(&folder.join("alta.key"), true).expect("a key");
    let store = Store::open(folder.join("alta.db").to_str().expect("a path"), key).expect("a database");
    let draft = |n: usize| Draft {
        details: Details {
            username: Username::parse(&format!("u{n:07}")).expect("a name"),
            domain: Domain::parse(at).expect("a domain"),
            ddi: Ddi::parse(&format!("349{n:08}")).expect("a number"),
            contract: None,
            user: None,
            register_server_uri: None,
            realm: None,
            expire: Expire::DEFAULT,
            enabled: true,
        },
        password: Some(Secret::new("bench-password".into())),
    };
    for begin in (0..size).step_by(10_000) {
        let drafts: Vec<Draft> = (begin..(begin + 10_000).min(size)).map(draft).collect();
        store.insert(&drafts, 0).expect("stored");
    }
}

/// Kilobytes of the program with so many entries.
fn memory_of(size: usize) -> u64 {
    let home = home();
    fill(&home, size, "127.0.0.1");
    let program = home.start();
    let kilobytes = memory(program.pid());
    assert!(program.stop().success());
    kilobytes
}

/// Kilobytes of a process that are in memory.
fn memory(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a size");
    line.trim().trim_end_matches(" kB").trim().parse().expect("a number")
}

/// Microseconds that the engine's thread of a process has spent on a processor.
fn engine_time(pid: u32) -> u64 {
    for task in fs::read_dir(format!("/proc/{pid}/task")).expect("it runs") {
        let task = task.expect("a thread").path();
        if fs::read_to_string(task.join("comm")).is_ok_and(|name| name.trim_end() == "engine") {
            let figures = fs::read_to_string(task.join("schedstat")).expect("figures");
            return figures.split(' ').next().and_then(|n| n.parse::<u64>().ok()).expect("a number") / 1000;
        }
    }
    panic!("no engine runs");
}
