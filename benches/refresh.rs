//! What a registration and a refresh cost the engine: processor time of its own thread, and round trips on the wire.
//!
//! `cargo bench --bench refresh` runs the real engine on loopback UDP against the demo provider's registrar, which checks
//! every digest. Beside it stands a bare exchange of datagrams of about the same size on the same kind of sockets, one at a
//! time and each with its own wake-up, so that the figures of two machines can be compared by their ratio to it. First
//! registrations come in a burst and share wake-ups; refreshes come one by one and do not.
//! Linux only: processor time is read per thread from `/proc`.

#![allow(clippy::print_stdout, reason = "its output is what a bench is for")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use alta::clock::Monotonic;
use alta::demo::registrar::Registrar;
use alta::demo::script::{Login, Script};
use alta::domain::account::{Account, Credentials, Peer, Secret};
use alta::domain::entry::EntryId;
use alta::domain::status::{Checkpoint, Group};
use alta::engine::transport::tls::TlsFiles;
use alta::engine::transport::udp::{Bound, Sending, Udp};
use alta::engine::{Engine, EngineConfig, PaceConfig, Put, Sockets, start};
use anyhow::{Context, bail};

/// Entries: enough to average over, few enough that the registrar, which is not made for speed, keeps up.
const ENTRIES: usize = 2_000;
/// Passes, each with an engine of its own; the median of them is told, and the range.
const PASSES: usize = 5;
/// Seconds that a busy registrar grants: the engine refreshes at half of them.
const SHORT: u32 = 6;
/// Seconds that a quiet registrar grants: nothing is due while the bench runs.
const LONG: u32 = 3_600;
/// Bare exchanges of each pass.
const EXCHANGES: u32 = 10_000;
/// How long the engine is watched while nothing is due.
const IDLE: Duration = Duration::from_secs(3);
/// No step takes longer on a machine that is worth measuring.
const LIMIT: Duration = Duration::from_secs(120);

fn main() -> anyhow::Result<()> {
    println!(
        "{ENTRIES} entries, one registrar on loopback, MD5 digest with qop auth; processor time of the engine's thread"
    );
    println!("median (least to most) of {PASSES} passes");
    let passes = (0..PASSES).map(|_| pass()).collect::<anyhow::Result<Vec<_>>>()?;
    let told = |what: &str, unit: &str, figure: fn(&Pass) -> f64| {
        let mut figures: Vec<f64> = passes.iter().map(figure).collect();
        figures.sort_by(f64::total_cmp);
        println!("{what}: {:.2} ({:.2} to {:.2}) {unit}", figures[PASSES / 2], figures[0], figures[PASSES - 1]);
    };
    told("bare exchange of a datagram each way", "µs", |pass| pass.bare);
    told("first registration", "µs", |pass| pass.first.each);
    told("first registration", "round trips", |pass| pass.first.trips);
    told("refresh", "µs", |pass| pass.refresh.each);
    told("refresh", "round trips", |pass| pass.refresh.trips);
    told("refresh / bare exchange", "", |pass| pass.refresh.each / pass.bare);
    told("refresh / first registration", "", |pass| pass.refresh.each / pass.first.each);
    told("idle with all registered", "ms a second", |pass| pass.idle);
    Ok(())
}

struct Pass {
    /// Microseconds.
    bare: f64,
    first: Cost,
    refresh: Cost,
    /// Milliseconds a second.
    idle: f64,
}

/// What one registration took, on average.
struct Cost {
    /// Microseconds.
    each: f64,
    trips: f64,
}

fn pass() -> anyhow::Result<Pass> {
    let bare = bare_exchange()?.as_secs_f64() * 1e6;
    let busy = Bench::begin(SHORT)?;
    let first = busy.cost_of(|bench| bench.put_all())?;
    // Every entry refreshes at its own point: this is the way it goes on for the rest of its life.
    let refresh = busy.cost_of(|_| Ok(()))?;
    busy.end();
    let quiet = Bench::begin(LONG)?;
    quiet.cost_of(|bench| bench.put_all())?;
    quiet.until_all_registered()?;
    let before = busy_time("engine")?;
    quiet.idle();
    let idle = (busy_time("engine")? - before).as_secs_f64() * 1e3 / IDLE.as_secs_f64();
    quiet.end();
    Ok(Pass { bare, first, refresh, idle })
}

