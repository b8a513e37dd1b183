//! The status stream: every cell first, then what changes, until the program stops.

use crate::support::{Stage, Visitor};

#[test]
fn the_stream_says_all_cells_first_and_then_what_changes() {
    let mut stage = Stage::new(&["a", "b"]);
    let visitor = Visitor::set_up(&mut stage.program);
    let (a, b) = (stage.register("a"), stage.register("b"));
    let stream = visitor.stream(&format!("{a},{b},999"));
    for id in [a, b] {
        let (name, cell) = stream.next();
        assert_eq!(
            (name.as_str(), cell["id"].as_i64(), cell["state"].as_str()),
            ("status", Some(id), Some("registered"))
        );
        assert_eq!((cell["group"].as_str(), cell["label"].as_str()), (Some("ok"), Some("Registered")));
        let line = cell["line"].as_array().expect("pieces");
        assert!(
            line.iter().any(|piece| piece["kind"] == "clock" && piece["at"].as_str().unwrap().ends_with('Z')),
            "{cell}"
        );
    }
    let (name, chips) = stream.next();
    assert_eq!(name, "counts");
    assert!(chips.as_array().unwrap().iter().any(|chip| chip["group"] == "ok" && chip["count"] == "2"), "{chips}");
    assert_eq!(stage.api.post(&format!("/registrations/{b}/unregister"), &serde_json::Value::Null).status, 202);
    let cell = stream.until("status", |cell| cell["state"] == "unregistered");
    assert_eq!((cell["id"].as_i64(), cell["group"].as_str()), (Some(b), Some("off")));
    stream.until("counts", |chips| chips.as_array().unwrap().iter().any(|c| c["group"] == "ok" && c["count"] == "1"));
    stage.api.post(&format!("/registrations/{b}/refresh"), &serde_json::Value::Null);
    stream.until("status", |cell| cell["id"] == b && cell["state"] == "registered");
    assert!(stage.program.stop().success());
    stream.ends();
}

#[test]
fn the_stream_speaks_the_viewers_language_and_watches_no_more_than_a_page() {
    let mut stage = Stage::new(&["a"]);
    let visitor = Visitor::set_up(&mut stage.program);
    let id = stage.register("a");
    visitor.submit(&visitor.get("/entries"), "form.language", &[("language", "es")]);
    assert_eq!(visitor.stream(&id.to_string()).next().1["label"], "Registrado");
    let many: Vec<String> = (1..=101).map(|n| n.to_string()).collect();
    let page = visitor.send("GET", &format!("/entries/status?ids={}", many.join(",")), &[], "");
    assert_eq!(page.status, 400);
}
