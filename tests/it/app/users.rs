//! Users: added, changed, given another password, deleted; and what becomes of their sessions.

use crate::support::{ADMINISTRATOR, Stage, Visitor};

const PASSWORD: &str = "another fine sentence";

fn add(visitor: &Visitor, name: &str, role: &str) -> String {
    let fields = [("name", name), ("role", role), ("password", PASSWORD), ("again", PASSWORD)];
    let page = visitor.submit(&visitor.get("/users/new"), "main form", &fields);
    assert_eq!(page.words(".done"), format!("{name} was saved."), "{}", page.text);
    let number =
        page.all("tbody tr").iter().find(|row| crate::support::words(**row).starts_with(name)).and_then(|row| {
            let link = scraper::Selector::parse("a").expect("a selector");
            row.select(&link).next()?.attr("href").map(ToOwned::to_owned)
        });
    number.expect("a row").trim_end_matches("/edit").to_owned()
}

fn enter(visitor: &Visitor, name: &str, password: &str) -> crate::support::Page {
    visitor.submit(&visitor.get("/sign-in"), "main form", &[("name", name), ("password", password)])
}

#[test]
fn somebody_is_added_changed_and_deleted() {
    let mut stage = Stage::new(&[]);
    let admin = Visitor::set_up(&mut stage.program);
    let path = add(&admin, "marta", "viewer");
    let marta = Visitor::new(&stage.program);
    assert_eq!(enter(&marta, "Marta", PASSWORD).status, 200);
    assert_eq!(marta.get("/entries/new").status, 403);
    let before = marta.cookies();
    // Another role counts from the next request on, and the key from before is worth nothing after it.
    admin.submit(&admin.get(&format!("{path}/edit")), "main form", &[("role", "manager")]);
    assert_eq!(marta.get("/entries/new").status, 200);
    assert_ne!(marta.cookies(), before, "the session is renewed");
    let thief = Visitor::new(&stage.program);
    assert_eq!(thief.send("GET", "/entries", &[("cookie", &before)], "").status, 303);
    let twice = admin.submit(
        &admin.get("/users/new"),
        "main form",
        &[("name", "MARTA"), ("role", "viewer"), ("password", PASSWORD), ("again", PASSWORD)],
    );
    assert_eq!((twice.status, twice.words("#name-fault").as_str()), (422, "Another user has this name."));
    let weak = admin.submit(
        &admin.get("/users/new"),
        "main form",
        &[("name", ""), ("role", "viewer"), ("password", "short"), ("again", "short")],
    );
    assert_eq!((weak.status, weak.all(".summary li").len()), (422, 2), "{}", weak.text);
    let gone = admin.submit(&admin.get(&format!("{path}/delete")), "main form", &[]);
    assert_eq!(gone.words(".done"), "The user was deleted.");
    assert!(marta.get("/entries").path.starts_with("/sign-in"), "a deleted user goes on");
    assert_eq!(admin.get(&format!("{path}/edit")).status, 404);
}

#[test]
fn the_last_administrator_stays_one() {
    let mut stage = Stage::new(&[]);
    let admin = Visitor::set_up(&mut stage.program);
    let path =
        admin.get("/users").one("tbody a").attr("href").expect("an address").trim_end_matches("/edit").to_owned();
    let refused = admin.submit(&admin.get(&format!("{path}/edit")), "main form", &[("role", "viewer")]);
    assert_eq!(refused.status, 422);
    assert!(refused.words("#role-fault").starts_with("Nobody else is an administrator"), "{}", refused.text);
    assert_eq!(admin.submit(&admin.get(&format!("{path}/delete")), "main form", &[]).status, 422);
    add(&admin, "second", "administrator");
    let page = admin.submit(&admin.get(&format!("{path}/edit")), "main form", &[("role", "viewer")]);
    assert_eq!(page.status, 403, "who took their own role sees no users any more: {}", page.text);
}

#[test]
fn another_password_ends_every_session() {
    let mut stage = Stage::new(&[]);
    let admin = Visitor::set_up(&mut stage.program);
    let path = add(&admin, "marta", "viewer");
    let marta = Visitor::new(&stage.program);
    enter(&marta, "marta", PASSWORD);
    let fields = [("password", "something else entirely"), ("again", "something else entirely")];
    let differs = admin.submit(&admin.get(&format!("{path}/password")), "main form", &[fields[0], ("again", "no")]);
    assert_eq!(
        (differs.status, differs.words("#password-fault").as_str()),
        (422, "The two passwords are not the same.")
    );
    admin.submit(&admin.get(&format!("{path}/password")), "main form", &fields);
    assert!(marta.get("/entries").path.starts_with("/sign-in"));
    assert_eq!(enter(&marta, "marta", PASSWORD).status, 422);
    assert_eq!(enter(&marta, "marta", "something else entirely").status, 200);
    assert_eq!(enter(&Visitor::new(&stage.program), ADMINISTRATOR.0, ADMINISTRATOR.1).status, 200);
}
