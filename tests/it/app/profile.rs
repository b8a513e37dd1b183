//! One's own profile: time zone, password, second factor and sessions.

use std::time::{SystemTime, UNIX_EPOCH};

use totp_rs::{Builder, Secret};

use crate::support::{ADMINISTRATOR, Page, Stage, Visitor};

const NEXT: &str = "another fine sentence";

fn enter(visitor: &Visitor, password: &str) -> Page {
    let fields = [("name", ADMINISTRATOR.0), ("password", password)];
    visitor.submit(&visitor.get("/sign-in"), "main form", &fields)
}

/// The code that an authenticator shows, so many steps from now.
#[allow(clippy::disallowed_methods, reason = "an authenticator has a clock of its own")]
fn code(secret: &str, steps: u64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    let secret = Secret::try_from_base32(secret.replace(' ', "")).expect("base32");
    Builder::new().with_secret(secret).build().expect("a key").generate(now + 30 * steps).to_string()
}

#[test]
fn times_are_shown_in_the_zone_that_was_chosen() {
    let mut stage = Stage::new(&[]);
    let visitor = Visitor::set_up(&mut stage.program);
    assert!(visitor.get("/audit").words("tbody time").ends_with("UTC"));
    let page = visitor.get("/profile");
    assert_eq!(visitor.submit(&page, "main form", &[("zone", "Nowhere/Land")]).status, 400);
    let page = visitor.submit(&page, "main form", &[("zone", "Asia/Kathmandu"), ("language", "es")]);
    assert_eq!(
        (page.words(".done").as_str(), page.one("html").attr("data-zone")),
        ("Se ha guardado su perfil.", Some("Asia/Kathmandu"))
    );
    let audit = visitor.get("/audit");
    let time = audit.one("tbody time");
    let (iso, shown) = (time.attr("datetime").expect("a moment"), crate::support::words(time));
    // Kathmandu is 5 h 45 min ahead: the minutes tell that it was reckoned with.
    let minutes = |text: &str| text.split(':').nth(1).and_then(|m| m.parse::<u32>().ok()).expect("minutes");
    assert_eq!((minutes(iso) + 45) % 60, minutes(&shown), "{iso} {shown}");
    assert!(!shown.contains("UTC"), "{shown}");
}

#[test]
fn a_new_password_needs_the_old_one_and_ends_the_other_sessions() {
    let mut stage = Stage::new(&[]);
    let (here, there) = (Visitor::set_up(&mut stage.program), Visitor::sign_in(&stage.program));
    let change = |current: &str, password: &str| {
        let fields = [("current", current), ("password", password), ("again", password)];
        here.submit(&here.get("/profile/password"), "main form", &fields)
    };
    assert_eq!(change("not the one", NEXT).words("#current-fault"), "That is not your current password.");
    assert_eq!(change(ADMINISTRATOR.1, "short").words("#password-fault"), "Use twelve characters or more.");
    assert_eq!(there.get("/entries").path, "/entries");
    let done = change(ADMINISTRATOR.1, NEXT);
    assert!(done.words(".done").starts_with("Your password was changed"), "{}", done.text);
    assert!(there.get("/entries").path.starts_with("/sign-in"), "the other session goes on");
    assert_eq!(here.get("/entries").path, "/entries");
    assert_eq!(enter(&there, ADMINISTRATOR.1).status, 422);
    assert_eq!(enter(&there, NEXT).status, 200);
}

#[test]
fn sessions_are_listed_and_ended_by_their_owner_only() {
    let mut stage = Stage::new(&[]);
    let (here, there) = (Visitor::set_up(&mut stage.program), Visitor::sign_in(&stage.program));
    let other = Visitor::with_role(&stage.home, &stage.program, "viewer");
    let page = here.get("/profile");
    assert_eq!(page.all("tbody tr").len(), 2, "{}", page.text);
    assert!(page.words("tbody th").contains("127.0.0.1"));
    let id = page.value("tbody input[name=id]");
    let foreign = other.get("/profile");
    let csrf = foreign.value("input[name=csrf]");
    assert_eq!(other.post("/profile/sessions", &[("csrf", &csrf), ("id", &id)]).status, 404);
    assert_eq!(there.get("/entries").path, "/entries");
    let page = here.submit(&page, "tbody form", &[]);
    assert_eq!(page.all("tbody tr").len(), 1);
    assert!(there.get("/entries").path.starts_with("/sign-in"));
    enter(&there, ADMINISTRATOR.1);
    here.submit(&here.get("/profile"), ".head form", &[]);
    assert!(there.get("/entries").path.starts_with("/sign-in"));
    assert_eq!(here.get("/profile").all("tbody tr").len(), 1, "one's own goes on");
}

