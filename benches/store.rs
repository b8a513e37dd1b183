//! What it takes to write behind: each checkpoint and each event, in batches as a large platform makes them in a second.
//! `cargo bench --bench store`; `ALTA_BENCH_ENTRIES` (100000) says how many entries are stored. SQLite in a file, as the
//! program opens it, and PostgreSQL, which has to be installed, over a socket and without waiting for the disk (`fsync`
//! off), which SQLite does now and then. It prints what it ran.

#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a measurement")]
#![allow(clippy::disallowed_methods, reason = "sizes come from the environment of whoever measures")]

#[allow(dead_code, reason = "the other benches use the rest of it")]
mod platform;
#[allow(dead_code, unused_imports, reason = "the tests use the rest of it")]
#[path = "../tests/it/support/mod.rs"]
mod support;

use std::time::Instant;

use alta::domain::entry::EntryId;
use alta::domain::event::Event;
use alta::domain::status::{Cause, Checkpoint, CheckpointBinding, State};
use alta::store::{SealKey, Store};
use platform::{fill_store, machine, median};
use support::Database;

/// Checkpoints, and events, of a batch: a million refreshed within the hour make the first in a second, a crowd the second.
const BATCHES: [usize; 2] = [300, 10_000];
/// Batches of each kind that are written.
const ROUNDS: usize = 21;

fn main() {
    let entries = std::env::var("ALTA_BENCH_ENTRIES").map_or(100_000, |n| n.parse().expect("a number of entries"));
    println!("{}; {entries} entries; median of {ROUNDS} batches, wall time", machine());
    println!("SQLite in a file; PostgreSQL on a local socket with fsync off");
    println!("| | rows of a batch | µs a checkpoint | µs an event |\n|---|---|---|---|");
    let folder = tempfile::tempdir().expect("a folder");
    let database = Database::new();
    let file = folder.path().join("alta.db").display().to_string();
    for (name, url) in [("SQLite", &file), ("PostgreSQL", &database.url)] {
        let key = SealKey::load_or_create(&folder.path().join("alta.key"), true).expect("a key");
        let store = Store::open(url, key).expect("a database");
        fill_store(&store, entries, "sip.example");
        for batch in BATCHES.into_iter().filter(|batch| *batch <= entries) {
            let ids = |round: usize| (0..batch).map(move |n| id((n * (entries / batch) + round) % entries));
            let checkpoints = time(|round| {
                let all: Vec<_> = ids(round).map(|id| (id, checkpoint(id, round))).collect();
                let began = Instant::now();
                store.save_checkpoints(&all).expect("stored");
                began
            });
            let events = time(|round| {
                let all: Vec<_> = ids(round).map(|id| (id, event(round))).collect();
                let began = Instant::now();
                store.add_events(&all).expect("stored");
                began
            });
            let each = |micros: f64| micros / batch as f64;
            println!("| {name} | {batch} | {:.1} | {:.1} |", each(checkpoints), each(events));
        }
    }
}

/// Microseconds that a round takes, from when it says that it begins.
fn time(round: impl Fn(usize) -> Instant) -> f64 {
    median((0..ROUNDS).map(|n| round(n).elapsed().as_secs_f64() * 1e6).collect())
}

fn id(n: usize) -> EntryId {
    EntryId(i64::try_from(n).expect("a number") + 1)
}

fn checkpoint(id: EntryId, round: usize) -> Checkpoint {
    let until = 1_800_000_000_000 + i64::try_from(round).expect("a number");
    let binding = CheckpointBinding { contact: "sip:34900000001@192.0.2.1:5060".into(), granted: 3600, until };
    Checkpoint {
        call_id: format!("{:032x}", id.0).into(),
        cseq_reserved: 64,
        raised_expire: None,
        binding: Some(binding),
    }
}

fn event(round: usize) -> Event {
    let at = 1_800_000_000_000 + i64::try_from(round).expect("a number");
    Event { at, state: State::Retrying, cause: Some(Cause::Busy), code: Some(503), reason: Some("Maintenance".into()) }
}
