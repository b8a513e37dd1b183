//! The system page: what runs, and how it is set, without secrets.

use crate::support::{Stage, Visitor};

#[test]
fn the_program_tells_of_itself_but_not_its_key() {
    let mut stage = Stage::new(&[]);
    let visitor = Visitor::set_up(&mut stage.program);
    let page = visitor.get("/system");
    let said = page.words("main");
    for part in [
        env!("CARGO_PKG_VERSION"),
        "SQLite · works",
        "Engine works",
        "Longest lateness since the start",
        "Lost because the receive buffer was full 0",
        "0 sent, 0 received",
        "audit.days 365",
        &format!("udp {}", stage.program.sip),
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
    let key = std::fs::read_to_string(stage.home.path().join("data/alta.key")).expect("a key");
    assert!(!page.text.contains(&key.trim()[..8]), "the key is shown");
}
