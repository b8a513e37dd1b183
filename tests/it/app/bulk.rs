//! What is done to many entries at once: asked for, confirmed, done in the background, reported.

use serde_json::{Value, json};

use crate::support::{LIMIT, Page, Stage, Visitor, wait_for};

const USERS: [&str; 6] = ["a1", "a2", "a3", "b1", "b2", "b3"];

fn stage() -> (Stage, Visitor) {
    let mut stage = Stage::new(&USERS);
    let visitor = Visitor::set_up(&mut stage.program);
    let all: Value = USERS.iter().map(|user| stage.entry(user)).collect();
    assert_eq!(stage.api.post("/registrations", &all).status, 201);
    wait_for("all registered", LIMIT, || in_state(&stage, "registered") == USERS.len());
    (stage, visitor)
}

fn in_state(stage: &Stage, state: &str) -> usize {
    usize::try_from(stage.api.get(&format!("/registrations?state={state}&limit=1")).number("total")).unwrap()
}

/// Asks on the list's page, confirms, and waits until the job is over; its page.
fn act(visitor: &Visitor, list: &str, fields: &[(&str, &str)]) -> Page {
    let ask = visitor.submit(&visitor.get(list), "form#bulk", fields);
    assert_eq!(ask.status, 200, "{}", ask.text);
    let mut page = visitor.submit(&ask, "main form", &[]);
    assert!(page.path.starts_with("/jobs/"), "{}", page.path);
    wait_for("the job is over", LIMIT, || {
        page = visitor.get(&page.path);
        page.all("[data-running]").is_empty()
    });
    page
}

#[test]
fn all_results_of_a_search_are_disabled_and_enabled_and_nobody_else() {
    let (stage, visitor) = stage();
    let ask = visitor.submit(&visitor.get("/entries?q=a"), "form#bulk", &[("action", "disable"), ("scope", "all")]);
    assert!(ask.words("h1").contains("Disable 3 SIP registrations?"), "{}", ask.words("h1"));
    assert_eq!(ask.all(".named li").len(), 3);
    assert_eq!(in_state(&stage, "registered"), 6, "asking does nothing");
    let page = act(&visitor, "/entries?q=a", &[("action", "disable"), ("scope", "all")]);
    assert!(page.words("[role=status]").contains("Done. 3 of 3"), "{}", page.words("[role=status]"));
    wait_for("three are disabled", LIMIT, || in_state(&stage, "disabled") == 3);
    for user in USERS {
        let bound = usize::from(user.starts_with('b'));
        wait_for("unregistered or not", LIMIT, || stage.provider.bound(user).len() == bound);
    }
    act(&visitor, "/entries?state=disabled", &[("action", "enable"), ("scope", "all")]);
    wait_for("all are back", LIMIT, || in_state(&stage, "registered") == 6);
}

#[test]
fn ticked_rows_are_moved_registered_unregistered_and_deleted() {
    let (stage, visitor) = stage();
    let contract = stage.api.post("/contracts", &json!({ "name": "Bulk" })).number("id").to_string();
    let two = [("id", "1"), ("id", "2"), ("scope", "ticked")];
    let with = |action| [&[("action", action), ("contract_to", contract.as_str())], two.as_slice()].concat();
    act_ticked(&visitor, &with("move"));
    assert_eq!(stage.api.get(&format!("/registrations?contract_id={contract}")).number("total"), 2);
    assert_eq!(stage.api.get("/registrations?contract_id=none").number("total"), 4);
    let accepted = |user: &str| stage.provider.seen(user).accepted;
    act_ticked(&visitor, &with("refresh"));
    wait_for("both refreshed", LIMIT, || accepted("a1") == 2 && accepted("a2") == 2);
    assert_eq!(accepted("a3"), 1);
    act_ticked(&visitor, &with("unregister"));
    wait_for("both unregistered", LIMIT, || in_state(&stage, "unregistered") == 2);
    act_ticked(&visitor, &with("delete"));
    assert_eq!(stage.api.get("/registrations").number("total"), 4);
    assert_eq!(stage.api.get("/registrations/1").status, 404);
    // Those that are gone are told one by one.
    let page = act_ticked(&visitor, &with("enable"));
    assert!(page.words("h2").contains("did not work for 2"), "{}", page.text);
    assert!(page.words(".faults").contains("not there any more"));
}

/// As [`act`], for rows that are ticked.
fn act_ticked(visitor: &Visitor, fields: &[(&str, &str)]) -> Page {
    let list = visitor.get("/entries");
    let csrf = list.value("form#bulk [name=csrf]");
    let fields = [fields, &[("csrf", csrf.as_str())]].concat();
    let ask = visitor.post("/entries/bulk", &fields);
    assert_eq!(ask.status, 200, "{}", ask.text);
    let page = visitor.submit(&ask, "main form", &[]);
    let mut shown = visitor.get(&page.path);
    wait_for("the job is over", LIMIT, || {
        shown = visitor.get(&page.path);
        shown.all("[data-running]").is_empty()
    });
    shown
}

