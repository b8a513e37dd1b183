//! Who may: forged forms, the whole URL table for every role, and the headers of every answer.

use alta::domain::operator::Role;
use alta::web::{Access, TABLE};

use crate::support::{Api, Stage, Visitor};

#[test]
fn forms_without_their_token_or_from_another_site_are_refused() {
    let mut stage = Stage::new(&["961"]);
    let visitor = Visitor::set_up(&mut stage.program);
    let id = stage.register("961");
    let path = format!("/entries/{id}/delete");
    let token = visitor.get(&path).value("input[name=csrf]");
    let stranger = Visitor::new(&stage.program);
    let foreign = stranger.get("/sign-in").value("input[name=csrf]");
    assert_ne!(token, foreign);
    let form = |token: &str| format!("csrf={token}");
    let kind = ("content-type", "application/x-www-form-urlencoded");
    let host = stage.program.http.to_string();
    for (headers, body) in [
        (vec![kind], String::new()),
        (vec![kind], form("")),
        (vec![kind], form(&foreign)),
        (vec![kind], form(&token[..31])),
        (vec![kind, ("sec-fetch-site", "cross-site")], form(&token)),
        (vec![kind, ("sec-fetch-site", "same-site")], form(&token)),
        (vec![kind, ("origin", "https://evil.example")], form(&token)),
        (vec![kind, ("origin", "null")], form(&token)),
        (vec![kind, ("origin", "http://127.0.0.1")], form(&token)),
    ] {
        let page = visitor.send("POST", &path, &headers, &body);
        assert_eq!(page.status, 403, "{headers:?} {body}");
        assert!(page.words("h1").contains("expired"), "{}", page.text);
    }
    assert_eq!(stage.provider.bound("961").len(), 1, "a forged form deleted it");
    for path in ["/sign-in", "/language", "/sign-out"] {
        assert_eq!(stranger.send("POST", path, &[kind], "name=a&password=b&language=es").status, 403, "{path}");
    }
    let origin = format!("http://{host}");
    let headers = [kind, ("sec-fetch-site", "same-origin"), ("origin", origin.as_str())];
    assert_eq!(visitor.send("POST", &path, &headers, &form(&token)).status, 303);
}

#[test]
fn every_route_is_open_to_exactly_those_it_names() {
    let mut stage = Stage::new(&[]);
    let administrator = Visitor::set_up(&mut stage.program);
    let people = [
        (None, Visitor::new(&stage.program)),
        (Some(Role::Viewer), Visitor::with_role(&stage.home, &stage.program, "viewer")),
        (Some(Role::Manager), Visitor::with_role(&stage.home, &stage.program, "manager")),
        (Some(Role::Administrator), administrator),
    ];
    let programs: Vec<(Option<Role>, Api)> = std::iter::once((None, Api::with_token(&stage.program, "alta_unknown")))
        .chain(Role::ALL.map(|role| (Some(role), Api::with_role(&stage.home, &stage.program, role.as_str()))))
        .collect();
    assert!(TABLE.len() > 30, "the table is read");
    for (method, pattern, access) in TABLE {
        // Number 999 does not exist, and no form bears its token: whoever may is told so, and changes nothing.
        let path = pattern.replace("{id}", "999").replace("{hash}", "x").replace("{file}", "x.css");
        // The stream would go on for ever; it refuses to watch so many.
        let query = if *pattern == "/entries/status" { format!("?ids={}1", "1,".repeat(100)) } else { String::new() };
        for (role, visitor) in &people {
            let page = visitor.send(method, &format!("{path}{query}"), &[], "");
            match (access, role) {
                (Access::Public, _) => assert_ne!(page.status, 401, "{method} {path} {role:?}"),
                (Access::Page(_), None) => {
                    assert_eq!(page.status, 303, "{method} {path} {role:?}");
                    assert!(page.header("location").starts_with("/sign-in"), "{method} {path}");
                }
                (Access::Page(right), Some(role)) => {
                    let denied = page.status == 403 && page.words("h1") == "Not allowed";
                    assert_eq!(denied, !role.grants(*right), "{method} {path} {role:?}: {}", page.status);
                }
                // A session is worth nothing at the API.
                (Access::Api(_), role) => assert_eq!(page.status, 401, "{method} {path} {role:?}"),
            }
        }
        let Access::Api(right) = access else { continue };
        let path = path.strip_prefix("/api/v1").expect("below the API");
        for (role, api) in &programs {
            let kind = [("content-type", "application/json")];
            let answer = api.send(method, path, &kind, b"[0]");
            let expected = match role {
                None => Some(401),
                Some(role) if !role.grants(*right) => Some(403),
                Some(_) => None,
            };
            match expected {
                Some(status) => assert_eq!(answer.status, status, "{method} {path} {role:?}"),
                None => assert!(!matches!(answer.status, 401 | 403 | 500..), "{method} {path} {role:?}: {answer:?}"),
            }
        }
    }
}

