//! Both languages: negotiated, chosen, remembered, and said in `lang`.

use crate::support::{Stage, Visitor};

#[test]
fn the_language_is_negotiated_by_quality() {
    let stage = Stage::new(&[]);
    for (asked, spoken, words) in [
        ("en", "en", "Sign in"),
        ("es", "es", "Iniciar sesión"),
        ("es-MX,es;q=0.9", "es", "Iniciar sesión"),
        ("fr,es;q=0.3,en;q=0.7", "en", "Sign in"),
        ("en;q=0.1,es", "es", "Iniciar sesión"),
        ("de", "en", "Sign in"),
        ("", "en", "Sign in"),
        (";;;q=x,=", "en", "Sign in"),
    ] {
        let page = Visitor::new(&stage.program).send("GET", "/sign-in", &[("accept-language", asked)], "");
        assert_eq!((page.status, page.one("html").attr("lang")), (200, Some(spoken)), "{asked:?}");
        assert_eq!(page.words("h1"), words, "{asked:?}");
    }
}

#[test]
fn the_switch_changes_the_language_here_and_for_the_person() {
    let mut stage = Stage::new(&[]);
    let visitor = Visitor::set_up(&mut stage.program);
    let page = visitor.submit(&visitor.get("/entries?per=50"), "form.language", &[("language", "es")]);
    assert_eq!((page.path.as_str(), page.one("html").attr("lang")), ("/entries?per=50", Some("es")));
    assert_eq!(page.words("h1"), "Registros SIP");
    assert_eq!(page.one(".language button[lang=es]").attr("aria-pressed"), Some("true"));
    assert_eq!(visitor.get("/nothing").one("html").attr("lang"), Some("es"), "errors speak it, too");
    // Another browser that asks for English: the person's own choice comes with signing in.
    let elsewhere = Visitor::sign_in(&stage.program);
    assert_eq!(elsewhere.get("/entries").words("h1"), "Registros SIP");
    let back = elsewhere.submit(&elsewhere.get("/entries"), "form.language", &[("language", "en")]);
    assert_eq!(back.words("h1"), "SIP registrations");
    let nonsense = elsewhere.submit(&back, "form.language", &[("language", "xx"), ("to", "//evil.example")]);
    assert_eq!((nonsense.status, nonsense.path.as_str()), (200, "/entries"));
}
