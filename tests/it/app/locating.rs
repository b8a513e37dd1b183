//! Where an entry registers when its domain is a name: the real program, asking a real name server.

use std::net::UdpSocket;
use std::time::Duration;

use hickory_server::proto::rr::RecordType;

use crate::support::{Bench, Exchange, LIMIT, NameServer, Provider, wait_for};

/// Longer than any test.
const LONG: u32 = 3600;
const LOOPBACK: [u8; 4] = [127, 0, 0, 1];

fn asking(names: &NameServer) -> Bench {
    Bench::with(&[("ALTA_DNS_SERVER", &names.at.to_string())])
}

/// A port where nobody listens.
fn closed() -> u16 {
    UdpSocket::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound").port()
}

#[test]
fn naptr_leads_to_srv_and_that_to_an_address() {
    let (names, exchange, provider) = (NameServer::new(), Exchange::tcp(&["961"]), Provider::new(&["961"]));
    names.naptr("voip.example", LONG, 20, ("SIP+D2U", "_sip._udp.voip.example"));
    names.naptr("voip.example", LONG, 10, ("SIP+D2T", "_sip._tcp.voip.example"));
    names.srv("_sip._tcp.voip.example", LONG, 10, ("a.voip.example", exchange.at.port()));
    names.srv("_sip._udp.voip.example", LONG, 10, ("a.voip.example", provider.at.port()));
    names.a("a.voip.example", LONG, LOOPBACK);
    let bench = asking(&names);
    let id = bench.add("961", "voip.example", "");
    let status = bench.reaches(id, "registered");
    assert_eq!((status.text("transport"), status.text("target")), ("tcp", exchange.at.to_string().as_str()));
    let chain = format!("_sip._tcp.voip.example → a.voip.example:{} → 127.0.0.1", exchange.at.port());
    assert_eq!(status.text("chain"), chain);
    assert!(exchange.heard()[0].starts_with("REGISTER sip:voip.example SIP/2.0\r\n"), "{}", exchange.heard()[0]);
}

#[test]
fn a_dead_first_target_is_left_and_the_status_names_the_one_that_serves() {
    let (names, provider) = (NameServer::new(), Provider::new(&["961", "962"]));
    names.srv("_sip._udp.voip.example", LONG, 10, ("dead.voip.example", closed()));
    names.srv("_sip._udp.voip.example", LONG, 20, ("live.voip.example", provider.at.port()));
    names.a("dead.voip.example", LONG, LOOPBACK);
    names.a("live.voip.example", LONG, LOOPBACK);
    let bench = asking(&names);
    let id = bench.add("961", "voip.example", "");
    let status = bench.reaches(id, "registered");
    assert_eq!((status.text("target"), status.number("attempts")), (provider.at.to_string().as_str(), 0));
    let chain = format!("_sip._udp.voip.example → live.voip.example:{} → 127.0.0.1", provider.at.port());
    assert_eq!(status.text("chain"), chain);
    let other = bench.add("962", "voip.example", "");
    let status = bench.reaches(other, "registered");
    assert_eq!(
        (status.text("target"), status.number("cseq")),
        (provider.at.to_string().as_str(), 2),
        "it went there first"
    );
}

#[test]
fn a_name_that_does_not_exist_and_a_server_that_fails_are_told_apart() {
    let names = NameServer::new();
    names.fail("broken.example");
    names.fail("_sip._udp.broken.example");
    names.fail("_sip._tcp.broken.example");
    let bench = asking(&names);
    for (domain, cause) in [("nowhere.example", "dns_not_found"), ("broken.example", "dns_failed")] {
        let id = bench.add("961", domain, "");
        let status = bench.fails(id, cause);
        assert_eq!((status.text("detail"), status.text("by")), (domain, "us"), "{status:?}");
        assert_eq!(bench.api.delete(&format!("/registrations/{id}")).status, 204);
    }
}

#[test]
fn a_name_server_that_falls_silent_costs_no_registered_line() {
    let (names, provider) = (NameServer::new(), Provider::new(&["961"]));
    names.naptr("voip.example", 1, 10, ("SIP+D2U", "_sip._udp.voip.example"));
    names.srv("_sip._udp.voip.example", 1, 10, ("a.voip.example", provider.at.port()));
    names.a("a.voip.example", 1, LOOPBACK);
    let bench = asking(&names);
    let id = bench.add("961", "voip.example", "");
    bench.reaches(id, "registered");
    names.fall_silent();
    let before = names.asked().len();
    // What was answered is believed for a little while; then it asks again, and is not answered.
    wait_for("it asks again", LIMIT, || {
        bench.refresh(id);
        names.asked().len() > before
    });
    let accepted = provider.seen("961").accepted;
    wait_for("it refreshes all the same", LIMIT, || provider.seen("961").accepted > accepted);
    let status = bench.reaches(id, "registered");
    assert_eq!(status.number("attempts"), 0, "{status:?}");
    // While the server is known to be silent nobody waits for it.
    let accepted = provider.seen("961").accepted;
    wait_for("a refresh at once", Duration::from_secs(2), || {
        bench.refresh(id);
        provider.seen("961").accepted > accepted
    });
}

#[test]
fn two_hundred_entries_of_a_domain_ask_each_question_once() {
    let users: Vec<String> = (0..200).map(|n| format!("u{n}")).collect();
    let users: Vec<&str> = users.iter().map(String::as_str).collect();
    let (names, provider) = (NameServer::new(), Provider::new(&users));
    names.srv("_sip._udp.voip.example", LONG, 10, ("a.voip.example", provider.at.port()));
    names.a("a.voip.example", LONG, LOOPBACK);
    let bench = asking(&names);
    bench.add_all(&users, "voip.example", "");
    bench.all_registered(200);
    let mut asked = names.asked();
    asked.sort();
    let udp = ("_sip._udp.voip.example".to_owned(), RecordType::SRV);
    let tcp = ("_sip._tcp.voip.example".to_owned(), RecordType::SRV);
    let (naptr, a) = (("voip.example".to_owned(), RecordType::NAPTR), ("a.voip.example".to_owned(), RecordType::A));
    assert_eq!(asked, [tcp, udp, a, naptr]);
}

#[test]
fn names_of_the_hosts_file_need_no_name_server() {
    let (names, provider) = (NameServer::new(), Provider::new(&["961"]));
    let bench = asking(&names);
    let id = bench.add("961", &format!("localhost:{}", provider.at.port()), "");
    let status = bench.reaches(id, "registered");
    assert_eq!(status.text("chain"), format!("localhost:{} → 127.0.0.1", provider.at.port()));
    assert_eq!(names.asked(), []);
}
