//! The API: names and nulls, the write-only password, times, cursors, states, and what it refuses.

use serde_json::{Value, json};

use crate::support::{Answer, Api, LIMIT, PASSWORD, Stage, wait_for};

const JSON: (&str, &str) = ("content-type", "application/json");

#[test]
fn a_registration_has_the_documented_names_null_blanks_and_no_password() {
    let stage = Stage::new(&["961"]);
    let made = stage.api.post("/registrations", &stage.entry("961"));
    let id = made.number("id");
    assert_eq!((made.status, made.header("location")), (201, format!("/api/v1/registrations/{id}").as_str()));
    stage.reaches(id, "registered");
    let shown = stage.api.get(&format!("/registrations/{id}"));
    let names: Vec<&String> = shown.body.as_object().unwrap().keys().collect();
    assert_eq!(
        names,
        [
            "contract_id",
            "ddi",
            "domain",
            "enabled",
            "expire",
            "has_password",
            "id",
            "realm",
            "register_server_uri",
            "status",
            "user",
            "username"
        ]
    );
    for blank in ["contract_id", "realm", "register_server_uri", "user"] {
        assert!(shown.body[blank].is_null(), "{blank}: {shown:?}");
    }
    assert_eq!(
        (&shown.body["expire"], &shown.body["enabled"], &shown.body["has_password"]),
        (&json!(3600), &json!(true), &json!(true))
    );
    let status = stage.api.get(&format!("/registrations/{id}/status")).body;
    assert_eq!(status, shown.body["status"]);
    for name in [
        "state",
        "cause",
        "code",
        "reason",
        "by",
        "target",
        "transport",
        "asked",
        "granted",
        "registered_until",
        "next_action_at",
        "last_success_at",
        "attempts",
        "call_id",
        "cseq",
        "contact",
    ] {
        assert!(status.as_object().unwrap().contains_key(name), "{name} in {status}");
    }
    for time in ["registered_until", "next_action_at", "last_success_at"] {
        let text = status[time].as_str().expect("a time");
        let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        assert_eq!(shape, "0000-00-00T00:00:00Z", "{time}");
    }
    assert_eq!(
        (&status["granted"], &status["transport"], &status["target"]),
        (&json!(3600), &json!("udp"), &json!(stage.provider.at.to_string()))
    );
}

#[test]
fn a_put_replaces_all_but_the_password() {
    let stage = Stage::new(&["961"]);
    let mut entry = stage.entry("961");
    entry["realm"] = json!("test");
    let id = stage.api.post("/registrations", &entry).number("id");
    stage.reaches(id, "registered");
    let path = format!("/registrations/{id}");
    let changed = json!({ "username": "961", "domain": stage.provider.at.to_string(), "ddi": "777", "expire": 600, "password": null });
    let put = stage.api.put(&path, &changed);
    assert_eq!((put.status, put.text("ddi"), put.number("expire")), (200, "777", 600));
    assert!(put.body["realm"].is_null(), "what is left out is blank: {put:?}");
    wait_for("the kept password registers the new contact", LIMIT, || {
        stage.provider.bound("961").first().is_some_and(|contact| contact.starts_with("sip:777@"))
    });
    let mut disabled = changed.clone();
    disabled["enabled"] = json!(false);
    assert_eq!(stage.api.put(&path, &disabled).status, 200);
    stage.reaches(id, "disabled");
    assert_eq!(stage.api.put("/registrations/999", &changed).status, 404);
}

#[test]
fn status_refresh_unregister_and_delete_act_at_the_registrar() {
    let stage = Stage::new(&["961"]);
    let id = stage.register("961");
    let path = format!("/registrations/{id}");
    let accepted = stage.provider.seen("961").accepted;
    assert_eq!(stage.api.post(&format!("{path}/refresh"), &Value::Null).status, 202);
    wait_for("a refresh", LIMIT, || stage.provider.seen("961").accepted > accepted);
    assert_eq!(stage.api.post(&format!("{path}/unregister"), &Value::Null).status, 202);
    stage.reaches(id, "unregistered");
    assert!(stage.provider.bound("961").is_empty());
    stage.api.post(&format!("{path}/refresh"), &Value::Null);
    stage.reaches(id, "registered");
    let deleted = stage.api.delete(&path);
    assert_eq!((deleted.status, deleted.body), (204, Value::Null));
    wait_for("the binding is gone", LIMIT, || stage.provider.bound("961").is_empty());
    for (method, path) in
        [("GET", ""), ("GET", "/status"), ("DELETE", ""), ("POST", "/refresh"), ("POST", "/unregister")]
    {
        let answer = stage.api.send(method, &format!("/registrations/{id}{path}"), &[], b"");
        problem(&answer, 404);
    }
}

