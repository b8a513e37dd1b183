//! An entry's life: what the browser does, and what the registrar sees of it.

use crate::support::{LIMIT, PASSWORD, Stage, Visitor, wait_for};

#[test]
fn a_saved_entry_is_registered_and_its_page_follows_it() {
    let mut stage = Stage::new(&["961"]);
    let visitor = Visitor::set_up(&mut stage.program);
    let domain = stage.provider.at.to_string();
    let fields = [("username", "961"), ("domain", &domain), ("password", PASSWORD), ("ddi", "34900")];
    let page = visitor.submit(&visitor.get("/entries/new"), "form.entry", &fields);
    assert!(page.words(".done").contains(&format!("961@{domain} was added")), "{}", page.text);
    let id = page.path.trim_start_matches("/entries/").split('?').next().unwrap().parse().unwrap();
    let status = stage.reaches(id, "registered");
    let bound = stage.provider.bound("961");
    assert_eq!(bound, [format!("sip:34900@{}", stage.program.sip)], "{status:?}");
    let heard = stage.provider.heard("961");
    assert!(heard[0].starts_with(&format!("REGISTER sip:{domain} SIP/2.0\r\n")), "{}", heard[0]);
    assert!(heard.len() == 2 && heard[1].contains("Authorization: Digest"), "one challenge, one answer: {heard:?}");
    assert!(!heard.concat().contains(PASSWORD));
    let shown = visitor.get(&page.path);
    assert_eq!(shown.one(".status").attr("data-state"), Some("registered"));
    assert!(shown.words("dl").contains(status.text("call_id")));
}

#[test]
fn an_edit_touches_only_its_entry_and_an_edit_of_nothing_sends_nothing() {
    let mut stage = Stage::new(&["a", "b"]);
    let visitor = Visitor::set_up(&mut stage.program);
    let (a, b) = (stage.register("a"), stage.register("b"));
    let before = (stage.provider.seen("a"), stage.provider.seen("b"));
    let edit = |fields: &[(&str, &str)]| {
        let page = visitor.submit(&visitor.get(&format!("/entries/{a}/edit")), "form.entry", fields);
        assert!(page.words(".done").contains("was saved"), "{}", page.text);
    };
    // Nothing here reaches the registrar: the same form again, and a contract, which is only ours.
    assert_eq!(stage.api.post("/contracts", &serde_json::json!({ "name": "one" })).status, 201);
    edit(&[]);
    edit(&[("contract_id", "1")]);
    edit(&[("user", "a")]);
    // What does reach it comes after all of these, so its first request shows that they sent nothing.
    edit(&[("ddi", "777")]);
    wait_for("the new contact is bound", LIMIT, || {
        stage.provider.bound("a") == [format!("sip:777@{}", stage.program.sip)]
    });
    let after = stage.provider.seen("a");
    assert_eq!(after.call_ids, before.0.call_ids, "one Call-ID for life");
    let heard = stage.provider.heard("a");
    let new = &heard[usize::try_from(before.0.registers).unwrap()..];
    assert!(new[0].contains("sip:9a@") && new[0].contains("expires=0"), "the old binding goes first: {}", new[0]);
    assert!(new.len() <= 4, "undone and bound, each with a challenge at most: {new:?}");
    assert_eq!(stage.provider.seen("b"), before.1, "the other entry was touched");
    assert_eq!(stage.reaches(b, "registered").number("attempts"), 0);
}

#[test]
fn an_empty_password_keeps_the_stored_one_and_a_new_one_is_used() {
    let mut stage = Stage::new(&["961"]);
    let visitor = Visitor::set_up(&mut stage.program);
    let id = stage.register("961");
    let form = || visitor.get(&format!("/entries/{id}/edit"));
    assert_eq!(form().value("#password"), "");
    visitor.submit(&form(), "form.entry", &[("ddi", "5")]);
    stage.reaches(id, "registered");
    wait_for("the kept password still registers", LIMIT, || stage.provider.bound("961").len() == 1);
    visitor.submit(&form(), "form.entry", &[("password", "not the one")]);
    // The binding still lives, so this is a refresh that fails.
    let status = stage.reaches(id, "at_risk");
    assert_eq!((status.text("cause"), status.number("code")), ("auth_rejected", 401));
    visitor.submit(&form(), "form.entry", &[("password", PASSWORD)]);
    stage.reaches(id, "registered");
}

#[test]
fn a_deleted_entry_is_unregistered_and_gone() {
    let mut stage = Stage::new(&["961"]);
    let visitor = Visitor::set_up(&mut stage.program);
    let id = stage.register("961");
    let ask = visitor.get(&format!("/entries/{id}/delete"));
    assert!(ask.words("h1").contains("Delete 961@"));
    assert_eq!(stage.provider.bound("961").len(), 1, "to ask deletes nothing");
    let list = visitor.submit(&ask, "main form", &[]);
    assert!(list.words(".done").contains("was deleted"), "{}", list.text);
    wait_for("the binding is gone", LIMIT, || stage.provider.bound("961").is_empty());
    assert!(stage.provider.heard("961").last().unwrap().contains("expires=0"));
    assert_eq!(visitor.get(&format!("/entries/{id}")).status, 404);
    assert_eq!(stage.api.get(&format!("/registrations/{id}")).status, 404);
}

#[test]
fn a_disabled_entry_is_unregistered_until_it_is_enabled_again() {
    let mut stage = Stage::new(&["961"]);
    let visitor = Visitor::set_up(&mut stage.program);
    let id = stage.register("961");
    let press =
        |action: &str| visitor.submit(&visitor.get(&format!("/entries/{id}")), &format!("form[action$={action}]"), &[]);
    press("disable");
    stage.reaches(id, "disabled");
    wait_for("the binding is gone", LIMIT, || stage.provider.bound("961").is_empty());
    assert!(press("enable").all("form[action$=disable]").len() == 1);
    stage.reaches(id, "registered");
    assert_eq!(stage.provider.bound("961").len(), 1);
}

#[test]
fn register_now_and_unregister_do_what_they_say() {
    let mut stage = Stage::new(&["961"]);
    let visitor = Visitor::set_up(&mut stage.program);
    let id = stage.register("961");
    let press =
        |action: &str| visitor.submit(&visitor.get(&format!("/entries/{id}")), &format!("form[action$={action}]"), &[]);
    let accepted = stage.provider.seen("961").accepted;
    assert_eq!(press("refresh").status, 200);
    wait_for("a refresh at once", LIMIT, || stage.provider.seen("961").accepted == accepted + 1);
    assert_eq!(stage.provider.seen("961").registers, 3, "a refresh is one round trip");
    press("unregister");
    stage.reaches(id, "unregistered");
    assert!(stage.provider.bound("961").is_empty());
    press("refresh");
    stage.reaches(id, "registered");
    let seen = stage.provider.seen("961");
    assert!(seen.call_ids.len() == 1 && seen.cseqs.is_sorted_by(|a, b| a < b), "{seen:?}");
}
