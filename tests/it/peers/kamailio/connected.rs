//! Kamailio over TCP and TLS.

use super::server::Kamailio;
use crate::support::{Authority, Bench, Home, LIMIT, wait_for};

/// Registers three entries, refreshes them over what there is, and lets one go.
fn lives(bench: &Bench, kamailio: &Kamailio, uri: &str, transport: &str) {
    bench.add_all(&["961", "962", "963"], "kamailio.test", uri);
    bench.all_registered(3);
    let id = bench.in_state("registered")[0];
    let status = bench.status(id);
    assert_eq!((status.text("transport"), status.number("granted")), (transport, 3600), "{status:?}");
    let bound = kamailio.bound("961");
    assert_eq!(bound.len(), 1, "{bound:?}");
    let address = bound[0]["Address"].as_str().expect("an address");
    assert!(address.ends_with(&format!(";transport={transport}")), "{bound:?}");
    assert_eq!(kamailio.registers(), 6, "a challenge and its answer each");
    assert_eq!(kamailio.connections(), 1, "all of them over one");
    bench.refresh(id);
    wait_for("a refresh in one round trip", LIMIT, || kamailio.registers() == 7);
    assert_eq!(bench.reaches(id, "registered").number("attempts"), 0);
    assert_eq!(bench.api.delete(&format!("/registrations/{id}")).status, 204);
    wait_for("the binding is gone", LIMIT, || kamailio.bound("961").is_empty());
}

#[test]
fn kamailio_registers_over_tcp_in_both_algorithms() {
    for algorithm in ["", "SHA-256"] {
        let kamailio = Kamailio::over_tcp(algorithm);
        let bench = Bench::with(&[("ALTA_SIP_LISTEN", "udp:127.0.0.1:0,tcp:127.0.0.1:0")]);
        lives(&bench, &kamailio, &format!("sip:127.0.0.1:{};transport=tcp", kamailio.port), "tcp");
    }
}

#[test]
fn kamailio_registers_over_tls_in_both_algorithms() {
    let authority = Authority::new("Test Authority");
    for algorithm in ["", "SHA-256"] {
        let kamailio = Kamailio::over_tls(algorithm, &authority.issue(&["kamailio.test"]));
        let mut home = Home::new();
        let file = home.path().join("ca.pem");
        std::fs::write(&file, authority.pem()).expect("written");
        home.set("ALTA_SIP_TLS_EXTRA_CA", &file.display().to_string());
        lives(&Bench::at(home), &kamailio, &format!("sips:127.0.0.1:{}", kamailio.port), "tls");
    }
}

#[test]
fn killed_and_started_again_kamailio_is_connected_to_again() {
    let mut kamailio = Kamailio::over_tcp("");
    let bench = Bench::new();
    let id = bench.add("961", "kamailio.test", &format!("sip:127.0.0.1:{};transport=tcp", kamailio.port));
    bench.reaches(id, "registered");
    kamailio.kill();
    wait_for("nobody listens", LIMIT, || {
        bench.refresh(id);
        bench.status(id).text("cause") == "refused"
    });
    kamailio.run();
    wait_for("it registers", LIMIT, || {
        bench.refresh(id);
        bench.status(id).text("state") == "registered" && kamailio.bound("961").len() == 1
    });
}
