//! The audit: what pages, API and command line change is told, and who may read it.

use crate::support::{ADMINISTRATOR, Api, Page, Stage, Visitor, words};

/// Who, what and about what, newest first.
fn told(page: &Page) -> Vec<(String, String, String)> {
    let cell = |row: &scraper::ElementRef<'_>, n: usize| {
        let selector = scraper::Selector::parse(&format!("td:nth-child({n})")).expect("a selector");
        words(row.select(&selector).next().expect("a cell"))
    };
    page.all("tbody tr").iter().map(|row| (cell(row, 2), cell(row, 4), cell(row, 5))).collect()
}

#[test]
fn pages_api_and_command_line_are_told_with_who_and_from_where() {
    let mut stage = Stage::new(&["961"]);
    let visitor = Visitor::set_up(&mut stage.program);
    let id = stage.register("961");
    let page = visitor.get(&format!("/entries/{id}/edit"));
    visitor.submit(&page, "main form", &[("expire", "600"), ("realm", "there")]);
    let page = visitor.get(&format!("/entries/{id}"));
    visitor.submit(&page, &format!("form[action='/entries/{id}/refresh']"), &[]);
    let wrong = Visitor::new(&stage.program);
    wrong.submit(&wrong.get("/sign-in"), "main form", &[("name", "ADA"), ("password", "a wrong one")]);
    let audit = visitor.get("/audit");
    let lines = told(&audit);
    let has = |who: &str, what: &str, about: &str| {
        let line = (who.to_owned(), what.to_owned(), about.to_owned());
        assert!(lines.contains(&line), "{line:?} in {lines:#?}");
    };
    let (ada, _) = ADMINISTRATOR;
    let name = visitor.get(&format!("/entries/{id}/edit")).value("#username");
    let about = lines.iter().find(|line| line.1 == "Register now").expect("told").2.clone();
    assert!(about.starts_with(&name), "{about}");
    has(ada, "Changed SIP registration", &about);
    has("Not signed in", "Failed sign-in", "ada");
    has(ada, "Added user", ada);
    has("Command line", "Added API token", "test");
    assert!(lines.iter().any(|line| line.0 == "test" && line.1 == "Added SIP registration"), "{lines:#?}");
    assert!(audit.text.contains("127.0.0.1 (API)"), "from where");
    let changed = visitor.get("/audit?deed=entry_changed");
    assert_eq!(told(&changed).len(), 1);
    let changes = changed.words("tbody ul");
    assert!(changes.contains("Expire: 3600 → 600") && changes.contains("Realm: there"), "{changes}");
    assert!(!audit.text.contains("a wrong one"), "what was typed as a password is told");
    assert_eq!(told(&visitor.get(&format!("/audit?about=%23{id}&who=ada"))).len(), 2);
    assert_eq!(visitor.get("/audit?who=nobody").words(".notice"), "Nothing was found.");
    visitor.speaks("es");
    assert!(told(&visitor.get("/audit")).iter().any(|line| line.1 == "Modificó un registro SIP"));
}

#[test]
fn a_proxy_that_is_trusted_says_from_where_people_come() {
    let home = crate::support::Home::with(&[("ALTA_HTTP_TRUSTED_PROXIES", "127.0.0.1")]);
    let mut program = home.start();
    let visitor = Visitor::set_up(&mut program);
    let page = visitor.get("/sign-in");
    let stranger = Visitor::new(&program);
    let form = stranger.get("/sign-in");
    let body = format!("csrf={}&name=mallory&password=guess", form.value("input[name=csrf]"));
    let headers =
        [("content-type", "application/x-www-form-urlencoded"), ("x-forwarded-for", "198.51.100.7, 203.0.113.9")];
    assert_eq!(stranger.send("POST", "/sign-in", &headers, &body).status, 422);
    assert_eq!(page.status, 200);
    let line = visitor.get("/audit?deed=sign_in_failed").words("tbody tr");
    assert!(line.contains("203.0.113.9") && !line.contains("198.51"), "{line}");
}

#[test]
fn a_token_is_named_when_a_program_changes_something() {
    let mut stage = Stage::new(&[]);
    let visitor = Visitor::set_up(&mut stage.program);
    let api = Api::with_role(&stage.home, &stage.program, "manager");
    let made = api.send("POST", "/contracts", &[("content-type", "application/json")], br#"{"name":"North"}"#);
    assert_eq!(made.status, 201, "{made:?}");
    let line = &told(&visitor.get("/audit?deed=contract_added"))[0];
    assert_eq!((line.0.as_str(), line.2.as_str()), ("manager", "North"));
}
