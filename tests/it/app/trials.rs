//! *Test*: an account is tried out before it is saved, and while it is in use; nothing is left behind.

use serde_json::json;

use crate::support::{LIMIT, PASSWORD, Page, Stage, Visitor, wait_for, words};

fn stage() -> (Stage, Visitor) {
    let mut stage = Stage::new(&["a", "b"]);
    let visitor = Visitor::set_up(&mut stage.program);
    (stage, visitor)
}

/// The test's page once it is over.
fn over(visitor: &Visitor, page: Page) -> Page {
    let mut page = page;
    wait_for("the test is over", LIMIT, || {
        page = visitor.get(&page.path);
        page.all("[data-running]").is_empty()
    });
    page
}

/// Presses *Test* on a form, as a browser without a script does.
fn press(visitor: &Visitor, form: &Page, values: &[(&str, &str)]) -> Page {
    let csrf = form.value("main form [name=csrf]");
    let fields = [values, &[("csrf", csrf.as_str())]].concat();
    visitor.post("/trials", &fields)
}

fn typed<'a>(stage: &'a str, user: &'a str, password: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![("username", user), ("domain", stage), ("password", password), ("ddi", "34900"), ("enabled", "true")]
}

#[test]
fn a_new_account_is_tried_before_it_is_saved_and_nothing_stays() {
    let (stage, visitor) = stage();
    let at = stage.provider.at.to_string();
    let form = visitor.get("/entries/new");
    let page = over(&visitor, press(&visitor, &form, &typed(&at, "a", PASSWORD)));
    assert!(page.path.starts_with("/trials/"), "{}", page.path);
    assert!(page.words(".story").contains("Would be registered for 3,600 s"), "{}", page.words(".story"));
    let steps: Vec<String> = page.all(".steps li").into_iter().map(words).collect();
    let said = [
        "REGISTER sent to",
        "asks for user and password",
        "once more",
        "“200 OK”",
        "Would be",
        "Undoing",
        "200",
        "undone",
    ];
    assert_eq!(steps.len(), said.len(), "{steps:?}");
    for (step, said) in steps.iter().zip(said) {
        assert!(step.contains(said), "{step}: {said}");
    }
    assert_eq!(page.all(".ladder li").len(), 6);
    assert!(stage.provider.bound("a").is_empty());
    assert_eq!(stage.provider.seen("a").registers, 3);
    assert!(!page.text.contains(PASSWORD));
    assert_eq!(stage.api.get("/registrations").number("total"), 0);
    let audit = visitor.get("/audit");
    assert!(
        audit.words("tbody").contains("Test") && audit.words("tbody").contains(&format!("a@{at}")),
        "{}",
        audit.words("tbody")
    );
}

#[test]
fn what_is_wrong_is_said_in_the_words_of_a_status() {
    let (stage, visitor) = stage();
    visitor.speaks("es");
    let at = stage.provider.at.to_string();
    let form = visitor.get("/entries/new");
    let page = over(&visitor, press(&visitor, &form, &typed(&at, "a", "wrong-password")));
    let story = page.words(".story");
    for said in
        ["No quedaría registrado", "no acepta el usuario o la contraseña", "«401 Unauthorized»", "Revise Usuario"]
    {
        assert!(story.contains(said), "{said}: {story}");
    }
    let faults = press(&visitor, &form, &[("username", "a"), ("domain", "not a host"), ("ddi", "1"), ("expire", "1")]);
    assert_eq!(faults.status, 422);
    assert_eq!(faults.all(".summary li").len(), 3, "{}", faults.words(".summary"));
    assert_eq!(faults.value("#domain"), "not a host");
}