#[test]
fn what_was_shown_is_done_once_and_to_nobody_else() {
    let (stage, visitor) = stage();
    let ask = visitor.submit(&visitor.get("/entries?q=a"), "form#bulk", &[("action", "disable"), ("scope", "all")]);
    // Whoever comes to fit the search after the page was shown was not confirmed.
    let mut late = stage.entry("a1");
    (late["username"], late["ddi"]) = (json!("a-late"), json!("34900999"));
    assert_eq!(stage.api.post("/registrations", &late).status, 201);
    let begun = visitor.submit(&ask, "main form", &[]);
    assert!(begun.path.starts_with("/jobs/"));
    wait_for("three are disabled", LIMIT, || in_state(&stage, "disabled") == 3);
    // Whoever clicks twice sees the job that they began, which is begun once.
    let again = visitor.submit(&ask, "main form", &[]);
    assert_eq!((again.path, in_state(&stage, "disabled")), (begun.path, 3), "{}", again.text);
    assert_eq!(visitor.submit(&ask, "main form", &[("proposal", "77")]).status, 403);
}

#[test]
fn nothing_is_done_to_nobody_nor_what_nobody_knows() {
    let (stage, visitor) = stage();
    let list = visitor.get("/entries");
    let nobody = visitor.submit(&list, "form#bulk", &[("action", "delete"), ("scope", "ticked")]);
    assert!(nobody.path.starts_with("/entries"), "{}", nobody.path);
    assert_eq!(visitor.submit(&list, "form#bulk", &[("action", "explode"), ("scope", "all")]).status, 400);
    assert_eq!(visitor.get("/jobs/99").status, 404);
    assert_eq!(stage.api.get("/registrations").number("total"), 6);
}

#[test]
fn a_filter_by_what_is_the_case_finds_and_sorts_and_can_be_taken_off() {
    let (stage, visitor) = stage();
    stage.provider.change(|registrar| {
        for user in ["a1", "b1"] {
            registrar.script.accounts.get_mut(user).unwrap().password = "another".into();
        }
    });
    for id in [1, 4] {
        let path = format!("/registrations/{id}/unregister");
        assert_eq!(stage.api.post(&path, &Value::Null).status, 202);
    }
    wait_for("both unregistered", LIMIT, || in_state(&stage, "unregistered") == 2);
    for id in [1, 4] {
        stage.api.post(&format!("/registrations/{id}/refresh"), &Value::Null);
    }
    wait_for("both refused", LIMIT, || in_state(&stage, "rejected_auth") == 2);
    let rows = |address: &str| visitor.get(address).all("tbody tr").len();
    assert_eq!(rows("/entries?group=problem"), 2);
    assert_eq!(rows("/entries?state=registered"), 4);
    assert_eq!(rows("/entries?cause=auth_rejected&q=b"), 1);
    assert_eq!(rows("/entries?contract=none&group=ok"), 4);
    assert_eq!(rows("/entries?state=nonsense"), 6);
    let page = visitor.get("/entries?sort=status");
    assert!(page.words("tbody tr:first-child .status").contains("Credentials rejected"), "{}", page.words("tbody"));
    let page = visitor.get("/entries?group=problem&cause=auth_rejected");
    assert_eq!(page.all(".active .chosen").len(), 2);
    let without = page.all(".active .chosen")[0].attr("href").unwrap().to_owned();
    assert_eq!(without, "/entries?cause=auth_rejected");
    let chip = page.one(".chips a[aria-current]").attr("href").unwrap().to_owned();
    assert_eq!(chip, "/entries?cause=auth_rejected", "a chip that is set takes itself off");
}

#[test]
fn the_columns_that_somebody_chose_are_remembered() {
    let (_stage, visitor) = stage();
    let list = visitor.get("/entries");
    assert!(list.all("th.of-next").is_empty() && list.all("th.of-domain").len() == 1);
    let csrf = list.value("form#bulk [name=csrf]");
    let fields = [("csrf", csrf.as_str()), ("next", "next"), ("user", "user"), ("to", "/entries?sort=next")];
    let chosen = visitor.post("/entries/columns", &fields);
    assert_eq!(chosen.path, "/entries?sort=next");
    for list in [chosen, visitor.get("/entries")] {
        assert!(list.all("th.of-next").len() == 1 && list.all("th.of-domain").is_empty());
        assert_eq!(list.all("tbody time").len(), list.all("tbody time[datetime]").len());
    }
}

#[test]
fn the_results_are_a_file_without_passwords_and_without_formulas() {
    let (stage, visitor) = stage();
    let mut odd = stage.entry("a1");
    odd["username"] = json!("=cmd|' /C calc'!A0");
    odd["ddi"] = json!("+34,\"1\"");
    odd["enabled"] = json!(false);
    assert_eq!(stage.api.post("/registrations", &odd).status, 201);
    let file = visitor.get("/entries.csv");
    assert_eq!(file.headers["content-type"], "text/csv; charset=utf-8; header=present");
    let lines: Vec<&str> = file.text.lines().collect();
    assert!(lines.len() == 8 && lines[0].starts_with("id,username,domain,ddi,contract,"), "{}", file.text);
    assert!(
        lines[7].starts_with("7,'=cmd|' /C calc'!A0,") && lines[7].contains(",\"'+34,\"\"1\"\"\","),
        "{}",
        lines[7]
    );
    assert!(lines[1].contains(",true,registered,,,,20"), "{}", lines[1]);
    assert!(!file.text.contains(crate::support::PASSWORD));
    assert_eq!(visitor.get("/entries.csv?q=b&state=registered").text.lines().count(), 4);
}
