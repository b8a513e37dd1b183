//! A real Kamailio as the provider's registrar.

mod connected;
mod outbound;
mod server;

use std::collections::BTreeSet;
use std::time::Duration;

use alta::clock::Monotonic;
use serde_json::{Value, json};

use crate::support::{Api, Home, LIMIT, PASSWORD, Program, reaches, wait_for};
pub(super) use server::Kamailio;

/// Several back-offs of the retry class and a busy machine.
const RECOVERY: Duration = Duration::from_secs(150);

struct Scene {
    program: Program,
    api: Api,
    kamailio: Kamailio,
    _home: Home,
}

impl Scene {
    fn new(kamailio: Kamailio) -> Self {
        Self::with(kamailio, &[])
    }

    fn with(kamailio: Kamailio, settings: &[(&str, &str)]) -> Self {
        let home = Home::with(settings);
        let program = home.start();
        let api = Api::new(&home, &program);
        Self { program, api, kamailio, _home: home }
    }

    fn entry(&self, user: &str, password: &str) -> Value {
        let domain = format!("127.0.0.1:{}", self.kamailio.port);
        json!({ "username": user, "domain": domain, "password": password, "ddi": format!("9{user}") })
    }

    fn add(&self, user: &str, password: &str) -> i64 {
        let made = self.api.post("/registrations", &self.entry(user, password));
        assert_eq!(made.status, 201, "{made:?}");
        made.number("id")
    }
}

#[test]
fn kamailio_keeps_the_binding_refreshes_it_and_lets_it_go() {
    let scene = Scene::new(Kamailio::start(3600, ""));
    let id = scene.add("961", PASSWORD);
    let status = reaches(&scene.api, id, "registered", LIMIT);
    assert_eq!((status.number("granted"), status.text("cause")), (3600, ""));
    let bound = scene.kamailio.bound("961");
    assert_eq!(bound.len(), 1, "{bound:?}");
    assert_eq!(bound[0]["Address"], format!("sip:9961@{}", scene.program.sip));
    assert_eq!(bound[0]["Call-ID"], status.text("call_id"));
    assert_eq!(scene.kamailio.registers(), 2, "a challenge and its answer");
    let cseq = |bound: &[Value]| bound.first().and_then(|contact| contact["CSeq"].as_i64()).unwrap_or_default();
    let before = cseq(&bound);
    assert_eq!(scene.api.post(&format!("/registrations/{id}/refresh"), &Value::Null).status, 202);
    wait_for("a refreshed binding", LIMIT, || cseq(&scene.kamailio.bound("961")) > before);
    assert_eq!(scene.kamailio.registers(), 3, "a refresh is one round trip");
    assert_eq!(scene.api.delete(&format!("/registrations/{id}")).status, 204);
    wait_for("the binding is gone", LIMIT, || scene.kamailio.bound("961").is_empty());
}

#[test]
fn kamailio_is_answered_in_sha_256_too() {
    let scene = Scene::new(Kamailio::start(3600, "SHA-256"));
    let id = scene.add("961", PASSWORD);
    reaches(&scene.api, id, "registered", LIMIT);
    assert_eq!(scene.kamailio.bound("961").len(), 1);
}

#[test]
fn a_crowd_that_leaves_together_is_registered_one_by_one() {
    let wide = [("ALTA_SIP_PACE", "1000000"), ("ALTA_SIP_PACE_WHOLE", "1000000")];
    let scene = Scene::with(Kamailio::start(3600, ""), &wide);
    // Of one length, so that their REGISTERs are.
    let users: Vec<String> = (100..300).map(|n| n.to_string()).collect();
    let all: Value = users.iter().map(|user| scene.entry(user, PASSWORD)).collect();
    assert_eq!(scene.api.post("/registrations", &all).status, 201);
    let registered = || scene.api.get("/registrations?state=registered&limit=1").number("total");
    wait_for("all are registered", LIMIT, || registered() == 200);
    assert!(users.iter().all(|user| scene.kamailio.bound(user).len() == 1), "each has a binding of its own");
    let registers = scene.kamailio.registers();
    assert!((400..500).contains(&registers), "a challenge and its answer each, few of them lost: {registers}");
}

