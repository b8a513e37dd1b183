//! A registrar behind an edge proxy that keeps flows: `path` and `outbound` as Kamailio does them.

use serde_json::json;

use super::server::Kamailio;
use crate::support::{Bench, LIMIT, PASSWORD, wait_for};

/// An entry of a contract that goes through this edge and asks for its flow to be kept.
fn add(bench: &Bench, edge: &Kamailio, user: &str) -> i64 {
    let proxy = format!("sip:127.0.0.1:{};transport=tcp", edge.port);
    let terms = json!({ "name": user, "outbound_proxy": proxy, "outbound": true });
    let contract = bench.api.post("/contracts", &terms).number("id");
    let entry = json!({ "username": user, "domain": "kamailio.test", "password": PASSWORD, "ddi": "91", "contract_id": contract });
    bench.api.post("/registrations", &entry).number("id")
}

#[test]
fn kamailio_keeps_the_flow_through_its_edge_and_is_registered_at_anew_when_that_breaks() {
    let registrar = Kamailio::keeping_flows(120);
    let mut edge = Kamailio::edge(registrar.port);
    let bench = Bench::new();
    let id = add(&bench, &edge, "961");
    let status = bench.reaches(id, "registered");
    assert_eq!((status.text("transport"), status.body["notes"].to_string()), ("tcp", "[]".to_owned()), "{status:?}");
    let bound = registrar.bound("961");
    assert_eq!(bound.len(), 1, "{bound:?}");
    let path = bound[0]["Path"].as_str().unwrap_or_default();
    assert!(path.contains(&format!("127.0.0.1:{}", edge.port)) && path.contains(";ob"), "{bound:?}");
    assert!(bound[0]["Instance"].as_str().is_some_and(|urn| urn.contains("urn:uuid:")), "{bound:?}");
    assert_eq!(bound[0]["Reg-Id"], 1, "{bound:?}");
    let before = registrar.registers();
    edge.kill();
    edge.run();
    wait_for("it registers over a new connection by itself", LIMIT * 3, || registrar.registers() > before);
    bench.reaches(id, "registered");
    let bound = registrar.bound("961");
    assert_eq!(bound.len(), 1, "the new flow takes the place of the old one: {bound:?}");
    assert_eq!(bench.api.delete(&format!("/registrations/{id}")).status, 204);
    wait_for("the binding is gone", LIMIT, || registrar.bound("961").is_empty());
}
