//! Forms with faults: all at once, worded, nothing half-saved, what was typed kept and escaped.

use crate::support::{PASSWORD, Page, Stage, Visitor, words};

fn faults(page: &Page) -> Vec<(String, String)> {
    let fault = |element: &scraper::ElementRef<'_>| {
        (element.attr("id").unwrap_or_default().trim_end_matches("-fault").to_owned(), words(*element))
    };
    page.all("p.fault").iter().map(fault).collect()
}

#[test]
fn all_faults_are_told_at_once_by_field_in_both_languages() {
    let mut stage = Stage::new(&[]);
    let visitor = Visitor::set_up(&mut stage.program);
    let fields = [
        ("username", ""),
        ("domain", "not a host"),
        ("ddi", &"9".repeat(65)),
        ("user", "a\r\nVia: x"),
        ("register_server_uri", "google.es"),
        ("realm", "a\0b"),
        ("expire", "59"),
        ("contract_id", "7x"),
        ("enabled", "maybe"),
    ];
    for (language, expected) in [
        (
            "en",
            [
                ("username", "Fill this in"),
                ("domain", "Write a host name"),
                ("password", "Fill this in"),
                ("ddi", "Use 64 characters or fewer"),
                ("contract_id", "Choose one of the values"),
                ("user", "control character"),
                ("register_server_uri", "with sip: or sips: in front"),
                ("realm", "control character"),
                ("expire", "from 60 to 86,400"),
            ],
        ),
        (
            "es",
            [
                ("username", "Campo obligatorio"),
                ("domain", "Escriba un nombre de servidor"),
                ("password", "Campo obligatorio"),
                ("ddi", "Use 64 caracteres como máximo"),
                ("contract_id", "Elija uno de los valores"),
                ("user", "carácter de control"),
                ("register_server_uri", "con sip: o sips: delante"),
                ("realm", "carácter de control"),
                ("expire", "entre 60 y 86"),
            ],
        ),
    ] {
        visitor.speaks(language);
        let page = visitor.submit(&visitor.get("/entries/new"), "form.entry", &fields);
        assert_eq!((page.status, page.one("html").attr("lang")), (422, Some(language)));
        assert!(page.words("title").starts_with("Error:"), "{}", page.words("title"));
        let found = faults(&page);
        for (field, sentence) in expected {
            let fault = found.iter().find(|(name, _)| name == field);
            assert!(fault.is_some_and(|(_, text)| text.contains(sentence)), "{field}: {sentence:?} in {found:?}");
            let input = page.one(&format!("[name={field}]"));
            assert_eq!(input.attr("aria-invalid"), Some("true"), "{field}");
        }
        assert_eq!(page.all("#summary li a").len(), 10, "one line in the summary for each, Enabled included");
    }
    assert_eq!(stage.api.get("/registrations").body["items"], serde_json::json!([]), "something was saved");
    assert_eq!(stage.provider.registers(), 0);
}

#[test]
fn a_duplicate_names_the_entry_that_has_the_value_and_keeps_what_was_typed() {
    let mut stage = Stage::new(&["961"]);
    let visitor = Visitor::set_up(&mut stage.program);
    let id = stage.register("961");
    let domain = stage.provider.at.to_string();
    let name = format!("961@{domain}");
    let fields = [
        ("username", "961"),
        ("domain", domain.as_str()),
        ("password", "typed-pass"),
        ("ddi", "9961"),
        ("realm", "typed"),
    ];
    let page = visitor.submit(&visitor.get("/entries/new"), "form.entry", &fields);
    assert_eq!(page.status, 422);
    for field in ["username", "ddi"] {
        let fault = page.words(&format!("#{field}-fault"));
        assert!(fault.contains(&format!("{name} has this value already")), "{fault}");
        assert_eq!(page.one(&format!("#{field}-fault a")).attr("href"), Some(format!("/entries/{id}").as_str()));
    }
    for (field, value) in [("username", "961"), ("domain", &domain), ("ddi", "9961"), ("realm", "typed")] {
        assert_eq!(page.value(&format!("[name={field}]")), value);
    }
    assert!(page.value("#password").is_empty() && !page.text.contains("typed-pass"), "the password came back");
    // The same when an entry becomes another's double by an edit.
    let other = stage.add("962");
    let edit = visitor.get(&format!("/entries/{other}/edit"));
    let page = visitor.submit(&edit, "form.entry", &[("username", "961"), ("ddi", "9961")]);
    assert_eq!((page.status, faults(&page).len()), (422, 2), "{}", page.text);
    assert_eq!(stage.api.get(&format!("/registrations/{other}")).text("ddi"), "9962", "half of it was saved");
    assert_eq!(visitor.submit(&edit, "form.entry", &[]).status, 200, "an entry is not its own double");
}

