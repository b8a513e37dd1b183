//! Contracts, and what becomes of their entries.

use serde_json::json;

use crate::support::{LIMIT, Stage, Visitor, wait_for};

#[test]
fn a_contract_is_added_edited_and_told_from_another() {
    let mut stage = Stage::new(&[]);
    let visitor = Visitor::set_up(&mut stage.program);
    assert!(visitor.get("/contracts").words(".notice").contains("No contracts yet"));
    let add = |fields: &[(&str, &str)]| visitor.submit(&visitor.get("/contracts/new"), "main form", fields);
    let page = add(&[("name", "One & Only"), ("description", "first")]);
    assert!(
        page.path.starts_with("/contracts?") && page.words(".done").contains("One & Only was saved"),
        "{}",
        page.text
    );
    add(&[("name", "Two")]);
    let wrong = add(&[("name", ""), ("description", &"x".repeat(501))]);
    assert_eq!(wrong.status, 422);
    assert!(wrong.words("#name-fault").contains("Fill this in"));
    assert!(wrong.words("#description-fault").contains("500 characters"));
    let taken = add(&[("name", "Two"), ("description", "kept")]);
    assert!(taken.status == 422 && taken.words("#name-fault").contains("Another contract has this name"));
    assert_eq!(taken.value("#description"), "kept");
    let edit = visitor.get("/contracts/1/edit");
    assert_eq!((edit.value("#name").as_str(), edit.value("#description").as_str()), ("One & Only", "first"));
    assert_eq!(visitor.submit(&edit, "main form", &[("name", "Two")]).status, 422);
    let list = visitor.submit(&edit, "main form", &[("name", "Three"), ("description", "")]);
    assert_eq!((list.all("tbody tr").len(), list.words("tbody th")), (2, "Three".to_owned()));
    assert_eq!(stage.api.get("/contracts").body["items"][0]["description"], "");
}

#[test]
fn a_deleted_contract_keeps_its_entries_or_takes_them_along() {
    let mut stage = Stage::new(&["a", "b"]);
    let visitor = Visitor::set_up(&mut stage.program);
    let mut ids = Vec::new();
    for (user, name) in [("a", "kept"), ("b", "gone")] {
        let contract = stage.api.post("/contracts", &json!({ "name": name })).number("id");
        let mut entry = stage.entry(user);
        entry["contract_id"] = json!(contract);
        ids.push((contract, stage.api.post("/registrations", &entry).number("id")));
        stage.reaches(ids.last().unwrap().1, "registered");
    }
    let delete = |contract: i64, what: &str| {
        let ask = visitor.get(&format!("/contracts/{contract}/delete"));
        assert!(ask.words("legend").contains("One SIP registration belongs to it"), "{}", ask.text);
        assert!(ask.one("#keep").attr("checked").is_some(), "the harmless choice stands first");
        visitor.submit(&ask, "main form", &[("entries", what)])
    };
    assert_eq!(visitor.submit(&visitor.get("/contracts/1/delete"), "main form", &[("entries", "burn")]).status, 400);
    assert!(delete(ids[0].0, "keep").words(".done").contains("deleted"));
    delete(ids[1].0, "delete");
    assert!(stage.api.get(&format!("/registrations/{}", ids[0].1)).body["contract_id"].is_null());
    assert_eq!(stage.api.get(&format!("/registrations/{}", ids[1].1)).status, 404);
    wait_for("the entry that went along is unregistered", LIMIT, || stage.provider.bound("b").is_empty());
    assert_eq!(stage.provider.bound("a").len(), 1, "the entry that stays was touched");
    assert_eq!(visitor.get(&format!("/contracts/{}/edit", ids[0].0)).status, 404);
    // An entry that names a contract which has gone in the meantime.
    let page = visitor.submit(
        &visitor.get(&format!("/entries/{}/edit", ids[0].1)),
        "form.entry",
        &[("contract_id", &ids[0].0.to_string())],
    );
    assert!(page.status == 422 && page.words("#contract_id-fault").contains("no longer exists"), "{}", page.text);
}