#[test]
fn the_list_is_read_to_its_end_by_cursor_and_by_state() {
    let stage = Stage::new(&[]);
    let entry = |n: i32| json!({ "username": format!("u{n}"), "domain": "d.example", "password": "p", "ddi": n.to_string(), "enabled": false });
    let made = stage.api.post("/registrations", &(0..7).map(entry).collect());
    assert_eq!(made.status, 201);
    let rejected = stage.add("unknown-there");
    stage.reaches(rejected, "rejected");
    let read = |query: &str| {
        let (mut ids, mut after) = (Vec::new(), String::new());
        loop {
            let page = stage.api.get(&format!("/registrations?limit=3{query}{after}"));
            assert_eq!(page.status, 200, "{page:?}");
            let items = page.body["items"].as_array().expect("items").clone();
            assert!(items.len() <= 3 && items.iter().all(|item| item["status"]["state"].is_string()));
            ids.extend(items.iter().map(|item| item["id"].as_i64().expect("a number")));
            match page.body["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => return ids,
            }
        }
    };
    assert_eq!(read(""), (1..=8).collect::<Vec<i64>>());
    wait_for("the engine has all of them", LIMIT, || read("&state=disabled").len() == 7);
    assert_eq!(read("&state=disabled"), (1..=7).collect::<Vec<i64>>());
    assert_eq!(read("&state=rejected"), [8]);
    assert_eq!(read("&state=rejected,disabled").len(), 8);
    assert_eq!(read("&state=at_risk"), [] as [i64; 0]);
    for query in [
        "limit=0",
        "limit=501",
        "limit=x",
        "after=garbage",
        "state=nonsense",
        "state=disabled&after=x",
        "limit=1&limit=2",
    ] {
        problem(&stage.api.get(&format!("/registrations?{query}")), 400);
    }
}

#[test]
fn an_array_is_stored_whole_or_not_at_all_and_each_fault_names_its_place() {
    let stage = Stage::new(&[]);
    let entry = |n: usize| json!({ "username": format!("u{n}"), "domain": "d.example", "password": "p", "ddi": n.to_string(), "enabled": false });
    let wrong = json!([entry(0), { "username": "x", "colour": "red" }, entry(2), 7, entry(4)]);
    let answer = stage.api.post("/registrations", &wrong);
    problem(&answer, 422);
    let faults = answer.faults();
    for (index, field, code) in
        [(1, "domain", "required"), (1, "password", "required"), (1, "ddi", "required"), (1, "colour", "unknown_field")]
    {
        assert!(faults.contains(&(Some(index), field.into(), code.into())), "{index} {field} in {faults:?}");
    }
    assert!(
        faults.iter().any(|(index, _, _)| *index == Some(3))
            && faults.iter().all(|(index, _, _)| matches!(index, Some(1 | 3)))
    );
    // Twins within the array, and one whose contract does not exist.
    let mut orphan = entry(3);
    orphan["contract_id"] = json!(99);
    let answer = stage.api.post("/registrations", &json!([entry(0), entry(1), entry(0), orphan]));
    problem(&answer, 422);
    let faults = answer.faults();
    let expected = [(2, "username", "taken"), (2, "ddi", "taken"), (3, "contract_id", "no_such_contract")];
    assert_eq!(faults, expected.map(|(index, field, code)| (Some(index), field.to_owned(), code.to_owned())));
    assert_eq!(stage.api.get("/registrations").body["items"], json!([]), "something was stored");
    let many: Value = (0..10_001).map(entry).collect();
    problem(&stage.api.post("/registrations", &many), 413);
    let made = stage.api.post("/registrations", &many.as_array().unwrap()[..10_000].into());
    assert_eq!((made.status, made.body["items"].as_array().unwrap().len()), (201, 10_000));
    let answer = stage.api.post("/registrations", &json!([entry(20_000), entry(9_999)]));
    assert_eq!(answer.faults()[0], (Some(1), "username".to_owned(), "taken".to_owned()));
    assert!(answer.body["errors"][0]["message"].as_str().unwrap().contains("u9999@d.example"), "{answer:?}");
}

