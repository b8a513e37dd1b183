//! Registering over TLS: which certificates are believed, for which name, and what is said of those that are not.

use std::net::SocketAddr;
use std::path::Path;

use crate::support::{Authority, Bench, Exchange, Home, LIMIT, wait_for};

/// A program that believes this authority.
fn believing(authority: &Authority) -> Bench {
    Bench::at(home(authority))
}

fn home(authority: &Authority) -> Home {
    let mut home = Home::new();
    let file = written(&home, "ca.pem", &authority.pem());
    home.set("ALTA_SIP_TLS_EXTRA_CA", &file);
    home
}

fn written(home: &Home, name: &str, text: &str) -> String {
    let path = home.path().join(name);
    std::fs::write(&path, text).expect("written");
    Path::display(&path).to_string()
}

fn sips(at: SocketAddr) -> String {
    format!("sips:{at}")
}

#[test]
fn an_entry_registers_over_tls_with_the_name_of_its_domain() {
    let authority = Authority::new("Test Authority");
    let exchange = Exchange::tls(&["961", "962"], authority.issue(&["provider.example"]).server(None));
    let bench = believing(&authority);
    let id = bench.add("961", "provider.example", &sips(exchange.at));
    let status = bench.reaches(id, "registered");
    assert_eq!((status.text("transport"), status.text("target")), ("tls", exchange.at.to_string().as_str()));
    assert!(exchange.heard()[0].contains("\r\nVia: SIP/2.0/TLS "), "{}", exchange.heard()[0]);
    let other = bench.add("962", "PROVIDER.example", &format!("sip:{};transport=tls", exchange.at));
    bench.reaches(other, "registered");
    bench.refresh(id);
    wait_for("a refresh", LIMIT, || exchange.seen("961").accepted == 2);
    assert_eq!((exchange.accepted(), exchange.shown().len()), (1, 0), "one connection, and no certificate of ours");
    exchange.hang_up();
    // Pressed while the answer before is still on its way, it changes nothing.
    wait_for("a refresh over a new connection", LIMIT, || {
        bench.refresh(id);
        exchange.accepted() == 2 && exchange.seen("961").accepted > 2
    });
    assert!(bench.program.stop().success());
}

#[test]
fn the_name_that_is_checked_is_that_of_the_hop_and_of_an_address_when_there_is_no_name() {
    let authority = Authority::new("Test Authority");
    let bench = believing(&authority);
    let named = Exchange::tls(&["961"], authority.issue(&["localhost"]).server(None));
    let id = bench.add("961", "provider.example", &format!("sips:localhost:{}", named.at.port()));
    bench.reaches(id, "registered");
    let address = Exchange::tls(&["962"], authority.issue(&["127.0.0.1"]).server(None));
    let id = bench.add("962", "127.0.0.1", &sips(address.at));
    bench.reaches(id, "registered");
}

#[test]
fn an_authority_that_nobody_knows_is_named() {
    let exchange = Exchange::tls(&["961"], Authority::new("Unheard Of").issue(&["provider.example"]).server(None));
    let bench = believing(&Authority::new("Test Authority"));
    let id = bench.add("961", "provider.example", &sips(exchange.at));
    let status = bench.fails(id, "tls_untrusted");
    assert!(status.text("detail").contains("Unheard Of"), "{status:?}");
    assert_eq!(exchange.registers(), 0);
}

#[test]
fn a_certificate_for_another_name_says_for_which() {
    let authority = Authority::new("Test Authority");
    let exchange = Exchange::tls(&["961"], authority.issue(&["a.other.example", "b.other.example"]).server(None));
    let bench = believing(&authority);
    let id = bench.add("961", "provider.example", &sips(exchange.at));
    let status = bench.fails(id, "tls_name");
    assert_eq!(status.text("detail"), "a.other.example, b.other.example");
    assert_eq!((status.text("by"), exchange.registers()), ("us", 0));
}

#[test]
fn a_certificate_out_of_its_time_says_until_or_from_when() {
    let authority = Authority::new("Test Authority");
    let bench = believing(&authority);
    for (user, years, detail) in [("961", (2019, 2021), "– 2021-01-01"), ("962", (2089, 2090), "2089-01-01 –")] {
        let exchange = Exchange::tls(&[user], authority.issue_for(&["provider.example"], years).server(None));
        let id = bench.add(user, "provider.example", &sips(exchange.at));
        assert_eq!(bench.fails(id, "tls_expired").text("detail"), detail);
    }
}