/// What the registrar tells of each request: whether it was accepted.
type Heard = bool;

/// A running engine with its registrar.
struct Bench {
    engine: Engine,
    registrar: SocketAddr,
    heard: Receiver<Heard>,
    clock: Monotonic,
}

impl Bench {
    fn begin(granted: u32) -> anyhow::Result<Self> {
        let (tell, heard) = channel();
        let registrar = registrar(granted, tell)?;
        let config = EngineConfig {
            contact: None,
            calls_to: None,
            dns_server: None,
            deny: Vec::new(),
            allow_loopback: true,
            pace: PaceConfig { per_registrar: 10_000, whole: 10_000 },
            keep_alive: None,
            user_agent: "Alta/bench".into(),
            tls: TlsFiles::default(),
        };
        let sockets = Sockets { udp: vec![Bound::to(([127, 0, 0, 1], 0).into())?], ..Sockets::default() };
        let engine = start(config, sockets)?;
        let bench = Self { engine, registrar, heard, clock: Monotonic::new() };
        // A thread has its name only once it runs.
        bench.until(|| busy_time("engine").is_ok())?;
        Ok(bench)
    }

    fn put_all(&self) -> anyhow::Result<()> {
        let puts = (0..ENTRIES).map(|number| put(number, self.registrar)).collect::<Result<_, _>>()?;
        self.engine.handle.put_many(puts);
        Ok(())
    }

    /// Waits for as many accepted requests as there are entries, after this.
    fn cost_of(&self, begin: impl FnOnce(&Self) -> anyhow::Result<()>) -> anyhow::Result<Cost> {
        let before = busy_time("engine")?;
        begin(self)?;
        let (mut accepted, mut requests) = (0, 0);
        while accepted < ENTRIES {
            accepted += usize::from(self.heard.recv_timeout(LIMIT).context("the engine has fallen silent")?);
            requests += 1;
        }
        let spent = busy_time("engine")? - before;
        let count = ENTRIES as f64;
        Ok(Cost { each: spent.as_secs_f64() * 1e6 / count, trips: f64::from(requests) / count })
    }

    fn until_all_registered(&self) -> anyhow::Result<()> {
        self.until(|| self.engine.handle.board().counts().contains(&(Group::Ok, ENTRIES)))
    }

    fn until(&self, holds: impl Fn() -> bool) -> anyhow::Result<()> {
        let since = self.clock.ms();
        while !holds() {
            if Duration::from_millis(self.clock.ms() - since) > LIMIT {
                bail!("what the bench waits for does not happen");
            }
            std::thread::yield_now();
        }
        Ok(())
    }

    /// Lets time pass; what still comes in is not counted.
    fn idle(&self) {
        let since = self.clock.ms();
        while let Some(left) = IDLE.checked_sub(Duration::from_millis(self.clock.ms() - since)) {
            let _ = self.heard.recv_timeout(left);
        }
    }

    /// Stops the engine and waits until its thread is gone, so that the next one is alone under its name.
    fn end(mut self) {
        let stop = self.engine.handle.clone();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        if let Ok(runtime) = runtime {
            runtime.block_on(stop.stop(false));
        }
        while self.engine.checkpoints.blocking_recv().is_some() {}
        while busy_time("engine").is_ok() {
            std::thread::yield_now();
        }
    }
}