#[test]
fn what_is_refused_says_so_as_a_problem() {
    let stage = Stage::new(&[]);
    let api = &stage.api;
    let body = serde_json::to_vec(&stage.entry("1")).unwrap();
    problem(&Api::with_token(&stage.program, "alta_0").get("/registrations"), 401);
    let viewer = Api::with_role(&stage.home, &stage.program, "viewer");
    problem(&viewer.send("POST", "/registrations", &[JSON], &body), 403);
    assert_eq!(viewer.get("/registrations").status, 200);
    problem(&api.get("/nothing"), 404);
    problem(&api.get("/registrations/abc"), 404);
    problem(&api.send("PATCH", "/registrations", &[JSON], &body), 405);
    problem(&api.send("DELETE", "/contracts", &[], b""), 405);
    problem(&api.send("POST", "/registrations", &[("content-type", "text/plain")], &body), 415);
    problem(&api.send("POST", "/registrations", &[], &body), 415);
    problem(&api.send("POST", "/registrations", &[JSON], b"{\"username\":"), 400);
    problem(&api.send("POST", "/registrations", &[JSON], b"\xff\xfe"), 400);
    problem(&api.send("POST", "/registrations", &[JSON], "[".repeat(100_000).as_bytes()), 400);
    for scalar in [b"null".as_slice(), b"7", b"\"x\"", b"true"] {
        problem(&api.send("POST", "/registrations", &[JSON], scalar), 422);
    }
    problem(&api.send("POST", "/registrations", &[JSON], &vec![b' '; 17 * 1024 * 1024]), 413);
    let answer = api.send("POST", "/registrations", &[JSON, ("accept-language", "es")], b"{\"expire\":1}");
    problem(&answer, 422);
    assert!(answer.faults().contains(&(None, "expire".into(), "out_of_range".into())));
    assert!(answer.body["errors"].to_string().contains("Campo obligatorio"), "{answer:?}");
    let name = json!({ "name": "one", "description": "d" });
    let made = api.post("/contracts", &name);
    assert_eq!((made.status, made.text("name"), made.number("registrations")), (201, "one", 0));
    assert_eq!(api.post("/contracts", &name).faults(), [(None, "name".to_owned(), "taken".to_owned())]);
    assert_eq!(api.post("/contracts", &json!({})).faults(), [(None, "name".to_owned(), "required".to_owned())]);
    assert_eq!(api.get("/contracts").body["items"].as_array().map(Vec::len), Some(1));
    assert!(!answer.body.to_string().contains(PASSWORD));
}

#[test]
fn health_is_told_without_a_token() {
    let stage = Stage::new(&[]);
    let visitor = crate::support::Visitor::new(&stage.program);
    for (path, body) in [
        ("/healthz", json!({ "status": "ok" })),
        ("/readyz", json!({ "status": "ok", "database": "ok", "engine": "ok" })),
    ] {
        let page = visitor.get(path);
        assert_eq!((page.status, serde_json::from_str::<Value>(&page.text).unwrap()), (200, body), "{path}");
        assert_eq!(page.header("set-cookie"), "", "{path}");
    }
}

/// Holds an answer against RFC 9457.
#[track_caller]
fn problem(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.header("content-type"), "application/problem+json", "{answer:?}");
    assert_eq!((answer.number("status"), answer.text("type")), (i64::from(status), "about:blank"));
    assert!(!answer.text("title").is_empty() && !answer.text("detail").is_empty(), "{answer:?}");
    assert_eq!(status == 422, answer.body.get("errors").is_some(), "{answer:?}");
    assert_eq!(status == 401, answer.header("www-authenticate") == "Bearer", "{answer:?}");
}
