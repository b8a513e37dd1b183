//! API tokens in the pages: shown once, known by their hash, revoked for good.

use crate::support::{Api, Page, Stage, Visitor, words};

#[test]
fn a_token_is_shown_once_opens_what_its_role_may_and_can_be_revoked() {
    let mut stage = Stage::new(&[]);
    let visitor = Visitor::set_up(&mut stage.program);
    let page = visitor.submit(&visitor.get("/tokens/new"), "main form", &[("name", "billing"), ("role", "viewer")]);
    let token = page.words("code.secret");
    assert!(token.starts_with("alta_") && token.len() == 69, "{token}");
    let api = Api::with_token(&stage.program, &token);
    assert_eq!(api.send("GET", "/registrations", &[], b"").status, 200);
    let kind = [("content-type", "application/json")];
    assert_eq!(api.send("POST", "/registrations", &kind, b"[]").status, 403, "a viewer changes nothing");
    let list = visitor.get("/tokens");
    let row = |page: &Page| page.all("tbody tr").into_iter().map(words).find(|row| row.starts_with("billing"));
    let shown = row(&list).expect("a row");
    assert!(!list.text.contains(&token) && shown.starts_with("billing Viewer") && !shown.contains("Never"), "{shown}");
    let refused = visitor.submit(&visitor.get("/tokens/new"), "main form", &[("name", "billing")]);
    assert_eq!((refused.status, refused.words("#name-fault").as_str()), (422, "Another token has this name."));
    assert_eq!(refused.words(".summary li"), "Name: Another token has this name.");
    let path = list.one("a[aria-label='Revoke billing?']").attr("href").expect("an address").to_owned();
    let done = visitor.submit(&visitor.get(&path), "main form", &[]);
    assert!(done.words(".done").contains("revoked"), "{}", done.text);
    assert_eq!(api.send("GET", "/registrations", &[], b"").status, 401);
    assert_eq!(visitor.get(&path).status, 404);
    let line = visitor.get("/audit?deed=token_revoked").words("tbody tr");
    assert!(line.contains("billing"), "{line}");
}