#[test]
fn an_account_in_use_is_only_asked_about() {
    let (stage, visitor) = stage();
    let id = stage.register("a");
    let contact = stage.provider.bound("a");
    let page = visitor.submit(&visitor.get(&format!("/entries/{id}")), "form[action$='/test']", &[]);
    let page = over(&visitor, page);
    let story = page.words(".story");
    assert!(story.contains("accepts this account") && story.contains("registered there now, for 3,"), "{story}");
    assert_eq!(stage.provider.bound("a"), contact);
    let asked = stage.provider.heard("a");
    assert!(!asked.last().unwrap().contains("Contact:") && !asked.last().unwrap().contains("Expires:"), "{asked:?}");
    // An edit that types no password is tried with the one that is stored; one that does, with that.
    let edit = visitor.get(&format!("/entries/{id}/edit"));
    let at = stage.provider.at.to_string();
    let entry = id.to_string();
    let mut fields = typed(&at, "a", "");
    fields.push(("entry", &entry));
    assert!(over(&visitor, press(&visitor, &edit, &fields)).words(".story").contains("accepts this account"));
    let mut fields = typed(&at, "a", "another");
    fields.push(("entry", &entry));
    assert!(over(&visitor, press(&visitor, &edit, &fields)).words(".story").contains("refused the user"));
    // The stored password goes to no other server than its own.
    let mut fields = typed("other.example", "a", "");
    fields.push(("entry", &entry));
    let refused = press(&visitor, &edit, &fields);
    assert!(refused.status == 422 && refused.words(".summary").contains("Password"), "{}", refused.text);
    // An alias of the same registrar with the same DDI is the same binding: it is only asked about, too.
    let alias = at.replace("127.0.0.1", "localhost");
    let mut fields = typed(&alias, "a", PASSWORD);
    fields[3].1 = "9a";
    let asked = over(&visitor, press(&visitor, &visitor.get("/entries/new"), &fields)).words(".steps");
    assert!(!asked.contains("Undoing"), "{asked}");
    stage.reaches(id, "registered");
    assert_eq!(stage.provider.bound("a"), contact);
}

#[test]
fn a_test_goes_on_while_it_is_looked_at_and_belongs_to_whoever_began_it() {
    let (stage, visitor) = stage();
    stage.provider.change(|registrar| registrar.script.accounts.get_mut("a").unwrap().silent = true);
    let at = stage.provider.at.to_string();
    let form = visitor.get("/entries/new");
    let mut fields = typed(&at, "a", PASSWORD);
    fields.push(("live", "on"));
    let page = press(&visitor, &form, &fields);
    assert_eq!(page.all("[data-running]").len(), 1);
    let first = visitor.get(&format!("{}?after=0", page.path));
    assert_eq!(first.all(".steps li").len(), 1, "{}", first.text);
    assert!(first.words("[data-verdict]").contains("32 seconds"));
    let colleague = Visitor::with_role(&stage.home, &stage.program, "manager");
    assert_eq!(colleague.get(&page.path).status, 404);
    let viewer = Visitor::with_role(&stage.home, &stage.program, "viewer");
    assert_eq!(viewer.get(&page.path).status, 403);
    assert_eq!(visitor.get("/trials/999").status, 404);
}

#[test]
fn nobody_tests_without_end_and_odd_entries_are_refused() {
    let (stage, visitor) = stage();
    let at = stage.provider.at.to_string();
    let form = visitor.get("/entries/new");
    let statuses: Vec<u16> = (0..12).map(|_| press(&visitor, &form, &typed(&at, "a", PASSWORD)).status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 10, "{statuses:?}");
    assert_eq!(statuses.last(), Some(&429));
    let colleague = Visitor::with_role(&stage.home, &stage.program, "manager");
    let form = colleague.get("/entries/new");
    for (entry, status) in [("77", 404), ("x", 400)] {
        let mut fields = typed(&at, "a", PASSWORD);
        fields.push(("entry", entry));
        assert_eq!(press(&colleague, &form, &fields).status, status, "{entry}");
    }
    let mut fields = typed(&at, "a", PASSWORD);
    fields.push(("contract_id", "55"));
    let refused = press(&colleague, &form, &fields);
    assert!(refused.status == 422 && refused.words(".summary").contains("no longer exists"), "{}", refused.text);
    assert_eq!(stage.api.post("/registrations", &json!({})).status, 422);
}