#[test]
fn a_port_that_speaks_no_tls_is_told_as_such() {
    let exchange = Exchange::tcp(&["961"]);
    let bench = believing(&Authority::new("Test Authority"));
    let id = bench.add("961", "provider.example", &sips(exchange.at));
    wait_for("a connection", LIMIT, || exchange.accepted() == 1);
    exchange.say(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    let status = bench.fails(id, "tls_failed");
    assert!(!status.text("detail").is_empty(), "{status:?}");
}

#[test]
fn one_domain_with_the_wrong_name_does_not_fail_another_at_the_same_address() {
    let authority = Authority::new("Test Authority");
    let exchange = Exchange::tls(&["961", "962"], authority.issue(&["provider.example"]).server(None));
    exchange.change(|registrar| registrar.script.accounts.get_mut("961").expect("a user").silent = true);
    let bench = believing(&authority);
    let right = bench.add("961", "provider.example", &sips(exchange.at));
    wait_for("a request in flight", LIMIT, || exchange.registers() == 1);
    let wrong = bench.add("962", "other.example", &sips(exchange.at));
    bench.fails(wrong, "tls_name");
    let status = bench.status(right);
    assert_eq!((status.text("state"), status.text("cause")), ("registering", ""), "{status:?}");
}

#[test]
fn our_own_certificate_is_shown_to_a_provider_that_demands_one() {
    let authority = Authority::new("Test Authority");
    let ours = authority.issue(&["alta.example"]);
    let server = authority.issue(&["provider.example"]).server(Some(&authority));
    let exchange = Exchange::tls(&["961", "962"], server);
    let without = believing(&authority);
    let id = without.add("961", "provider.example", &sips(exchange.at));
    let status = without.fails(id, "tls_failed");
    assert!(status.text("detail").contains("CertificateRequired"), "{status:?}");
    let mut home = home(&authority);
    let (certificate, key) =
        (written(&home, "alta.pem", &ours.certificate_pem), written(&home, "alta.key.pem", &ours.key_pem));
    home.set("ALTA_SIP_TLS_CERTIFICATE", &certificate);
    home.set("ALTA_SIP_TLS_KEY", &key);
    let with = Bench::at(home);
    let id = with.add("962", "provider.example", &sips(exchange.at));
    with.reaches(id, "registered");
    assert_eq!(exchange.shown(), [ours.der()]);
}

#[test]
fn a_wildcard_counts_only_when_that_is_set() {
    let authority = Authority::new("Test Authority");
    let exchange = Exchange::tls(&["961"], authority.issue(&["*.provider.example"]).server(None));
    let bench = believing(&authority);
    let id = bench.add("961", "sip.provider.example", &sips(exchange.at));
    assert_eq!(bench.fails(id, "tls_name").text("detail"), "*.provider.example");
    let mut home = home(&authority);
    home.set("ALTA_SIP_TLS_WILDCARDS", "true");
    let bench = Bench::at(home);
    let id = bench.add("961", "sip.provider.example", &sips(exchange.at));
    bench.reaches(id, "registered");
}

#[test]
fn a_system_that_knows_no_authority_believes_those_of_the_setting_and_nobody_else() {
    let (known, stranger) = (Authority::new("Known Authority"), Authority::new("Some Stranger"));
    let right = Exchange::tls(&["961"], known.issue(&["provider.example"]).server(None));
    let wrong = Exchange::tls(&["962"], stranger.issue(&["provider.example"]).server(None));
    for believed in [true, false] {
        let mut home = if believed { home(&known) } else { Home::new() };
        let empty = written(&home, "none.pem", "");
        home.set("SSL_CERT_FILE", &empty);
        home.set("SSL_CERT_DIR", &home.path().join("no-such-folder").display().to_string());
        let bench = Bench::at(home);
        let id = bench.add("962", "provider.example", &sips(wrong.at));
        assert_eq!(bench.fails(id, "tls_untrusted").text("detail"), "Some Stranger");
        let id = bench.add("961", "provider.example", &sips(right.at));
        if believed {
            bench.reaches(id, "registered");
        } else {
            assert_eq!(bench.fails(id, "tls_untrusted").text("detail"), "Known Authority");
        }
    }
}