#[test]
fn what_is_not_in_the_table_is_a_404_page_and_a_wrong_method_a_405() {
    let mut stage = Stage::new(&[]);
    let visitor = Visitor::set_up(&mut stage.program);
    for path in [
        "/nothing",
        "/entries/999",
        "/entries/999/edit",
        "/entries/999/delete",
        "/entries/abc",
        "/entries/99999999999999999999",
        "/contracts/999/edit",
        "/static/x/nothing.css",
        "/static/x/..%2f..%2fCargo.toml",
        "/entries/1/nothing",
    ] {
        let page = visitor.get(path);
        assert_eq!((page.status, page.words("h1").as_str()), (404, "Not found"), "{path}");
        assert_eq!(page.one("main a").attr("href"), Some("/entries"), "{path}");
    }
    visitor.speaks("es");
    assert_eq!(visitor.get("/nothing").words("h1"), "No se encuentra");
    for (method, path) in [("DELETE", "/entries"), ("PUT", "/entries/1"), ("GET", "/sign-out"), ("PATCH", "/")] {
        assert_eq!(visitor.send(method, path, &[], "").status, 405, "{method} {path}");
    }
}

#[test]
fn every_kind_of_answer_carries_the_headers_that_protect_it() {
    let mut stage = Stage::new(&[]);
    let visitor = Visitor::set_up(&mut stage.program);
    let sheet = visitor.get("/entries").one("link[rel=stylesheet]").attr("href").unwrap().to_owned();
    for (method, path) in [
        ("GET", "/entries"),
        ("GET", "/"),
        ("GET", "/nothing"),
        ("POST", "/entries/new"),
        ("DELETE", "/entries"),
        ("GET", sheet.as_str()),
        ("GET", "/healthz"),
        ("GET", "/readyz"),
        ("GET", "/api/v1/registrations"),
        ("GET", "/api/v1/nothing"),
        ("GET", "/sign-in?to=%zz"),
    ] {
        let page = visitor.send(method, path, &[], "");
        let policy = page.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{method} {path}");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(page.header("x-content-type-options"), "nosniff", "{method} {path}");
        assert_eq!(page.header("referrer-policy"), "same-origin", "{method} {path}");
        assert_eq!(page.header("cross-origin-opener-policy"), "same-origin", "{method} {path}");
        let cached = page.header("cache-control");
        assert_eq!(cached == "no-store", path != sheet, "{method} {path}: {cached}");
    }
    assert_eq!(visitor.get("/entries").header("strict-transport-security"), "", "plain HTTP promises no TLS");
}

#[test]
fn behind_tls_cookies_are_secure_and_pinned_to_the_host() {
    let home = crate::support::Home::with(&[("ALTA_HTTP_BEHIND_TLS", "true")]);
    let program = home.start();
    let page = Visitor::new(&program).get("/sign-in");
    let cookie = page.header("set-cookie");
    assert!(cookie.starts_with("__Host-alta-form="), "{cookie}");
    for attribute in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/"] {
        assert!(cookie.contains(attribute), "{attribute} in {cookie}");
    }
    assert!(page.header("strict-transport-security").contains("max-age="));
    assert!(page.all(".banner").is_empty(), "nothing warns of plain HTTP");
}