#[test]
fn a_second_factor_is_asked_for_and_each_code_is_taken_once() {
    let mut stage = Stage::new(&[]);
    let visitor = Visitor::set_up(&mut stage.program);
    let page = visitor.get("/profile/factor");
    let secret = page.words("code.secret");
    let picture = visitor.get(page.one("img.qr").attr("src").expect("an address"));
    assert!(
        picture.header("content-type").starts_with("image/svg") && picture.text.contains("<svg"),
        "{}",
        picture.text
    );
    assert_eq!(visitor.get("/profile/factor").words("code.secret"), secret, "the same until it is confirmed");
    // What was not confirmed does not count.
    assert_eq!(enter(&Visitor::new(&stage.program), ADMINISTRATOR.1).path, "/entries");
    assert_eq!(visitor.submit(&page, "main form", &[("code", "12345")]).status, 422);
    let confirmed = code(&secret, 0);
    let page = visitor.submit(&page, "main form", &[("code", &confirmed)]);
    let codes: Vec<String> = page.all(".codes code").into_iter().map(crate::support::words).collect();
    assert_eq!(codes.len(), 10, "{}", page.text);
    let file = visitor.submit(&page, "main form", &[]);
    assert!(
        file.header("content-disposition").contains("attachment") && file.text.contains(&codes[9]),
        "{}",
        file.text
    );
    assert_eq!(visitor.submit(&page, "main form", &[("codes", "anything")]).status, 400);
    assert_eq!(visitor.get("/profile/factor/picture").status, 404, "the key is not shown again");
    let database = std::fs::read(stage.home.path().join("data/alta.db")).expect("a database");
    let raw = Secret::try_from_base32(secret.replace(' ', "")).expect("base32");
    assert!(!database.windows(20).any(|bytes| bytes == raw.as_ref()), "the key lies open in the database");

    let other = Visitor::new(&stage.program);
    let half = enter(&other, ADMINISTRATOR.1);
    assert!(half.path.starts_with("/sign-in/code"), "{}", half.path);
    assert!(other.get("/entries").path.starts_with("/sign-in"), "a password alone lets in");
    let answer = |visitor: &Visitor, code: &str| {
        let page = visitor.get("/sign-in/code?to=/contracts");
        visitor.submit(&page, "main form", &[("code", code)])
    };
    assert_eq!(answer(&other, &confirmed).status, 422, "the code that confirmed it is taken again");
    let next = code(&secret, 1);
    assert_eq!(answer(&other, &next).path, "/contracts");
    let third = Visitor::new(&stage.program);
    enter(&third, ADMINISTRATOR.1);
    assert_eq!(answer(&third, &next).status, 422, "a code is taken twice");
    assert_eq!(answer(&third, &codes[0].to_uppercase()).path, "/contracts");
    let fourth = Visitor::new(&stage.program);
    enter(&fourth, ADMINISTRATOR.1);
    assert_eq!(answer(&fourth, &codes[0]).status, 422, "a recovery code is taken twice");
    assert!(visitor.get("/profile").text.contains("On, with 9 recovery codes left."));

    assert_eq!(visitor.submit(&visitor.get("/profile/factor"), "main form", &[("password", "wrong")]).status, 422);
    let off = visitor.submit(&visitor.get("/profile/factor"), "main form", &[("password", ADMINISTRATOR.1)]);
    assert_eq!(off.words(".done"), "Your second factor is off.");
    assert_eq!(enter(&Visitor::new(&stage.program), ADMINISTRATOR.1).path, "/entries");
    let deeds = visitor.get("/audit").text;
    for deed in ["Turned second factor on", "Wrong code", "Used a recovery code", "Turned second factor off"] {
        assert!(deeds.contains(deed), "{deed}");
    }
    assert!(!deeds.contains(&codes[0]) && !deeds.contains(&secret), "a secret is told");
}

#[test]
fn guessing_codes_becomes_slow_and_an_administrator_takes_a_lost_factor_away() {
    let mut stage = Stage::new(&[]);
    let admin = Visitor::set_up(&mut stage.program);
    let viewer = Visitor::with_role(&stage.home, &stage.program, "viewer");
    let page = viewer.get("/profile/factor");
    let secret = page.words("code.secret");
    viewer.submit(&page, "main form", &[("code", &code(&secret, 0))]);
    let lost = Visitor::new(&stage.program);
    let sign_in = || {
        let fields = [("name", "viewer"), ("password", ADMINISTRATOR.1)];
        lost.submit(&lost.get("/sign-in"), "main form", &fields)
    };
    for _ in 0..4 {
        // The password between them does not begin the count anew.
        sign_in();
        lost.submit(&lost.get("/sign-in/code"), "main form", &[("code", "000000")]);
    }
    let slowed = lost.submit(&lost.get("/sign-in/code"), "main form", &[("code", &code(&secret, 1))]);
    assert!(slowed.words(".summary").contains("Too many attempts"), "{}", slowed.text);
    let page = admin.get("/users/2/edit");
    let page = admin.submit(&page, "form[action='/users/2/factor']", &[]);
    assert_eq!(page.words(".done"), "viewer signs in without a second factor.");
    assert_eq!(sign_in().path, "/entries");
}
