//! The platform at a glance, and what one line's page says of its neighbours.

use serde_json::json;

use crate::support::{LIMIT, Stage, Visitor, wait_for};

#[test]
fn contracts_and_the_overview_count_states_and_causes_and_lead_to_them() {
    let mut stage = Stage::new(&["a", "b", "c"]);
    let visitor = Visitor::set_up(&mut stage.program);
    assert!(visitor.get("/overview").words("main").contains("There are no SIP registrations yet"));
    let contract = stage.api.post("/contracts", &json!({ "name": "North" })).number("id");
    for (user, password) in [("a", crate::support::PASSWORD), ("b", "wrong"), ("c", crate::support::PASSWORD)] {
        let mut entry = stage.entry(user);
        entry["password"] = json!(password);
        entry["contract_id"] = json!(contract);
        assert_eq!(stage.api.post("/registrations", &entry).status, 201);
    }
    for (id, state) in [(1, "registered"), (2, "rejected_auth"), (3, "registered")] {
        stage.reaches(id, state);
    }
    let list = visitor.get("/contracts");
    assert_eq!(list.words("tbody .chips .ok b"), "2");
    let link = list.one("tbody .chips a.problem").attr("href").unwrap().to_owned();
    assert_eq!(visitor.get(&link).all("tbody tr").len(), 1);
    let page = visitor.get("/overview");
    assert!(page.words("main").contains("The provider refused the user or the password"), "{}", page.words("main"));
    let link = page.one("a[href*=cause]").attr("href").unwrap().to_owned();
    assert_eq!(visitor.get(&link).all("tbody tr").len(), 1);
    let day = page.one("table.days tbody tr");
    assert!(crate::support::words(day).contains("North"), "{}", page.words("table.days"));
    assert_eq!(page.words("table.days tbody td:nth-child(3)"), "2", "registered now");
    assert_eq!(page.words("table.days tbody td:nth-child(5)"), "1", "most with a problem");
    assert!(page.one("table.days svg .problem").attr("d").unwrap().starts_with('M'));
    let charts = page.words(".charts");
    assert!(
        charts.contains("Messages a minute, at most ") && !charts.contains("Messages a minute, at most 0"),
        "{charts}"
    );
    assert!(page.all("details tbody tr").len() == 1, "one hour so far");
    // Is it us, or them?
    assert!(visitor.get("/entries/2").words(".story").contains("There are 2 others at this domain; registered: 2"));
    stage.provider.change(|registrar| registrar.script.accounts.get_mut("c").unwrap().password = "another".into());
    stage.api.post("/registrations/3/unregister", &serde_json::Value::Null);
    wait_for("one less", LIMIT, || {
        visitor.get("/entries/2").words(".story").contains("others at this domain; registered: 1")
    });
}

#[test]
fn a_duplicate_begins_as_the_other_without_what_is_unique() {
    let mut stage = Stage::new(&["a"]);
    let visitor = Visitor::set_up(&mut stage.program);
    let mut entry = stage.entry("a");
    entry["expire"] = json!(600);
    entry["realm"] = json!("r");
    entry["enabled"] = json!(false);
    let id = stage.api.post("/registrations", &entry).number("id");
    let form = visitor.get(visitor.get(&format!("/entries/{id}")).one("a[href*=like]").attr("href").unwrap());
    let held = ["#domain", "#expire", "#realm", "#username", "#ddi", "#password"].map(|field| form.value(field));
    assert_eq!(held, [stage.provider.at.to_string().as_str(), "600", "r", "", "", ""]);
    assert_eq!(visitor.get("/entries/new?like=99").status, 404);
}
