//! Registering over TCP, and over IPv6: one connection for all, however its bytes come.

use std::net::TcpListener;

use alta::demo::registrar::Registrar;
use alta::demo::script::Line;

use crate::support::{Bench, Exchange, Home, LIMIT, Manner, Provider, Stage, wait_for};

/// `n` users, `u0` and so on.
fn users(n: usize) -> Vec<String> {
    (0..n).map(|n| format!("u{n}")).collect()
}

fn over_tcp(exchange: &Exchange) -> String {
    format!("sip:{};transport=tcp", exchange.at)
}

/// A script's next line for a user.
fn next_line(registrar: &mut Registrar, user: &str, line: Line) {
    registrar.script.accounts.get_mut(user).expect("a user").lines.push_back(line);
}

#[test]
fn an_entry_registers_refreshes_and_goes_over_one_tcp_connection() {
    let exchange = Exchange::tcp(&["961"]);
    let bench = Bench::with(&[("ALTA_SIP_LISTEN", "udp:127.0.0.1:0,tcp:127.0.0.1:0")]);
    let id = bench.add("961", "provider.invalid", &over_tcp(&exchange));
    let status = bench.reaches(id, "registered");
    assert_eq!((status.text("transport"), status.text("target")), ("tcp", exchange.at.to_string().as_str()));
    let heard = exchange.heard();
    assert!(heard[0].starts_with("REGISTER sip:provider.invalid SIP/2.0\r\nVia: SIP/2.0/TCP "), "{}", heard[0]);
    let contact = format!("sip:9961@{};transport=tcp", line(&bench, "sip: tcp "));
    assert_eq!(exchange.bound("961"), [contact], "where we listen for TCP");
    bench.refresh(id);
    wait_for("a refresh", LIMIT, || exchange.seen("961").accepted == 2);
    assert_eq!(exchange.seen("961").registers, 3, "a refresh is one round trip");
    assert_eq!(bench.api.delete(&format!("/registrations/{id}")).status, 204);
    wait_for("the binding is gone", LIMIT, || exchange.bound("961").is_empty());
    assert_eq!(exchange.accepted(), 1);
    assert!(bench.program.stop().success(), "it stops with a connection open");
}

fn line(bench: &Bench, start: &str) -> String {
    let printed = bench.program.printed();
    printed.lines().find_map(|line| line.strip_prefix(start)).expect("a line").to_owned()
}

#[test]
fn fifty_entries_share_one_connection_and_one_more_when_that_is_closed() {
    let users = users(50);
    let users: Vec<&str> = users.iter().map(String::as_str).collect();
    let exchange = Exchange::tcp(&users);
    let bench = Bench::new();
    bench.add_all(&users, "provider.invalid", &over_tcp(&exchange));
    bench.all_registered(50);
    assert_eq!((exchange.accepted(), exchange.registers()), (1, 100));
    exchange.hang_up();
    let ids = bench.in_state("registered");
    assert_eq!(ids.len(), 50, "a closed connection is no lost binding");
    // Some of these may be written before the end of the connection is seen; they are written again on the next one.
    ids.iter().for_each(|id| bench.refresh(*id));
    wait_for("all refreshed", LIMIT, || users.iter().all(|user| exchange.seen(user).accepted == 2));
    assert_eq!((exchange.accepted(), exchange.registers()), (2, 150), "no storm");
    bench.all_registered(50);
}

#[test]
fn a_provider_that_closes_instead_of_answering_is_not_hammered() {
    let exchange = Exchange::tcp(&["961"]);
    let bench = Bench::new();
    let id = bench.add("961", "provider.invalid", &over_tcp(&exchange));
    bench.reaches(id, "registered");
    // Nothing is answered from here on, and every request is hung up on.
    exchange.change(|registrar| registrar.script.accounts.get_mut("961").expect("a user").silent = true);
    bench.refresh(id);
    for asked in 3..=4 {
        wait_for("a request", LIMIT, || exchange.seen("961").registers == asked);
        exchange.hang_up();
    }
    let status = bench.reaches(id, "at_risk");
    assert_eq!((status.text("cause"), status.number("attempts")), ("refused", 1), "written again once: {status:?}");
    exchange.change(|registrar| registrar.script.accounts.get_mut("961").expect("a user").silent = false);
    wait_for("it registers", LIMIT, || {
        bench.refresh(id);
        bench.status(id).text("state") == "registered"
    });
}