fn put(number: usize, registrar: SocketAddr) -> anyhow::Result<Put> {
    let domain = registrar.to_string().parse()?;
    let account = Account {
        username: format!("user{number}").into(),
        peer: Arc::new(Peer::of_domain(&domain)),
        route: Default::default(),
        domain: domain.into(),
        contact_user: format!("3491{number:07}").into(),
        credentials: Credentials {
            user: format!("user{number}").into(),
            password: Secret::new("bench-password".into()),
            realm: None,
        },
        expire: LONG,
        terms: Arc::default(),
    };
    let checkpoint = Checkpoint {
        call_id: format!("bench-{number}@alta.invalid").into(),
        cseq_reserved: 0,
        binding: None,
        raised_expire: None,
    };
    Ok(Put { id: EntryId(i64::try_from(number)?), account, enabled: true, urgent: false, checkpoint })
}

/// Runs the demo provider's registrar on a thread of its own.
fn registrar(granted: u32, tell: Sender<Heard>) -> anyhow::Result<SocketAddr> {
    let socket = Bound::to(([127, 0, 0, 1], 0).into())?;
    let address = socket.local()?;
    let script = (0..ENTRIES).fold(Script::new("bench.invalid"), |script, number| {
        script.login(&format!("user{number}"), Login::new("bench-password"))
    });
    let mut registrar = Registrar::new(Script { grant: granted..=granted, ..script });
    let clock = Monotonic::new();
    on_a_thread("registrar", async move || {
        let udp = socket.drive()?;
        serve(&udp, |request| {
            let answer = registrar.handle(clock.ms(), request)?;
            // The bench is over when nobody counts any more.
            tell.send(answer.starts_with(b"SIP/2.0 200")).ok()?;
            Some(answer)
        })
        .await
    })?;
    Ok(address)
}

/// Processor time of one datagram out and one in, with nothing thought in between.
fn bare_exchange() -> anyhow::Result<Duration> {
    let socket = Bound::to(([127, 0, 0, 1], 0).into())?;
    let echo = socket.local()?;
    on_a_thread("echo", async move || serve(&socket.drive()?, |request| Some(request.to_vec())).await)?;
    let (tell, told) = channel();
    on_a_thread("bare", async move || {
        let udp = Bound::to(([127, 0, 0, 1], 0).into())?.drive()?;
        let mut buffer = vec![0; 65_536];
        let request = [b'x'; 600];
        let before = busy_time("bare")?;
        for _ in 0..EXCHANGES {
            udp.writable().await?;
            let _ = udp.send(echo, &request);
            while udp.receive(&mut buffer).is_err() {
                udp.readable().await?;
            }
        }
        tell.send(busy_time("bare")? - before)?;
        Ok(())
    })?;
    Ok(told.recv_timeout(LIMIT).context("the bare exchange did not end")? / EXCHANGES)
}

/// Answers datagrams until something fails.
async fn serve(udp: &Udp, mut answer: impl FnMut(&[u8]) -> Option<Vec<u8>>) -> anyhow::Result<()> {
    let mut buffer = vec![0; 65_536];
    loop {
        udp.readable().await?;
        while let Ok((length, from)) = udp.receive(&mut buffer) {
            if let Some(answer) = answer(&buffer[..length]) {
                while udp.send(from, &answer) == Sending::Full {
                    udp.writable().await?;
                }
            }
        }
        while udp.next_unsent().is_some() {}
    }
}

fn on_a_thread<F>(name: &str, run: impl FnOnce() -> F + Send + 'static) -> anyhow::Result<()>
where
    F: Future<Output = anyhow::Result<()>>,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::Builder::new().name(name.into()).spawn(move || {
        if let Err(error) = runtime.block_on(async { run().await }) {
            println!("{error:#}");
        }
    })?;
    Ok(())
}

/// Processor time that the thread of this name has had.
///
/// # Errors
/// When no such thread runs, or the system does not tell.
fn busy_time(thread: &str) -> anyhow::Result<Duration> {
    for task in std::fs::read_dir("/proc/self/task")? {
        let task = task?.path();
        let read = |file| std::fs::read_to_string(task.join(file));
        if read("comm").is_ok_and(|name| name.trim_end() == thread) {
            let figures = read("schedstat")?;
            let nanos = figures.split(' ').next().context("no figures")?;
            return Ok(Duration::from_nanos(nanos.parse()?));
        }
    }
    bail!("no thread is named {thread}")
}