#[test]
fn hostile_text_is_shown_as_text_everywhere() {
    const HOSTILE: &str = "\"><script>alert('x')</script>&amp;";
    let mut stage = Stage::new(&[]);
    let visitor = Visitor::set_up(&mut stage.program);
    visitor.submit(&visitor.get("/contracts/new"), "main form", &[("name", HOSTILE), ("description", HOSTILE)]);
    let domain = stage.provider.at.to_string();
    let fields = [
        ("username", HOSTILE),
        ("domain", &domain),
        ("password", PASSWORD),
        ("ddi", HOSTILE),
        ("user", HOSTILE),
        ("realm", HOSTILE),
        ("contract_id", "1"),
    ];
    let page = visitor.submit(&visitor.get("/entries/new"), "form.entry", &fields);
    assert!(page.path.starts_with("/entries/1?"), "{}", page.text);
    let entry = stage.api.get("/registrations/1");
    assert_eq!((entry.text("username"), entry.text("realm")), (HOSTILE, HOSTILE), "what is stored is what was typed");
    let search = format!("/entries?q={}", crate::support::encoded(HOSTILE));
    for path in [
        page.path.as_str(),
        "/entries",
        &search,
        "/entries?q=%3Cscript%3E&sort=%22%3E%3Cscript%3E&order=%22%3E%3Cscript%3E&per=%22%3E%3Cscript%3E",
        "/entries/1/edit",
        "/entries/1/delete",
        "/contracts",
        "/contracts/1/edit",
        "/contracts/1/delete",
        "/contracts?saved=yes&name=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
        "/%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
    ] {
        let page = visitor.get(path);
        let inline = |script: &scraper::ElementRef<'_>| script.attr("src").is_none();
        assert!(!page.all("script").iter().any(inline), "{path}: {}", page.text);
        assert!(!page.text.contains("<script>"), "{path}");
    }
    let edit = visitor.get("/entries/1/edit");
    for field in ["username", "ddi", "user", "realm"] {
        assert_eq!(edit.value(&format!("[name={field}]")), HOSTILE);
    }
    let wrong = [("username", HOSTILE), ("domain", HOSTILE), ("ddi", HOSTILE), ("register_server_uri", HOSTILE)];
    let page = visitor.submit(&visitor.get("/entries/new"), "form.entry", &wrong);
    assert!(page.status == 422 && !page.text.contains("<script>"), "{}", page.text);
}

#[test]
fn line_breaks_and_nul_are_refused_in_every_field() {
    let mut stage = Stage::new(&[]);
    let visitor = Visitor::set_up(&mut stage.program);
    let domain = stage.provider.at.to_string();
    let good = [("username", "u"), ("domain", domain.as_str()), ("password", PASSWORD), ("ddi", "1")];
    for field in ["username", "domain", "password", "ddi", "user", "register_server_uri", "realm"] {
        for hostile in ["a\r\nRoute: <sip:evil>", "a\nb", "a\rb", "a\0b", "b\r"] {
            let mut fields = good.to_vec();
            fields.retain(|(name, _)| *name != field);
            fields.push((field, hostile));
            let page = visitor.submit(&visitor.get("/entries/new"), "form.entry", &fields);
            assert_eq!(page.status, 422, "{field} took {hostile:?}");
            let found = faults(&page);
            assert!(matches!(&found[..], [(name, _)] if name == field), "{field} {hostile:?}: {found:?}");
        }
    }
    assert_eq!(stage.provider.registers(), 0);
}