#[test]
fn a_path_in_the_answer_does_no_harm() {
    let scene = Scene::new(Kamailio::with_path());
    let id = scene.add("961", PASSWORD);
    reaches(&scene.api, id, "registered", LIMIT);
    let bound = scene.kamailio.bound("961");
    assert!(bound.len() == 1 && bound[0]["Path"].as_str().is_some_and(|path| path.contains("sip:")), "{bound:?}");
    assert_eq!(scene.api.post(&format!("/registrations/{id}/refresh"), &Value::Null).status, 202);
    wait_for("a refreshed binding", LIMIT, || scene.kamailio.registers() == 3);
    assert_eq!(reaches(&scene.api, id, "registered", LIMIT).text("cause"), "");
}

#[test]
fn a_wrong_password_is_refused_and_told_as_such() {
    let scene = Scene::new(Kamailio::start(3600, ""));
    let id = scene.add("961", "not the password");
    let status = reaches(&scene.api, id, "rejected_auth", LIMIT);
    assert_eq!((status.text("cause"), status.number("code"), status.text("by")), ("auth_rejected", 401, "provider"));
    assert!(scene.kamailio.bound("961").is_empty());
    assert_eq!(scene.kamailio.registers(), 2, "one answer to one challenge, and no hammering");
    // Another's account with the right password: refused behind the digest.
    let mut other = scene.entry("962", PASSWORD);
    other["user"] = json!("963");
    let id = scene.api.post("/registrations", &other).number("id");
    let status = reaches(&scene.api, id, "rejected", LIMIT);
    assert_eq!((status.text("cause"), status.text("reason")), ("forbidden", "Not Your Account"));
}

#[test]
fn a_refresh_comes_in_time_by_itself() {
    let scene = Scene::new(Kamailio::start(8, ""));
    let id = scene.add("961", PASSWORD);
    let status = reaches(&scene.api, id, "registered", LIMIT);
    assert_eq!((status.number("asked"), status.number("granted")), (3600, 8));
    let mut cseqs = BTreeSet::new();
    wait_for("three refreshes, and never without a binding", LIMIT * 2, || {
        let bound = scene.kamailio.bound("961");
        assert_eq!(bound.len(), 1, "the binding lapsed after {cseqs:?}");
        cseqs.insert(bound[0]["CSeq"].as_i64());
        cseqs.len() > 3
    });
}

#[test]
fn killed_and_started_again_it_gets_every_binding_back_without_a_storm() {
    const ENTRIES: i64 = 40;
    let mut scene = Scene::new(Kamailio::start(10, ""));
    let entries: Value = (0..ENTRIES).map(|n| scene.entry(&format!("u{n}"), PASSWORD)).collect();
    assert_eq!(scene.api.post("/registrations", &entries).status, 201);
    let registered = |scene: &Scene| {
        let page = scene.api.get("/registrations?limit=500&state=registered");
        page.body["items"].as_array().map_or(0, Vec::len)
    };
    let all = usize::try_from(ENTRIES).expect("few");
    wait_for("all registered", LIMIT, || registered(&scene) == all);
    scene.kamailio.kill();
    wait_for("all noticed", RECOVERY, || registered(&scene) == 0);
    scene.kamailio.run();
    let clock = Monotonic::new();
    wait_for("all registered again", RECOVERY, || registered(&scene) == all);
    for n in 0..ENTRIES {
        assert_eq!(scene.kamailio.bound(&format!("u{n}")).len(), 1, "u{n}");
    }
    // A challenge and its answer each; and grants of ten seconds are refreshed every five at most, with a new nonce at
    // the worst.
    let (registers, entries) = (scene.kamailio.registers(), u64::try_from(ENTRIES).expect("few"));
    let most = entries * (2 + 2 * clock.ms().div_ceil(5_000));
    println!("{registers} REGISTERs for {entries} entries in {} ms", clock.ms());
    assert!((2 * entries..=most).contains(&registers), "{registers} REGISTERs, {most} at most");
}
