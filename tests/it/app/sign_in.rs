//! Signing in, being slowed down, signing out.

use crate::support::{ADMINISTRATOR, LIMIT, Stage, Visitor, eventually};

#[test]
fn failures_are_worded_alike_and_slow_the_next_one_down() {
    let mut stage = Stage::new(&[]);
    Visitor::set_up(&mut stage.program);
    let visitor = Visitor::new(&stage.program);
    let (name, password) = ADMINISTRATOR;
    let enter = |name: &str, password: &str| {
        visitor.submit(&visitor.get("/sign-in"), "main form", &[("name", name), ("password", password)])
    };
    let wrong = enter(name, "not the password");
    let unknown = enter("nobody", "not the password");
    assert_eq!((wrong.status, unknown.status), (422, 422));
    assert_eq!(wrong.words(".summary"), unknown.words(".summary"), "tells whether a name exists");
    assert!(
        wrong.value("#name") == name && wrong.value("#password").is_empty() && !wrong.text.contains("not the password")
    );
    for _ in 0..3 {
        enter(name, "not the password");
    }
    let slowed = enter(name, password);
    assert!(slowed.words(".summary").contains("Too many attempts"), "the right password came through: {}", slowed.text);
    // Two seconds, since one failure more than is free; then the right one is let in.
    let page = eventually("the wait is over", LIMIT, || {
        let page = enter(name, password);
        if page.status == 200 { Ok(page) } else { Err(page.status) }
    });
    assert_eq!(page.path, "/entries");
}

#[test]
fn signing_out_ends_the_session_for_good() {
    let mut stage = Stage::new(&[]);
    let visitor = Visitor::set_up(&mut stage.program);
    let page = visitor.get("/entries");
    let cookie = visitor.send("GET", "/entries", &[], "");
    assert_eq!(cookie.status, 200);
    let stolen = visitor.cookies();
    assert!(stolen.contains("alta="), "{stolen}");
    let thief = Visitor::new(&stage.program);
    assert_eq!(thief.send("GET", "/entries", &[("cookie", &stolen)], "").status, 200, "the cookie is the session");
    let out = visitor.submit(&page, "form[action='/sign-out']", &[]);
    assert!(out.path.starts_with("/sign-in"), "{}", out.path);
    assert!(visitor.get("/entries").path.starts_with("/sign-in?to=/entries"));
    let page = thief.send("GET", "/entries", &[("cookie", &stolen)], "");
    assert_eq!(page.status, 303, "a cookie from before the end still lets in");
}

#[test]
fn whoever_signs_in_comes_back_to_where_they_wanted_to_go_and_never_elsewhere() {
    let mut stage = Stage::new(&[]);
    Visitor::set_up(&mut stage.program);
    let (name, password) = ADMINISTRATOR;
    for (wanted, reached) in [
        ("/contracts", "/contracts"),
        ("/entries?q=a&per=50", "/entries?q=a&per=50"),
        ("/sign-in?to=//evil.example", "/entries"),
        ("/sign-in?to=https://evil.example/", "/entries"),
    ] {
        let visitor = Visitor::new(&stage.program);
        let page = visitor.get(wanted);
        let page = visitor.submit(&page, "main form", &[("name", name), ("password", password)]);
        assert_eq!((page.status, page.path.as_str()), (200, reached), "{wanted}");
    }
}

#[test]
fn a_session_is_stored_hashed_and_outlives_a_restart() {
    let mut stage = Stage::new(&[]);
    let visitor = Visitor::set_up(&mut stage.program);
    let cookies = visitor.cookies();
    let stage = stage.restart();
    let again = Visitor::new(&stage.program);
    assert_eq!(again.send("GET", "/entries", &[("cookie", &cookies)], "").status, 200);
    let key = cookies.split("alta=").nth(1).expect("a session").split(';').next().expect("a value");
    for file in ["alta.db", "alta.db-wal"] {
        let bytes = std::fs::read(stage.home.path().join("data").join(file)).unwrap_or_default();
        assert!(!bytes.windows(key.len()).any(|window| window == key.as_bytes()), "{file} holds the session's key");
    }
}
