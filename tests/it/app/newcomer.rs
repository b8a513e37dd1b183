//! The newcomer's path over plain HTTP: setup, the empty list, the demo, what each entry's page explains.

use std::time::Duration;

use crate::support::{ADMINISTRATOR, Home, Page, Visitor, eventually, wait_for};

/// Three attempts of the demo's shortened timers, and a busy machine.
const DEMO_LIMIT: Duration = Duration::from_secs(90);

#[test]
fn the_setup_link_works_once_and_refuses_a_weak_password() {
    let home = Home::new();
    let mut program = home.start();
    let link = program.line("setup: ");
    let path = link.strip_prefix(&program.url("")).expect("a link to this program").to_owned();
    let visitor = Visitor::new(&program);
    let wrong = visitor.get("/setup?token=0123456789abcdef");
    assert!(wrong.all("main form").is_empty() && wrong.words(".notice").contains("not valid"), "{}", wrong.text);
    assert!(visitor.get("/sign-in").words(".notice").contains("setup link"));
    for (name, password, again, faults) in [
        ("", "short", "short", ["Fill this in", "twelve characters"]),
        ("ada", "correct horse battery", "another horse", ["#password", "not the same"]),
        ("ada", "administrator", "administrator", ["#password", "Everybody tries"]),
    ] {
        let fields = [("name", name), ("password", password), ("again", again)];
        let page = visitor.submit(&visitor.get(&path), "main form", &fields);
        assert_eq!(page.status, 422);
        for fault in faults {
            assert!(page.text.contains(fault), "{fault}: {}", page.text);
        }
        assert!(!page.text.contains(&format!("value=\"{password}\"")), "a password came back");
    }
    let (name, password) = ADMINISTRATOR;
    let fields = [("name", name), ("password", password), ("again", password)];
    let form = visitor.get(&path);
    assert_eq!(visitor.submit(&form, "main form", &fields).path, "/entries");
    let late = Visitor::new(&program);
    assert!(late.get(&path).words(".notice").contains("used already"));
    let page = late.submit(&form, "main form", &[("name", "eve"), ("password", password), ("again", password)]);
    assert_ne!(page.path, "/entries", "the link made a second administrator");
    assert!(!late.get("/sign-in").text.contains("setup link"), "the hint outlives the setup");
    program.stop();
    let again = home.start();
    Visitor::sign_in(&again);
}

#[test]
fn the_demo_shows_its_three_entries_and_each_page_explains_its_state() {
    let home = Home::new();
    let mut program = home.start();
    let visitor = Visitor::set_up(&mut program);
    let empty = visitor.get("/entries");
    assert!(empty.words(".empty h2").contains("No SIP registrations yet"));
    let list = visitor.submit(&empty, ".empty form", &[]);
    assert_eq!((list.path.as_str(), list.all("tbody tr").len()), ("/entries", 3));
    assert!(list.all(".badge").len() == 3, "demo entries are marked");
    for (user, state, sentences) in [
        ("happy", "registered", ["Calls to this DDI can arrive", "Registered until", "Call-ID"]),
        (
            "wrong-password",
            "rejected_auth",
            ["refused the user or the password", "401 Unauthorized", "Check User and Password"],
        ),
        ("silent", "unreachable", ["Nobody answered", "Alta found this out itself", "the firewall"]),
    ] {
        let link = row(&list, user);
        let page = eventually(&format!("{user} is {state}"), DEMO_LIMIT, || {
            let page = visitor.get(&link);
            let is = page.one(".status").attr("data-state").unwrap_or_default().to_owned();
            if is == state { Ok(page) } else { Err(is) }
        });
        for sentence in sentences {
            assert!(page.words("main").contains(sentence), "{user} lacks {sentence:?}: {}", page.words("main"));
        }
    }
    assert_eq!(visitor.submit(&empty, ".empty form", &[]).all("tbody tr").len(), 3, "pressed twice, it adds nothing");
    program.stop();
    // The provider is started again for the entries that are still there, wherever it listens now.
    let program = home.start();
    let visitor = Visitor::sign_in(&program);
    let page = visitor.get(&row(&list, "happy"));
    assert_eq!(page.one(".status").attr("data-state"), Some("registered"));
    visitor.submit(&page, "form[action$=refresh]", &[]);
    wait_for("the demo provider answers after a restart", DEMO_LIMIT, || {
        let page = visitor.get(&row(&list, "happy"));
        page.words("main").contains("Last success") && page.one(".status").attr("data-state") == Some("registered")
    });
}

/// The address of the entry of this user.
fn row(list: &Page, user: &str) -> String {
    let rows = list.all("tbody tr");
    let row = rows.iter().find(|row| crate::support::words(**row).contains(user)).expect("a row of this user");
    let link = scraper::Selector::parse("th a").expect("a selector");
    row.select(&link).next().and_then(|a| a.attr("href")).expect("a link").to_owned()
}
