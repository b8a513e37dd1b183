//! What others bring to our own TCP and TLS ports.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use alta::demo::script::{Login, Script};

use crate::support::{Authority, Bench, Home, LIMIT, PASSWORD, Provider, Stage, wait_for};

fn listening() -> Bench {
    Bench::with(&[("ALTA_SIP_LISTEN", "udp:127.0.0.1:0,tcp:127.0.0.1:0")])
}

fn port(bench: &Bench, transport: &str) -> SocketAddr {
    let (printed, start) = (bench.program.printed(), format!("sip: {transport} "));
    printed.lines().find_map(|line| line.strip_prefix(&start)).expect("a line").parse().expect("an address")
}

fn connect(to: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(to).expect("it listens");
    stream.set_read_timeout(Some(LIMIT)).expect("a timeout");
    stream.set_write_timeout(Some(LIMIT)).expect("a timeout");
    stream
}

fn options(transport: &str, call: usize) -> String {
    format!(
        "OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/{transport} 192.0.2.1;branch=z9hG4bK{call}\r\n\
         From: <sip:x@y.example>;tag=1\r\nTo: <sip:127.0.0.1>\r\nCall-ID: {call}@y\r\nCSeq: 1 OPTIONS\r\n\
         Content-Length: 0\r\n\r\n"
    )
}

/// Reads until `done` is satisfied with what came.
#[track_caller]
fn read(stream: &mut impl Read, done: impl Fn(&str) -> bool) -> String {
    let (mut got, mut chunk) = (String::new(), [0; 4096]);
    while !done(&got) {
        match stream.read(&mut chunk) {
            Ok(length) if length > 0 => got.push_str(&String::from_utf8_lossy(&chunk[..length])),
            other => panic!("{other:?} after {got:?}"),
        }
    }
    got
}

/// Asks and is answered.
#[track_caller]
fn is_answered(stream: &mut (impl Read + Write), transport: &str, call: usize) {
    stream.write_all(options(transport, call).as_bytes()).expect("sent");
    let answer = read(stream, |got| got.ends_with("\r\n\r\n"));
    assert!(answer.starts_with("SIP/2.0 200 OK\r\n") && answer.contains(&format!("Call-ID: {call}@y\r\n")), "{answer}");
}

#[test]
fn options_are_answered_on_their_connection_and_a_ping_with_a_line_end() {
    let bench = listening();
    let mut stream = connect(port(&bench, "tcp"));
    stream.write_all(b"\r\n\r\n").expect("sent");
    assert_eq!(read(&mut stream, |got| got.len() >= 2), "\r\n");
    is_answered(&mut stream, "TCP", 1);
    let both = options("TCP", 2) + &options("TCP", 3);
    let (first, rest) = both.split_at(100);
    stream.write_all(first.as_bytes()).expect("sent");
    stream.write_all(rest.as_bytes()).expect("sent");
    let answers = read(&mut stream, |got| got.matches("\r\n\r\n").count() == 2);
    assert!(answers.contains("Call-ID: 2@y") && answers.contains("Call-ID: 3@y"), "{answers}");
    assert!(bench.program.stop().success(), "it stops with a connection open");
    assert_eq!(stream.read(&mut [0; 10]).expect("closed in order"), 0);
}

#[test]
fn garbage_ends_its_own_connection_and_no_other() {
    let bench = listening();
    let at = port(&bench, "tcp");
    let (mut half, mut calm) = (connect(at), connect(at));
    half.write_all(&options("TCP", 1).as_bytes()[..80]).expect("sent");
    let whole = vec![b'x'; 1 << 20];
    for garbage in [
        whole.as_slice(),
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    ] {
        let mut stream = connect(at);
        // It is closed in the middle of too much of it.
        let _ = stream.write_all(garbage);
        wait_for("it is closed", LIMIT, || matches!(stream.read(&mut [0; 100]), Ok(0) | Err(_)));
    }
    is_answered(&mut calm, "TCP", 2);
    let many: Vec<TcpStream> = (0..100).map(|_| connect(at)).collect();
    is_answered(&mut connect(at), "TCP", 3);
    drop(many);
    half.write_all(&options("TCP", 1).as_bytes()[80..]).expect("sent");
    assert!(read(&mut half, |got| got.ends_with("\r\n\r\n")).starts_with("SIP/2.0 200 OK\r\n"));
}

#[test]
fn a_flood_of_pings_and_tiny_messages_delays_nobody() {
    let bench = listening();
    let at = port(&bench, "tcp");
    let (mut pings, mut tiny) = (connect(at), connect(at));
    for stream in [&pings, &tiny] {
        stream.set_nonblocking(true).expect("a connection");
    }
    let clock = alta::clock::Monotonic::new();
    let (ping, message) = (b"\r\n\r\n".repeat(16_384), b"A\nl:0\n\n".repeat(8_192));
    for asked in 1..=10 {
        // Whatever it takes, or nothing while it takes none.
        while clock.ms() < asked * 200 {
            let _ = (pings.write(&ping), tiny.write(&message));
        }
        let begun = clock.ms();
        is_answered(&mut connect(at), "TCP", 1);
        let took = Duration::from_millis(clock.ms() - begun);
        assert!(took < Duration::from_secs(2), "{took:?}");
    }
}

#[test]
fn a_flood_of_datagrams_that_nobody_waits_for_delays_no_refresh() {
    let script = Script { grant: 4..=4, ..Script::new("flooded") }.login("a", Login::new(PASSWORD));
    let stage = Stage::at(Home::new(), Provider::with(script));
    let id = stage.register("a");
    let (to, over) = (stage.program.sip, Arc::new(AtomicBool::new(false)));
    let until = over.clone();
    let flooding = std::thread::spawn(move || {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
        let stray = b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nCSeq: 1 REGISTER\r\n\r\n";
        while !until.load(Ordering::Relaxed) {
            let _ = socket.send_to(stray, to);
        }
    });
    // At half of its life and a little more, each: never late, or the registrar would have let it go.
    wait_for("three refreshes", LIMIT, || {
        assert!(!stage.provider.bound("a").is_empty(), "the binding ran out");
        stage.provider.seen("a").accepted >= 4
    });
    over.store(true, Ordering::Relaxed);
    flooding.join().expect("it ended");
    stage.reaches(id, "registered");
}

#[test]
fn our_tls_port_shows_our_certificate_and_answers() {
    let authority = Authority::new("Test Authority");
    let ours = authority.issue(&["alta.example"]);
    let mut home = Home::with(&[("ALTA_SIP_LISTEN", "udp:127.0.0.1:0,tls:127.0.0.1:0")]);
    for (setting, name, text) in [
        ("ALTA_SIP_TLS_CERTIFICATE", "alta.pem", &ours.certificate_pem),
        ("ALTA_SIP_TLS_KEY", "alta.key.pem", &ours.key_pem),
    ] {
        let path = home.path().join(name);
        std::fs::write(&path, text).expect("written");
        home.set(setting, &path.display().to_string());
    }
    let bench = Bench::at(home);
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(authority.pem().as_bytes()).expect("a certificate"))
        .expect("an authority");
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("alta.example").expect("a name");
    let at = port(&bench, "tls");
    let mut stream = StreamOwned::new(ClientConnection::new(Arc::new(config), name).expect("a client"), connect(at));
    is_answered(&mut stream, "TLS", 1);
    let mut plain = connect(at);
    plain.write_all(options("TLS", 2).as_bytes()).expect("sent");
    wait_for("it is closed", LIMIT, || matches!(plain.read(&mut [0; 100]), Ok(0) | Err(_)));
    is_answered(&mut stream, "TLS", 3);
}