#[test]
fn answers_may_come_byte_by_byte_together_and_cut_anywhere() {
    let users = users(4);
    let users: Vec<&str> = users.iter().map(String::as_str).collect();
    for manner in [Manner::Slow, Manner::Together(4)] {
        let exchange = Exchange::tcp(&users);
        exchange.write_so(manner);
        let bench = Bench::new();
        bench.add_all(&users, "provider.invalid", &over_tcp(&exchange));
        bench.all_registered(4);
        assert_eq!((exchange.accepted(), exchange.registers()), (1, 8), "{manner:?}");
    }
}

#[test]
fn an_answer_without_a_length_ends_the_connection_and_the_entry_says_so() {
    let exchange = Exchange::tcp(&["961"]);
    exchange.write_so(Manner::Endless);
    let bench = Bench::new();
    let id = bench.add("961", "provider.invalid", &over_tcp(&exchange));
    let status = bench.fails(id, "bad_response");
    assert_eq!((status.text("state"), status.text("detail")), ("retrying", "Content-Length"), "{status:?}");
    exchange.write_so(Manner::Whole);
    // The target is left alone for a second or so, whoever asks.
    wait_for("it registers", LIMIT, || {
        bench.refresh(id);
        bench.status(id).text("state") == "registered"
    });
}

#[test]
fn a_port_where_nobody_listens_is_told_as_refused() {
    let at = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound");
    let bench = Bench::new();
    let id = bench.add("961", "provider.invalid", &format!("sip:{at};transport=tcp"));
    let status = bench.fails(id, "refused");
    assert_eq!((status.text("target"), status.text("transport")), (at.to_string().as_str(), "tcp"));
}

#[test]
fn pings_and_requests_of_the_provider_are_answered_on_its_connection() {
    let exchange = Exchange::tcp(&["961"]);
    let bench = Bench::new();
    let id = bench.add("961", "provider.invalid", &over_tcp(&exchange));
    bench.reaches(id, "registered");
    let before = exchange.heard().len();
    let options = "OPTIONS sip:9961@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bK1\r\n\
                   From: <sip:x@y.example>;tag=1\r\nTo: <sip:9961@127.0.0.1>\r\nCall-ID: 1@y\r\nCSeq: 1 OPTIONS\r\n\
                   Content-Length: 0\r\n\r\n";
    exchange.say(format!("\r\n\r\n{options}").as_bytes());
    wait_for("an answer", LIMIT, || exchange.heard().len() > before);
    let heard = exchange.heard();
    assert!(heard[before].starts_with("SIP/2.0 200 OK\r\n") && heard[before].contains("Allow: "), "{heard:?}");
    assert_eq!((heard.len() - before, exchange.accepted()), (1, 1), "a single line end is no message: {heard:?}");
}

#[test]
fn a_registered_line_outlives_the_refusal_of_one_refresh_over_tcp() {
    let exchange = Exchange::tcp(&["961"]);
    let bench = Bench::new();
    let id = bench.add("961", "provider.invalid", &over_tcp(&exchange));
    bench.reaches(id, "registered");
    exchange.change(|registrar| next_line(registrar, "961", Line::answer(500, "Oops", &[])));
    bench.refresh(id);
    let status = bench.reaches(id, "at_risk");
    assert_eq!((status.text("cause"), status.number("code")), ("server_error", 500));
    bench.refresh(id);
    bench.reaches(id, "registered");
    assert_eq!(exchange.accepted(), 1);
}

#[test]
fn ipv6_registers_from_a_socket_of_its_own() {
    if TcpListener::bind("[::1]:0").is_err() {
        println!("this machine has no IPv6 on loopback");
        return;
    }
    let home = Home::with(&[("ALTA_SIP_LISTEN", "udp:[::1]:0")]);
    let stage = Stage::at(home, Provider::on("[::1]:0", &["961"]));
    let id = stage.register("961");
    assert_eq!(stage.provider.bound("961"), [format!("sip:9961@{}", stage.program.sip)]);
    let status = stage.reaches(id, "registered");
    assert_eq!(status.text("target"), stage.provider.at.to_string());
    assert!(stage.provider.heard("961")[0].contains("Via: SIP/2.0/UDP [::1]:"), "{:?}", stage.provider.heard("961"));
}
