//! The terms of contracts, from the form and the API down to the wire.

use serde_json::{Value, json};

use crate::support::{Exchange, Home, LIMIT, Provider, Stage, Visitor, wait_for};

/// A program on two addresses, and a provider that has this user.
fn stage(user: &str) -> Stage {
    let home = Home::with(&[("ALTA_SIP_LISTEN", "127.0.0.1:0,127.0.0.2:0")]);
    Stage::at(home, Provider::new(&[user]))
}

/// Adds an entry of this contract and waits until it is registered.
fn register(stage: &Stage, user: &str, contract: i64) -> i64 {
    let mut entry = stage.entry(user);
    entry["contract_id"] = json!(contract);
    let id = stage.api.post("/registrations", &entry).number("id");
    stage.reaches(id, "registered");
    id
}

fn second_address(stage: &Stage) -> String {
    let printed = stage.program.printed();
    printed.lines().find_map(|line| line.strip_prefix("sip: udp 127.0.0.2:")).map(|p| format!("127.0.0.2:{p}")).unwrap()
}

#[test]
fn the_form_offers_terms_and_says_what_is_wrong_with_them() {
    let mut stage = stage("a");
    let second = second_address(&stage);
    let visitor = Visitor::set_up(&mut stage.program);
    let blank = visitor.get("/contracts/new");
    assert!(blank.one("details.group").attr("open").is_none(), "nothing is set: they stay folded");
    let wrong = [
        ("name", "x"),
        ("contact_address", "a b"),
        ("outbound_proxy", "proxy.example"),
        ("pace", "0"),
        ("local_address", "192.0.2.1:5060"),
    ];
    let page = visitor.submit(&blank, "main form", &wrong);
    assert_eq!(page.status, 422);
    assert!(page.one("details.group").attr("open").is_some());
    assert_eq!(page.all("#summary li").len(), 3, "{}", page.words("#summary"));
    assert!(page.words("#outbound_proxy-fault").contains("sip:") && page.words("#pace-fault").contains("100,000"));
    // What is well written but not ours is found by the one who knows.
    let fields = [("name", "x"), ("local_address", "192.0.2.1:5060")];
    let page = visitor.submit(&blank, "main form", &fields);
    assert!(page.status == 422 && page.words("#local_address-fault").contains("offered"), "{}", page.text);
    let right = [
        ("name", "Carrier"),
        ("numbering", "multi_ddi"),
        ("contact_address", "calls.example:5080"),
        ("outbound_proxy", "sip:10.0.0.1;transport=tcp"),
        ("pace", "20"),
        ("local_address", second.as_str()),
        ("outbound", "true"),
    ];
    let list = visitor.submit(&blank, "main form", &right);
    assert!(list.words(".done").contains("Carrier"), "{}", list.text);
    let stored = stage.api.get("/contracts/1").body;
    for (name, value) in right {
        let expected = match name {
            "outbound" => json!(true),
            "pace" => json!(20),
            _ => json!(value),
        };
        assert_eq!(stored[name], expected, "{name}");
    }
    let edit = visitor.get("/contracts/1/edit");
    assert!(edit.one("details.group").attr("open").is_some(), "what is set is seen");
    assert!(edit.one("#outbound").attr("checked").is_some());
    assert_eq!(edit.one("#local_address option[selected]").attr("value"), Some(second.as_str()));
    assert_eq!(edit.one("#numbering option[selected]").attr("value"), Some("multi_ddi"));
}

#[test]
fn an_address_that_is_chosen_is_where_requests_leave_from_and_contacts_point_to() {
    let stage = stage("a");
    let second = second_address(&stage);
    let contract = stage.api.post("/contracts", &json!({ "name": "two", "local_address": second })).number("id");
    register(&stage, "a", contract);
    assert_eq!(stage.provider.bound("a"), [format!("sip:9a@{second}")]);
    let heard = stage.provider.heard("a");
    assert!(heard[0].contains(&format!("\r\nVia: SIP/2.0/UDP {second};")), "{}", heard[0]);
    // The provider answers to where a datagram came from: that the answers arrive proves the source.
    let other = stage.api.post("/contracts", &json!({ "name": "x", "local_address": "127.0.0.9:5060" }));
    assert_eq!(other.faults(), [(None, "local_address".into(), "not_a_choice".into())]);
}

