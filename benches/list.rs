//! How long the server takes for any page, filter, order or search of a long list.
//! `cargo bench --bench list`, a million entries in SQLite; `ALTA_BENCH_ENTRIES` says how many others. Every entry is
//! disabled, so that nothing is sent; the engine knows them all. It prints what it ran.

#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a measurement")]
#![allow(clippy::disallowed_methods, reason = "how many entries comes from the environment of whoever measures")]

mod fetch;
#[allow(dead_code, unused_imports, reason = "the tests use the rest of it")]
#[path = "../tests/it/support/mod.rs"]
mod support;

use std::net::TcpStream;
use std::time::{Duration, Instant};

use alta::clock::Monotonic;
use serde_json::{Value, json};
use support::{Api, Home, Visitor, wait_for};

/// Entries of one POST.
const BATCH: usize = 10_000;
/// Requests of each kind.
const REQUESTS: usize = 60;

fn main() {
    let entries: usize = std::env::var("ALTA_BENCH_ENTRIES").ok().and_then(|n| n.parse().ok()).unwrap_or(1_000_000);
    let home = Home::new();
    let mut program = home.start();
    let api = Api::new(&home, &program);
    let visitor = Visitor::set_up(&mut program);
    let cookies = visitor.cookies();
    for name in ["Norte", "Sur", "Este", "Oeste"] {
        assert_eq!(api.post("/contracts", &json!({ "name": name })).status, 201);
    }
    let empty = memory(program.pid());
    let clock = Monotonic::new();
    for begin in (0..entries).step_by(BATCH) {
        let batch: Value = (begin..(begin + BATCH).min(entries)).map(|n| entry(n, entries)).collect();
        assert_eq!(api.post("/registrations", &batch).status, 201);
    }
    println!("{entries} entries, disabled, SQLite; stored in {} s", clock.ms() / 1000);
    let total = || api.get("/registrations?state=disabled&limit=1").number("total");
    wait_for("the engine knows them all", Duration::from_secs(300), || usize::try_from(total()).unwrap() == entries);
    let bytes = (memory(program.pid()) - empty) * 1024 / entries as u64;
    println!("memory of the program: {bytes} bytes an entry");
    let mut stream = TcpStream::connect(program.http).expect("connected");
    let deep = fetch::deep(&mut stream, "/entries?per=100&order=desc", &cookies, 20);
    let kinds = [
        ("first page", "/entries"),
        ("100 rows", "/entries?per=100"),
        ("far down the list", deep.as_str()),
        ("sorted by username, downwards", "/entries?sort=username&order=desc"),
        ("sorted by contract", "/entries?sort=contract"),
        ("sorted by status", "/entries?sort=status"),
        ("sorted by next action", "/entries?sort=next"),
        ("of one contract", "/entries?contract=2"),
        ("of a contract whose entries come late", "/entries?contract=4"),
        ("in a state that all are in", "/entries?state=disabled"),
        ("in a state that none is in", "/entries?state=registered"),
        ("search that finds one", "/entries?q=u0123456"),
        ("search that finds many", "/entries?q=99"),
        ("search that finds some everywhere", "/entries?q=777"),
        ("search that finds all", "/entries?q=example"),
        ("search that finds many, by username, downwards", "/entries?q=99&sort=username&order=desc"),
        ("search that finds many, by next action", "/entries?q=99&sort=next"),
        ("search that finds many, all late in the order", "/entries?q=u09"),
        ("the same by status, 100 rows", "/entries?q=u09&sort=status&per=100"),
        ("search that finds many, late, of a contract", "/entries?q=u09&contract=4&sort=domain"),
        ("search that finds none", "/entries?q=nothing+of+this"),
        ("search, filter and order", "/entries?q=7&contract=1&state=disabled&sort=domain&order=desc"),
    ];
    let mut worst = Duration::ZERO;
    for (kind, path) in kinds {
        fetch::page(&mut stream, path, &cookies);
        let mut times: Vec<Duration> = (0..REQUESTS)
            .map(|_| {
                let began = Instant::now();
                fetch::page(&mut stream, path, &cookies);
                began.elapsed()
            })
            .collect();
        times.sort_unstable();
        let at = |percent: usize| times[(times.len() - 1) * percent / 100];
        worst = worst.max(at(99));
        println!("{kind}: median {:.1} ms, p99 {:.1} ms", ms(at(50)), ms(at(99)));
    }
    println!("worst p99: {:.1} ms, at the client, rendering and reading from the database included", ms(worst));
    assert!(program.stop().success());
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// One of so many; the last tenth are of a contract of their own.
fn entry(n: usize, entries: usize) -> Value {
    let early = [Value::Null, json!(1), json!(2), json!(3)][n % 4].clone();
    let contract = if n < entries - entries / 10 { early } else { json!(4) };
    json!({ "username": format!("u{n:07}"), "domain": format!("sip.provider{}.example", n % 50), "password": "p",
            "ddi": format!("349{n:08}"), "enabled": false, "contract_id": contract })
}

/// Kilobytes of a process that are in memory.
fn memory(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a size");
    line.trim().trim_end_matches(" kB").trim().parse().expect("a number")
}
