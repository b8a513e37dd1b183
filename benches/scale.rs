//! What a large platform costs: time to register, processor time of a first registration and of a refresh, memory.
//! `cargo bench --bench scale`; `ALTA_BENCH_ENTRIES` is a list of sizes (1000,10000,100000). The whole program runs, on
//! SQLite, against a quick registrar in a process of its own. It prints what it ran.

#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a measurement")]
#![allow(clippy::disallowed_methods, reason = "sizes come from the environment of whoever measures")]

mod load;
#[allow(dead_code, reason = "the other benches use the rest of it")]
mod platform;
#[allow(dead_code, unused_imports, reason = "the tests use the rest of it")]
#[path = "../tests/it/support/mod.rs"]
mod support;

use std::time::{Duration, Instant};

use alta::engine::transport::drops;
use load::{Counts, Registrar};
use platform::{engine_time, fill, home, memory};
use support::{Program, wait_for};

/// Seconds that are granted: refreshes come within a tenth of that, so that all are due at about once, and still within
/// reach of the machine.
fn granted(size: usize) -> u32 {
    60.max(u32::try_from(size / 2_500).expect("a size"))
}

/// No step takes longer on a machine that is worth measuring.
const LIMIT: Duration = Duration::from_secs(900);

fn main() {
    load::become_registrar_if_asked();
    let sizes = std::env::var("ALTA_BENCH_ENTRIES").unwrap_or_else(|_| "1000,10000,100000".to_owned());
    let sizes: Vec<usize> = sizes.split(',').map(|n| n.trim().parse().expect("a number of entries")).collect();
    println!("the whole program on SQLite, one UDP registrar on loopback that challenges once, MD5 with qop auth;");
    println!("pace opened wide; processor time of the engine's thread, of one run each");
    let empty = memory_of(0);
    for size in sizes {
        measure(size, empty);
    }
}

fn measure(size: usize, empty: u64) {
    let mut registrar = Registrar::start(granted(size));
    let home = home();
    let began = Instant::now();
    fill(&home, size, &registrar.at.to_string());
    println!("\n{size} entries, {} s granted (stored in {:.1} s)", granted(size), began.elapsed().as_secs_f64());

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
    let told = |memory: u64| memory.saturating_sub(empty) * 1024 / size as u64;
    println!("  memory once registered: {} bytes an entry, everything counted", told(memory(program.pid())));
    let lost = |at| drops::of([at].into_iter()).map_or_else(|| "?".to_owned(), |lost| lost.to_string());
    println!("  lost in full buffers: {} of ours, {} of the registrar's", lost(program.sip), lost(registrar.at));
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
    println!("  memory once refreshed: {} bytes an entry", told(memory(program.pid())));
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

/// Kilobytes of the program with so many entries.
fn memory_of(size: usize) -> u64 {
    let home = home();
    fill(&home, size, "127.0.0.1");
    let program = home.start();
    let kilobytes = memory(program.pid());
    assert!(program.stop().success());
    kilobytes
}