#[test]
fn connections_leave_from_the_address_that_is_chosen_too() {
    let stage = stage("none");
    let second = second_address(&stage);
    let exchange = Exchange::tcp(&["t"]);
    let contract = stage.api.post("/contracts", &json!({ "name": "two", "local_address": second })).number("id");
    let mut entry = stage.entry("t");
    entry["domain"] = json!("provider.invalid");
    entry["register_server_uri"] = json!(format!("sip:{};transport=tcp", exchange.at));
    entry["contract_id"] = json!(contract);
    let id = stage.api.post("/registrations", &entry).number("id");
    stage.reaches(id, "registered");
    assert_eq!(exchange.callers(), ["127.0.0.2"]);
    assert_eq!(exchange.bound("t"), [format!("sip:9t@{second};transport=tcp")]);
}

#[test]
fn entries_follow_the_terms_of_their_contract_when_it_is_edited_or_deleted() {
    let stage = stage("a");
    let contract = stage.api.post("/contracts", &json!({ "name": "c" })).number("id");
    register(&stage, "a", contract);
    let first = stage.provider.bound("a");
    let path = format!("/contracts/{contract}");
    let put = |body: &Value| assert_eq!(stage.api.put(&path, body).status, 200);
    put(&json!({ "name": "c", "pace": 3 }));
    put(&json!({ "name": "c", "contact_address": "calls.example" }));
    wait_for("the new contact", LIMIT, || stage.provider.bound("a") == ["sip:9a@calls.example"]);
    put(&json!({ "name": "c", "numbering": "random_user", "contact_address": "calls.example" }));
    wait_for("a random user", LIMIT, || {
        let bound = stage.provider.bound("a");
        bound.len() == 1 && bound[0].len() == "sip:0123456789abcdef@calls.example".len()
    });
    let random = stage.provider.bound("a");
    put(&json!({ "name": "c", "numbering": "random_user" }));
    wait_for("the local address", LIMIT, || stage.provider.bound("a").iter().all(|c| !c.contains("calls")));
    put(&json!({ "name": "c", "numbering": "random_user", "contact_address": "calls.example" }));
    wait_for("the same random user", LIMIT, || stage.provider.bound("a") == random);
    assert_eq!(stage.api.delete(&path).status, 204);
    wait_for("the usual contact", LIMIT, || stage.provider.bound("a") == first);
}

#[test]
fn the_random_user_survives_a_restart() {
    let mut stage = stage("a");
    let contract = { stage.api.post("/contracts", &json!({ "name": "c", "numbering": "random_user" })).number("id") };
    let id = register(&stage, "a", contract);
    let bound = stage.provider.bound("a");
    stage = stage.restart();
    stage.reaches(id, "registered");
    stage.api.post(&format!("/registrations/{id}/refresh"), &Value::Null);
    wait_for("a refresh", LIMIT, || stage.provider.seen("a").accepted >= 2);
    let user = |contact: &str| contact.split('@').next().map(str::to_owned);
    assert_eq!(stage.provider.bound("a").iter().map(|c| user(c)).collect::<Vec<_>>(), [user(&bound[0])]);
}

#[test]
fn requests_go_through_the_outbound_proxy_with_a_route() {
    let stage = stage("a");
    let proxy = format!("sip:{}", stage.provider.at);
    let contract = stage.api.post("/contracts", &json!({ "name": "c", "outbound_proxy": proxy })).number("id");
    let mut entry = stage.entry("a");
    entry["domain"] = json!("nowhere.invalid");
    entry["contract_id"] = json!(contract);
    let id = stage.api.post("/registrations", &entry).number("id");
    stage.reaches(id, "registered");
    let heard = stage.provider.heard("a");
    assert!(heard[0].starts_with("REGISTER sip:nowhere.invalid SIP/2.0\r\n"), "{}", heard[0]);
    assert!(heard[0].contains(&format!("\r\nRoute: <{proxy};lr>\r\n")), "{}", heard[0]);
}
