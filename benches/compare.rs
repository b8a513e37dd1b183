//! Alta, a bare loop of the same messages, and Kamailio's `uac` module, one after the other on the same work.
//! `cargo bench --bench compare`; `ALTA_BENCH_ENTRIES` is how many entries (100000), `ALTA_BENCH_RUNS` how many times each
//! (3: medians are told), `ALTA_BENCH_KAMAILIO=no` leaves Kamailio out. One table of ratios.
//!
//! Each registers every account at the same quick UDP registrar, which challenges once and runs in a process of its own on
//! the other core, then refreshes all of them: Alta each at its time and, started anew, when somebody asks for all at once;
//! Kamailio by its timer, each second together what is due by then; the bare loop in one round. Alta and Kamailio are
//! measured as whole programs: Alta by its engine's thread, and by all its threads, which store what a restart needs;
//! Kamailio, which stores nothing, by all its processes; the bare loop by its one thread. What reading the entries takes is
//! counted with the first registrations. Alta registers while it loads, so that by the time it listens some of its entries
//! are registered.

#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a measurement")]
#![allow(clippy::disallowed_methods, reason = "what to run comes from the environment of whoever measures")]

mod bare;
mod kamailio;
mod load;
#[allow(dead_code, reason = "the other benches use the rest of it")]
mod platform;
#[allow(dead_code, unused_imports, reason = "the tests use the rest of it")]
#[path = "../tests/it/support/mod.rs"]
mod support;

use std::time::{Duration, Instant};

use kamailio::Kamailio;
use load::Registrar;
use platform::{ask_for_all, engine_time, fill, home, machine, whole_time_at_rest};
use support::{Home, Program, wait_for};

/// Seconds that are granted.
const GRANTED: u32 = 60;
/// Entries whose refreshes, at half of [`TRICKLE_GRANTED`], are a thousand a second; and for how long they are counted.
const TRICKLE: usize = 11_000;
const TRICKLE_GRANTED: u32 = 20;
const TRICKLED: Duration = Duration::from_secs(20);
const LIMIT: Duration = Duration::from_secs(600);

