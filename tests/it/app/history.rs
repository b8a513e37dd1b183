//! The history of an entry: what happened to it, kept across restarts, told page by page.

use serde_json::Value;

use crate::support::{LIMIT, Stage, Visitor, wait_for};

/// States of the history, the newest first.
fn told(visitor: &Visitor, id: i64) -> Vec<String> {
    let page = visitor.get(&format!("/entries/{id}"));
    page.all(".happened tbody tr").into_iter().map(crate::support::words).collect()
}

#[test]
fn what_happened_is_told_once_with_its_reason_and_survives_a_restart() {
    let mut stage = Stage::new(&["a"]);
    let visitor = Visitor::set_up(&mut stage.program);
    let id = stage.add("a");
    assert!(visitor.get(&format!("/entries/{id}")).words("#history").contains("History"));
    stage.reaches(id, "registered");
    wait_for("it is told", LIMIT, || told(&visitor, id).len() == 1);
    assert!(told(&visitor, id)[0].contains("Registered"));
    stage.provider.change(|registrar| registrar.script.accounts.get_mut("a").unwrap().password = "another".into());
    let path = format!("/registrations/{id}");
    // The nonce that is used ahead may still be good for one more: the second is refused for certain.
    stage.api.post(&format!("{path}/unregister"), &Value::Null);
    stage.reaches(id, "unregistered");
    stage.api.post(&format!("{path}/refresh"), &Value::Null);
    stage.reaches(id, "rejected_auth");
    wait_for("three are told", LIMIT, || told(&visitor, id).len() == 3);
    let lines = told(&visitor, id);
    assert!(lines[0].contains("Credentials rejected") && lines[0].contains("401 Unauthorized"), "{lines:?}");
    assert!(lines[1].contains("Unregistered") && lines[2].contains("Registered"), "{lines:?}");
    let page = visitor.get(&format!("/entries/{id}"));
    assert!(page.all(".strip rect").len() >= 2 && page.words(".strip figcaption").contains("%"));
    let stage = stage.restart();
    let visitor = Visitor::sign_in(&stage.program);
    stage.reaches(id, "rejected_auth");
    wait_for("the history is there, and a restart is none of it", LIMIT, || told(&visitor, id).len() >= 3);
    assert!(told(&visitor, id).ends_with(&lines), "{:?}", told(&visitor, id));
}

#[test]
fn a_long_history_is_turned_page_by_page() {
    let mut stage = Stage::new(&["a"]);
    let visitor = Visitor::set_up(&mut stage.program);
    let id = stage.register("a");
    for _ in 0..13 {
        for (wish, state) in [("unregister", "unregistered"), ("refresh", "registered")] {
            stage.api.post(&format!("/registrations/{id}/{wish}"), &Value::Null);
            stage.reaches(id, state);
        }
    }
    let mut page = visitor.get(&format!("/entries/{id}"));
    wait_for("all are told", LIMIT, || {
        page = visitor.get(&format!("/entries/{id}"));
        page.all("#history a").iter().any(|a| a.attr("href").is_some_and(|link| link.contains("before=")))
    });
    assert_eq!(page.all(".happened tbody tr").len(), 20);
    let older = page.one("#history a[href*=before]").attr("href").unwrap().replace("#history", "");
    wait_for("the rest", LIMIT, || visitor.get(&older).all(".happened tbody tr").len() == 7);
}
