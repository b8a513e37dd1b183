//! A large platform: stored before its program starts, and looked at from outside.

use std::fs;
use std::time::Duration;

use alta::domain::account::Secret;
use alta::domain::entry::{Ddi, Details, Domain, Draft, EntryId, Username};
use alta::domain::status::{Checkpoint, CheckpointBinding};
use alta::store::{SealKey, Store};

use crate::support::{Home, Program, Visitor};

/// A folder whose program sends as fast as it can.
pub(crate) fn home() -> Home {
    Home::with(&[("ALTA_SIP_PACE", "1000000"), ("ALTA_SIP_PACE_WHOLE", "1000000"), ("ALTA_LOG", "error")])
}

/// Stores entries before the program starts, as an earlier run would have left them.
pub(crate) fn fill(home: &Home, size: usize, at: &str) {
    store(home, size, at);
}

/// The same, and each with a binding of an hour at this address that is due for its refresh some time within the next 48
/// minutes, evenly spread.
pub(crate) fn fill_bound(home: &Home, size: usize, at: &str, ours: &str) {
    let store = store(home, size, at);
    let now = alta::clock::wall_ms();
    let bound = |n: usize| {
        // A refresh comes at 80 to 90 percent of the hour: 12 to 6 minutes before its end.
        let spread = 48 * 60_000 * (n as u64 * 7_919 % size as u64) / size as u64;
        let until = now + 12 * 60_000 + i64::try_from(spread).expect("a time");
        let contact = format!("sip:349{n:08}@{ours}").into();
        let checkpoint = Checkpoint {
            call_id: format!("{n:032x}").into(),
            cseq_reserved: 64,
            binding: Some(CheckpointBinding { contact, granted: 3600, until }),
            raised_expire: None,
        };
        (EntryId(i64::try_from(n).expect("a number") + 1), checkpoint)
    };
    for begin in (0..size).step_by(10_000) {
        let batch: Vec<_> = (begin..(begin + 10_000).min(size)).map(bound).collect();
        store.save_checkpoints(&batch).expect("stored");
    }
}

fn store(home: &Home, size: usize, at: &str) -> Store {
    let folder = home.path().join("data");
    fs::create_dir_all(&folder).expect("a folder");
    let key = SealKey::load_or_create(&folder.join("alta.key"), true).expect("a key");
    let store = Store::open(folder.join("alta.db").to_str().expect("a path"), key).expect("a database");
    fill_store(&store, size, at);
    store
}

/// Stores entries in a database that has none.
pub(crate) fn fill_store(store: &Store, size: usize, at: &str) {
    let draft = |n: usize| Draft {
        details: Details::new(
            Username::parse(&format!("u{n:07}")).expect("a name"),
            Domain::parse(at).expect("a domain"),
            Ddi::parse(&format!("349{n:08}")).expect("a number"),
        ),
        password: Some(Secret::new("bench-password".into())),
    };
    for begin in (0..size).step_by(10_000) {
        let drafts: Vec<Draft> = (begin..(begin + 10_000).min(size)).map(draft).collect();
        store.insert(&drafts, 0).expect("stored");
    }
}

/// Asks in the pages for a refresh of every entry; who asks has just set the first account up.
pub(crate) fn ask_for_all(program: &mut Program) -> Visitor {
    let visitor = Visitor::set_up(program);
    let ask = visitor.submit(&visitor.get("/entries"), "form#bulk", &[("action", "refresh"), ("scope", "all")]);
    assert!(visitor.submit(&ask, "main form", &[]).path.starts_with("/jobs/"), "it is done");
    visitor
}

/// Kilobytes of a process that are in memory.
pub(crate) fn memory(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a size");
    line.trim().trim_end_matches(" kB").trim().parse().expect("a number")
}

/// Microseconds that the engine's thread of a process has spent on a processor.
pub(crate) fn engine_time(pid: u32) -> u64 {
    for task in fs::read_dir(format!("/proc/{pid}/task")).expect("it runs") {
        let task = task.expect("a thread").path();
        if fs::read_to_string(task.join("comm")).is_ok_and(|name| name.trim_end() == "engine") {
            let figures = fs::read_to_string(task.join("schedstat")).expect("figures");
            return figures.split(' ').next().and_then(|n| n.parse::<u64>().ok()).expect("a number") / 1000;
        }
    }
    panic!("no engine runs");
}

/// Microseconds that all threads of a process have spent on a processor, those that have ended, too, once it has written
/// what it writes behind and is at rest.
pub(crate) fn whole_time_at_rest(pid: u32) -> u64 {
    let now = || {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("it runs");
        // Behind the name, which may be anything; in ticks of ten milliseconds.
        let (_, fields) = stat.rsplit_once(") ").expect("fields");
        fields.split(' ').skip(11).take(2).map(|ticks| ticks.parse::<u64>().expect("a number") * 10_000).sum::<u64>()
    };
    let mut before = now();
    loop {
        std::thread::sleep(Duration::from_secs(2));
        let after = now();
        if after - before <= 40_000 {
            return after;
        }
        before = after;
    }
}

/// The one in the middle.
pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// What this runs on.
pub(crate) fn machine() -> String {
    let told = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = told.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ").map(|(_, name)| name));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{}, {cores} cores", model.unwrap_or("an unnamed processor"))
}