/// What is told, of which figure, with how many digits behind the point.
type Row = (&'static str, fn(&Run) -> f64, usize);

/// What one of them took.
#[derive(Clone, Copy, Debug, Default)]
struct Run {
    /// Microseconds on a processor of a first registration, of a refresh when all are asked for at once, of one that comes
    /// at its time, and of one at a thousand a second.
    first: f64,
    at_once: f64,
    refresh: f64,
    trickle: f64,
    /// Of a first registration, from the start of the program on, and of a refresh at its time, of all threads and
    /// processes, with what is stored.
    whole_first: f64,
    whole: f64,
    /// Seconds from when it listened until all were registered, and REGISTERs that each took until then.
    wall: f64,
    registers: f64,
    /// Bindings that ran out before they were refreshed.
    late: f64,
}

fn main() {
    load::become_registrar_if_asked();
    let number = |name: &str, usual| std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(usual);
    let (entries, runs) = (number("ALTA_BENCH_ENTRIES", 100_000), number("ALTA_BENCH_RUNS", 3));
    let with_kamailio =
        Kamailio::is_here() && std::env::var("ALTA_BENCH_KAMAILIO").is_ok_and(|no| no == "no").eq(&false);
    println!("{}; {entries} entries, {GRANTED} s granted, medians of {runs}", machine());
    let bare = median((0..runs).map(|_| bare(entries)).collect());
    let alta = median((0..runs).map(|_| alta(entries)).collect());
    let kamailio = with_kamailio.then(|| {
        println!("{}", Kamailio::version());
        median((0..runs).map(|_| kamailio(entries)).collect())
    });
    let rows: [Row; 9] = [
        ("µs a first registration", |run| run.first, 1),
        ("the same, all threads, reading the entries and what they store", |run| run.whole_first, 1),
        ("µs a refresh, all asked for at once", |run| run.at_once, 1),
        ("µs a refresh, each at its time", |run| run.refresh, 1),
        ("the same, all threads and what they store", |run| run.whole, 1),
        ("µs a refresh, 1,000 a second", |run| run.trickle, 1),
        ("s from listening until all are registered", |run| run.wall, 2),
        ("REGISTERs of each until then", |run| run.registers, 3),
        ("bindings that ran out", |run| run.late, 0),
    ];
    println!("| | bare loop | Alta | Alta / bare | Kamailio uac | Kamailio / Alta |\n|---|---|---|---|---|---|");
    for (what, value, digits) in rows {
        let shown = |run: Option<&Run>| {
            run.map(value).filter(|n| n.is_finite()).map_or_else(|| "–".to_owned(), |n| format!("{n:.digits$}"))
        };
        let ratio = |a: Option<&Run>, b: Option<&Run>| {
            let (a, b) = (a.map(value).unwrap_or(f64::NAN), b.map(value).unwrap_or(f64::NAN));
            if (a / b).is_finite() { format!("{:.2}", a / b) } else { "–".to_owned() }
        };
        println!(
            "| {what} | {} | {} | {} | {} | {} |",
            shown(Some(&bare)),
            shown(Some(&alta)),
            ratio(Some(&alta), Some(&bare)),
            shown(kamailio.as_ref()),
            ratio(kamailio.as_ref(), Some(&alta)),
        );
    }
}

fn bare(entries: usize) -> Run {
    let mut registrar = Registrar::start(GRANTED);
    let began = Instant::now();
    let at = registrar.at;
    let costs = std::thread::spawn(move || bare::measure(at, entries, TRICKLED)).join().expect("measured");
    let counts = registrar.counts();
    assert!(counts.accepted >= 2 * entries as u64 && began.elapsed() < LIMIT);
    Run {
        first: costs.first,
        at_once: costs.refresh,
        refresh: f64::NAN,
        trickle: costs.trickle,
        whole_first: costs.first,
        whole: f64::NAN,
        wall: costs.wall.as_secs_f64(),
        registers: 2.0,
        late: counts.late as f64,
    }
}

fn alta(entries: usize) -> Run {
    let mut run = rounds(entries, |registrar| {
        let (home, program) = started(registrar, entries);
        let pid = program.pid();
        (
            Box::new((program, home)) as Box<dyn std::any::Any>,
            [Box::new(move || engine_time(pid)), Box::new(move || whole_time_at_rest(pid)) as Box<dyn Fn() -> u64>],
        )
    });
    run.at_once = at_once(entries);
    run.trickle = trickle();
    run
}

/// Alta with so many entries that this registrar has never seen.
fn started(registrar: &Registrar, entries: usize) -> (Home, Program) {
    let home = home();
    fill(&home, entries, &registrar.at.to_string());
    let program = home.start();
    (home, program)
}

/// Nobody's refresh is due; a person asks for everybody's.
fn at_once(entries: usize) -> f64 {
    let mut registrar = Registrar::start(GRANTED);
    let (_home, mut program) = started(&registrar, entries);
    wait_for("all are registered", LIMIT, || registrar.counts().distinct == entries as u64);
    let (busy, first) = (engine_time(program.pid()), registrar.counts().accepted);
    ask_for_all(&mut program);
    wait_for("all are refreshed", LIMIT, || registrar.counts().accepted >= first + entries as u64);
    (engine_time(program.pid()) - busy) as f64 / (registrar.counts().accepted - first) as f64
}

fn trickle() -> f64 {
    let mut registrar = Registrar::start(TRICKLE_GRANTED);
    let (_home, program) = started(&registrar, TRICKLE);
    wait_for("all are refreshed", LIMIT, || registrar.counts().accepted >= 2 * TRICKLE as u64);
    let (busy, accepted) = (engine_time(program.pid()), registrar.counts().accepted);
    std::thread::sleep(TRICKLED);
    let refreshes = (registrar.counts().accepted - accepted) as f64;
    (engine_time(program.pid()) - busy) as f64 / refreshes
}

fn kamailio(entries: usize) -> Run {
    rounds(entries, |registrar| {
        let kamailio = std::rc::Rc::new(Kamailio::start(entries, registrar.at));
        let busy = [(); 2].map(|()| {
            let asked = kamailio.clone();
            Box::new(move || asked.busy()) as Box<dyn Fn() -> u64>
        });
        (Box::new(kamailio) as Box<dyn std::any::Any>, busy)
    })
}

/// What runs, for as long as it is held, and the microseconds on a processor that its engine has had, and that all of it
/// has had once it rests.
type Running = (Box<dyn std::any::Any>, [Box<dyn Fn() -> u64>; 2]);

/// All are registered, then all are refreshed.
fn rounds(entries: usize, start: impl FnOnce(&Registrar) -> Running) -> Run {
    let mut registrar = Registrar::start(GRANTED);
    let (_running, [busy, whole]) = start(&registrar);
    let began = Instant::now();
    wait_for("all are registered", LIMIT, || registrar.counts().distinct == entries as u64);
    let (wall, first, at_first) = (began.elapsed(), registrar.counts(), busy());
    let (all_before, before) = (whole(), registrar.counts());
    wait_for("all are refreshed", LIMIT, || registrar.counts().accepted >= first.accepted + entries as u64);
    let (last, at_last) = (registrar.counts(), busy());
    let whole = (whole() - all_before) as f64 / (registrar.counts().accepted - before.accepted) as f64;
    Run {
        first: at_first as f64 / entries as f64,
        at_once: f64::NAN,
        refresh: (at_last - at_first) as f64 / (last.accepted - first.accepted) as f64,
        trickle: f64::NAN,
        whole_first: all_before as f64 / entries as f64,
        whole,
        wall: wall.as_secs_f64(),
        registers: first.registers as f64 / entries as f64,
        late: last.late as f64,
    }
}

fn median(runs: Vec<Run>) -> Run {
    let of = |value: fn(&Run) -> f64| platform::median(runs.iter().map(value).collect());
    Run {
        first: of(|run| run.first),
        at_once: of(|run| run.at_once),
        refresh: of(|run| run.refresh),
        trickle: of(|run| run.trickle),
        whole_first: of(|run| run.whole_first),
        whole: of(|run| run.whole),
        wall: of(|run| run.wall),
        registers: of(|run| run.registers),
        late: of(|run| run.late),
    }
}
