//! The last messages of an entry: shown, downloaded, and without a secret.

use crate::support::{PASSWORD, Stage, Visitor};

#[test]
fn the_ladder_shows_requests_and_answers_without_their_secrets() {
    let mut stage = Stage::new(&["a"]);
    let visitor = Visitor::set_up(&mut stage.program);
    let id = stage.register("a");
    let page = visitor.get(&format!("/entries/{id}"));
    let rungs: Vec<String> = page.all(".ladder summary").into_iter().map(crate::support::words).collect();
    assert_eq!(rungs.len(), 4, "{rungs:?}");
    for (rung, said) in rungs.iter().zip(["Sent: REGISTER", "Received: 401", "Sent: REGISTER", "Received: 200 OK"]) {
        assert!(rung.contains(said) && rung.contains("UDP 127.0.0.1:"), "{rung}");
    }
    let file = visitor.get(page.one("a[href$='exchanges.txt']").attr("href").unwrap());
    assert_eq!(file.headers["content-type"], "text/plain; charset=utf-8");
    for text in [&page.text, &file.text] {
        assert!(text.contains("Call-ID:") && text.contains("•••"), "{text}");
        assert!(!text.contains(PASSWORD));
    }
    let heard = stage.provider.heard("a").join("\n");
    for name in ["nonce=\"", "response=\"", "cnonce=\""] {
        let secret = heard.split(name).nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        assert!(secret.len() > 4 && !file.text.contains(secret) && !page.text.contains(secret), "{name}{secret}");
    }
}

#[test]
fn an_answer_that_never_came_is_told_as_such() {
    let mut stage = Stage::new(&["a"]);
    let visitor = Visitor::set_up(&mut stage.program);
    let closed = std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut entry = stage.entry("a");
    entry["register_server_uri"] = serde_json::json!(format!("sip:{closed}"));
    let id = stage.api.post("/registrations", &entry).number("id");
    stage.reaches(id, "retrying");
    let page = visitor.get(&format!("/entries/{id}"));
    assert_eq!(page.all(".ladder li").len(), 2);
    assert!(page.words(".ladder .lost").contains("No answer"), "{}", page.words(".ladder"));
}
