//! Connections that calls come back over, and farewells at the end, with the real program.

use std::time::Duration;

use alta::demo::script::Line;
use serde_json::json;

use crate::support::{Bench, Exchange, Home, LIMIT, Manner, Provider, Stage, wait_for};

/// An entry of a contract that asks for its flow to be kept, at a registrar that keeps it for ten seconds at a time.
fn outbound(exchange: &Exchange, bench: &Bench) -> i64 {
    let answer = ["Contact: <sip:9t@calls.example;ob>;expires=3600", "Require: outbound", "Flow-Timer: 10"];
    exchange.change(|registrar| {
        registrar.script.accounts.get_mut("t").unwrap().always = Some(Line::answer(200, "OK", &answer));
    });
    let terms = json!({ "name": "c", "outbound": true, "contact_address": "calls.example" });
    let contract = bench.api.post("/contracts", &terms).number("id");
    let id = bench.add("t", "provider.invalid", &format!("sip:{};transport=tcp", exchange.at));
    let mut entry = bench.api.get(&format!("/registrations/{id}")).body;
    for name in ["id", "status", "has_password"] {
        entry.as_object_mut().unwrap().remove(name);
    }
    entry["contract_id"] = json!(contract);
    assert_eq!(bench.api.put(&format!("/registrations/{id}"), &entry).status, 200);
    wait_for("the contract's terms", LIMIT, || exchange.heard().iter().any(|text| text.contains("reg-id=1")));
    bench.reaches(id, "registered");
    id
}

#[test]
fn a_kept_connection_that_breaks_is_registered_over_anew_without_anybody_asking() {
    let exchange = Exchange::tcp(&["t"]);
    let bench = Bench::new();
    let id = outbound(&exchange, &bench);
    let (before, accepted) = (exchange.registers(), exchange.accepted());
    exchange.hang_up();
    wait_for("another registration", LIMIT, || exchange.registers() > before);
    assert_eq!((exchange.registers(), exchange.accepted()), (before + 1, accepted + 1));
    bench.reaches(id, "registered");
}

#[test]
fn a_kept_connection_whose_keep_alives_stay_unanswered_is_given_up() {
    let exchange = Exchange::tcp(&["t"]);
    exchange.write_so(Manner::Deaf);
    let bench = Bench::new();
    outbound(&exchange, &bench);
    let accepted = exchange.accepted();
    // Ten seconds until the first keep-alive, ten for its answer.
    let limit = LIMIT + Duration::from_secs(20);
    wait_for("another connection", limit, || exchange.accepted() > accepted);
    assert!(exchange.heard().iter().any(String::is_empty), "it was asked first");
}

#[test]
fn with_the_setting_a_stop_undoes_every_binding_and_a_start_makes_them_anew() {
    let home = Home::with(&[("ALTA_SIP_UNREGISTER_AT_STOP", "true")]);
    let stage = Stage::at(home, Provider::new(&["a", "b"]));
    for user in ["a", "b"] {
        stage.register(user);
    }
    let Stage { home, program, provider, .. } = stage;
    assert!(program.stop().success());
    assert!(provider.bound("a").is_empty() && provider.bound("b").is_empty());
    let _program = home.start();
    wait_for("both are back", LIMIT, || ["a", "b"].iter().all(|user| provider.bound(user).len() == 1));
}

#[test]
fn with_the_setting_a_stop_does_not_wait_for_ever_for_a_provider_that_is_gone() {
    let home = Home::with(&[("ALTA_SIP_UNREGISTER_AT_STOP", "true")]);
    let stage = Stage::at(home, Provider::new(&["a"]));
    stage.register("a");
    stage.provider.change(|registrar| registrar.script.accounts.get_mut("a").unwrap().silent = true);
    assert!(stage.program.stop().success());
}
