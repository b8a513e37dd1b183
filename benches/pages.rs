//! What the program costs with ten thousand entries: start, list pages, and the way from a POST to its REGISTER.
//! `cargo bench --bench pages`; it prints what it ran.

#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a measurement")]

mod fetch;
#[allow(dead_code, unused_imports, reason = "the tests use the rest of it")]
#[path = "../tests/it/support/mod.rs"]
mod support;

use std::net::{TcpStream, UdpSocket};
use std::time::Duration;

use alta::clock::Monotonic;
use alta::demo::script::{Login, Script};
use serde_json::{Value, json};
use support::{Api, Home, PASSWORD, Provider, Visitor, wait_for};

const ENTRIES: usize = 10_000;
const PAGES: u64 = 200;
const POSTS: usize = 50;

fn main() {
    let accounts = (0..ENTRIES).fold(Script::new("bench"), |script, n| script.login(&user(n), Login::new(PASSWORD)));
    let provider = Provider::with(accounts);
    let mut home = Home::with(&[("ALTA_SIP_PACE", "1000000"), ("ALTA_SIP_PACE_WHOLE", "1000000")]);
    let mut program = home.start();
    let api = Api::new(&home, &program);
    let visitor = Visitor::set_up(&mut program);
    let cookies = visitor.cookies();
    println!("{ENTRIES} entries, this machine, one provider on loopback, SQLite");

    let entries: Value = (0..ENTRIES)
        .map(|n| json!({ "username": user(n), "domain": provider.at.to_string(), "password": PASSWORD, "ddi": n.to_string() }))
        .collect();
    let clock = Monotonic::new();
    assert_eq!(api.post("/registrations", &entries).status, 201);
    println!("one POST of all of them: {} ms", clock.ms());
    wait_for("all registered", Duration::from_secs(300), || registered(&visitor) == ENTRIES);
    println!("until all are registered: {} ms, {} REGISTERs", clock.ms(), provider.registers());

    let sip = program.sip.to_string();
    home.set("ALTA_SIP_LISTEN", &sip);
    assert!(program.stop().success());
    let before = provider.registers();
    for run in 1..=5 {
        let clock = Monotonic::new();
        let program = home.start();
        println!("start {run} to both addresses printed: {} ms", clock.ms());
        assert!(program.stop().success());
    }
    println!("REGISTERs sent by these starts: {}", provider.registers() - before);

    let program = home.start();
    let mut stream = TcpStream::connect(program.http).expect("connected");
    let deep = fetch::deep(&mut stream, "/entries?per=100", &cookies, 95);
    for path in
        ["/entries", "/entries?per=100", "/entries?sort=contract&per=100", "/entries?q=99", "/entries?q=nothing", &deep]
    {
        fetch::page(&mut stream, path, &cookies);
        let clock = Monotonic::new();
        let bytes: usize = (0..PAGES).map(|_| fetch::page(&mut stream, path, &cookies).len()).sum();
        let shown: String = path.chars().take(40).collect();
        println!("GET {shown}: {:.2} ms each, {} bytes", clock.ms() as f64 / PAGES as f64, bytes / PAGES as usize);
    }
    posts(&api.again(&program));
    assert!(program.stop().success());
}

fn user(n: usize) -> String {
    format!("u{n:05}")
}

fn registered(visitor: &Visitor) -> usize {
    let count = visitor.get("/entries").words(".chips b[data-group=ok]").replace(',', "");
    count.parse().expect("a number")
}

/// From just before a POST is written to the arrival of its REGISTER.
fn posts(api: &Api) {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let at = socket.local_addr().expect("bound").to_string();
    let clock = Monotonic::new();
    let mut times: Vec<u64> = (0..POSTS)
        .map(|n| {
            let user = format!("post{n}x");
            let entry = json!({ "username": user, "domain": at, "password": PASSWORD, "ddi": user });
            let begun = clock.ms();
            let arrival = std::thread::scope(|scope| {
                let arrival = scope.spawn(|| arrival(&socket, &user, clock));
                assert_eq!(api.post("/registrations", &entry).status, 201);
                arrival.join().expect("it arrived")
            });
            arrival - begun
        })
        .collect();
    times.sort_unstable();
    println!(
        "POST to REGISTER on the wire, {POSTS} times: median {} ms, longest {} ms",
        times[POSTS / 2],
        times[POSTS - 1]
    );
}

/// When the first REGISTER of this user arrives.
fn arrival(socket: &UdpSocket, user: &str, clock: Monotonic) -> u64 {
    let mut buffer = vec![0; 65_536];
    loop {
        let length = socket.recv(&mut buffer).expect("received");
        if String::from_utf8_lossy(&buffer[..length]).contains(&format!("To: <sip:{user}@")) {
            return clock.ms();
        }
    }
}
