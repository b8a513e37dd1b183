//! What a platform costs as it grows: time to register, processor time of a first registration and of a refresh, memory,
//! a page of the list and a search of it. `cargo bench --bench scale`; `ALTA_BENCH_ENTRIES` is a list of sizes
//! (1000,10000,100000), `ALTA_BENCH_RUNS` how many times each (3: medians are told). The whole program runs, on SQLite,
//! against a quick registrar in a process of its own. It prints what it ran, and one table at the end.

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

use std::net::TcpStream;
use std::time::{Duration, Instant};

use alta::engine::transport::drops;
use load::{Counts, Registrar};
use platform::{ask_for_all, engine_time, fill, home, machine, median, memory, whole_time_at_rest};
use support::{Program, wait_for};

/// Seconds that are granted: refreshes come within a tenth of that, so that all are due at about once, and still within
/// reach of the machine.
fn granted(size: usize) -> u32 {
    60.max(u32::try_from(size / 4_000).expect("a size"))
}

/// Requests of each page.
const REQUESTS: usize = 30;
/// No step takes longer on a machine that is worth measuring.
const LIMIT: Duration = Duration::from_secs(900);

/// What is told of each size, with how many digits behind the point.
const ROWS: [(&str, usize); 10] = [
    ("s until all are registered", 2),
    ("REGISTERs of each until then", 3),
    ("µs a first registration", 1),
    ("µs a refresh, all asked for at once", 1),
    ("µs a refresh, each at its time", 1),
    ("the same, all threads and what they store", 1),
    ("bytes of memory, everything counted", 0),
    ("ms the first page of the list", 1),
    ("ms a search that finds one", 1),
    ("µs the registrar takes a REGISTER", 1),
];

fn main() {
    load::become_registrar_if_asked();
    let sizes = std::env::var("ALTA_BENCH_ENTRIES").unwrap_or_else(|_| "1000,10000,100000".to_owned());
    let sizes: Vec<usize> = sizes.split(',').map(|n| n.trim().parse().expect("a number of entries")).collect();
    let runs = std::env::var("ALTA_BENCH_RUNS").map_or(3, |n| n.parse().expect("a number of runs"));
    println!("{}; medians of {runs}", machine());
    println!("the whole program on SQLite, one UDP registrar on loopback that challenges once, MD5 with qop auth;");
    println!("pace opened wide; processor time of the engine's thread, if no other is named");
    let empty = memory_of(0);
    let told: Vec<Vec<f64>> = sizes
        .iter()
        .map(|size| {
            let all: Vec<[f64; ROWS.len()]> = (0..runs).map(|_| measure(*size, empty)).collect();
            (0..ROWS.len()).map(|row| median(all.iter().map(|run| run[row]).collect())).collect()
        })
        .collect();
    let heads: Vec<String> = sizes.iter().map(ToString::to_string).collect();
    println!("\n| entries | {} |\n|---{}|", heads.join(" | "), "|---".repeat(sizes.len()));
    for (row, (what, digits)) in ROWS.iter().enumerate() {
        let figures: Vec<String> = told.iter().map(|run| format!("{:.digits$}", run[row])).collect();
        println!("| {what} | {} |", figures.join(" | "));
    }
}

/// What [`ROWS`] names.
fn measure(size: usize, empty: u64) -> [f64; ROWS.len()] {
    let mut registrar = Registrar::start(granted(size));
    let home = home();
    fill(&home, size, &registrar.at.to_string());
    let began = Instant::now();
    let mut program = home.start();
    let started = began.elapsed();
    wait_for("all are registered", LIMIT, || registrar.counts().distinct == size as u64);
    let wall = began.elapsed();
    let first = Snapshot::take(&program, &mut registrar);
    let lost = |at| drops::of([at].into_iter()).map_or_else(|| "?".to_owned(), |lost| lost.to_string());
    println!(
        "{size} entries, {} s granted: listening after {:.2} s; lost in full buffers: {} of ours, {} of the registrar's",
        granted(size),
        started.as_secs_f64(),
        lost(program.sip),
        lost(registrar.at)
    );
    let bytes = memory(program.pid()).saturating_sub(empty) * 1024 / size as u64;

    let visitor = ask_for_all(&mut program);
    let mut refreshed = |rounds: usize| {
        wait_for("all are refreshed", LIMIT, || registrar.counts().accepted >= (rounds * size) as u64);
        Snapshot::take(&program, &mut registrar)
    };
    let wished = refreshed(2);
    let before = whole_time_at_rest(program.pid());
    let refreshed = refreshed(3);
    let whole = (whole_time_at_rest(program.pid()) - before) as f64;
    let each = |to: &Snapshot, from: &Snapshot| {
        (to.busy - from.busy) as f64 / (to.counts.accepted - from.counts.accepted) as f64
    };
    assert_eq!(refreshed.counts.late, 0, "a registration ran out");

    let mut stream = TcpStream::connect(program.http).expect("connected");
    let [list, search] = ["/entries", "/entries?q=u0000123"].map(|path| {
        let mut times: Vec<f64> = Vec::new();
        for _ in 0..REQUESTS {
            let began = Instant::now();
            fetch::page(&mut stream, path, &visitor.cookies());
            times.push(began.elapsed().as_secs_f64() * 1e3);
        }
        median(times)
    });
    assert!(program.stop().success());
    [
        wall.as_secs_f64(),
        first.counts.registers as f64 / size as f64,
        first.busy as f64 / size as f64,
        each(&wished, &first),
        each(&refreshed, &wished),
        whole / (refreshed.counts.accepted - wished.counts.accepted) as f64,
        bytes as f64,
        list,
        search,
        refreshed.counts.busy as f64 / refreshed.counts.registers as f64,
    ]
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

/// Kilobytes of the program with so many entries.
fn memory_of(size: usize) -> u64 {
    let home = home();
    fill(&home, size, "127.0.0.1");
    let program = home.start();
    let kilobytes = memory(program.pid());
    assert!(program.stop().success());
    kilobytes
}
