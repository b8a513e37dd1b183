//! The command line: what works, and what is wrong in one clear sentence, exit code 1, nothing changed.

use std::collections::BTreeMap;
use std::fs;
use std::net::{TcpListener, UdpSocket};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Output;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use crate::support::{ADMINISTRATOR, Api, Home, LIMIT, PASSWORD, Program, Stage, Visitor, reaches};

/// Everything that it said.
fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Holds an output against the rule: exit code 1 and one line that contains these.
#[track_caller]
fn refuses(output: &Output, sentences: &[&str]) {
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{}", said(output));
    assert_eq!(error.lines().count(), 1, "more than one sentence: {error}");
    assert!(error.starts_with("alta: ") && !error.contains("panicked"), "{error}");
    for sentence in sentences {
        assert!(error.contains(sentence), "{sentence:?} in {error}");
    }
}

/// Every file of a folder with what it holds.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let list = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    list.map(|entry| (entry.file_name().display().to_string(), fs::read(entry.path()).unwrap_or_default())).collect()
}

/// A home that has been used: with an entry, so with a sealed password.
fn used() -> Home {
    let stage = Stage::new(&["961"]);
    stage.register("961");
    assert!(stage.program.stop().success());
    // What still stands in the log is written where it belongs, so that no mere look does it and seems a change.
    let path = stage.home.path().join("data/alta.db");
    let mut database = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    database.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    stage.home
}

#[test]
fn people_and_tokens_are_added_once() {
    let home = Home::new();
    let add = |name: &str, role: &str, password: &str| {
        home.run(&["user", "add", name, "--role", role, "--password-stdin"], password)
    };
    let (_, password) = ADMINISTRATOR;
    let added = add("ada", "administrator", &format!("{password}\n"));
    assert!(added.status.success() && said(&added).contains("ada may sign in as administrator"), "{}", said(&added));
    refuses(&add("ADA", "viewer", password), &["name is taken"]);
    refuses(&add("eve", "viewer", "short"), &["The password is not allowed. Use twelve characters or more."]);
    refuses(&add("", "viewer", password), &["The name is not allowed. Fill this in."]);
    assert_eq!(add("eve", "king", password).status.code(), Some(2), "clap's own code for wrong arguments");
    let token = home.run(&["token", "add", "script", "--role", "viewer"], "");
    let text = String::from_utf8_lossy(&token.stdout).trim().to_owned();
    assert!(token.status.success() && text.starts_with("alta_") && text.len() == 69, "{text}");
    refuses(&home.run(&["token", "add", "script", "--role", "viewer"], ""), &["name is taken"]);
    for (name, bytes) in files(&home.path().join("data")) {
        for secret in [text.as_bytes(), password.as_bytes()] {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret), "{name} holds a secret");
        }
    }
    let program = home.start();
    Visitor::sign_in(&program);
    assert_eq!(Api::with_token(&program, &text).get("/registrations").status, 200);
    assert!(!program.printed().contains("setup: "), "somebody can sign in already");
}

#[test]
fn settings_are_printed_and_an_unknown_one_names_the_nearest() {
    let home = Home::new();
    let program = home.start();
    assert!(program.printed().contains("http.listen=127.0.0.1:0"), "{}", program.printed());
    program.stop();
    let typo = Home::with(&[("ALTA_HTTP_LISTN", "127.0.0.1:0")]);
    refuses(&typo.run(&[], ""), &["ALTA_HTTP_LISTN", "did you mean ALTA_HTTP_LISTEN?"]);
    fs::write(typo.path().join("other.toml"), "[sip]\nlisten = 7\ncontakt = \"x\"").unwrap();
    refuses(
        &home.run(&["--config", &typo.path().join("other.toml").display().to_string()], ""),
        &["did you mean sip.contact?"],
    );
    refuses(&home.run(&["--config", "/nowhere.toml"], ""), &["/nowhere.toml cannot be read"]);
    refuses(
        &Home::with(&[("ALTA_SIP_LISTEN", "5060")]).run(&["check"], ""),
        &["ALTA_SIP_LISTEN", "a list of addresses with ports"],
    );
    refuses(&Home::with(&[("ALTA_LOG", "alta=such=filter")]).run(&["check"], ""), &["ALTA_LOG"]);
    assert!(files(&typo.path().join("data")).is_empty(), "something was made");
}

#[test]
fn a_port_that_is_taken_is_named_before_anything_is_made() {
    let (tcp, udp) = (TcpListener::bind("127.0.0.1:0").unwrap(), UdpSocket::bind("127.0.0.1:0").unwrap());
    let (tcp, udp) =
        (tcp.local_addr().map(|at| (at.to_string(), tcp)), udp.local_addr().map(|at| (at.to_string(), udp)));
    let ((http, _tcp), (sip, _udp)) = (tcp.unwrap(), udp.unwrap());
    for (name, address) in [("ALTA_HTTP_LISTEN", &http), ("ALTA_SIP_LISTEN", &sip)] {
        let home = Home::with(&[(name, address)]);
        refuses(&home.run(&[], ""), &[address, name]);
        assert!(!home.path().join("data").exists(), "{name}: a database was made");
        let checked = home.run(&["check"], "");
        assert_eq!(checked.status.code(), Some(1));
        assert!(said(&checked).contains("wrong") && said(&checked).contains(address), "{}", said(&checked));
        assert!(!home.path().join("data").exists(), "a check made something");
    }
}

#[test]
fn a_data_directory_that_cannot_be_written_is_named() {
    // A file in the way, which stops root, too.
    let home = Home::new();
    fs::write(home.path().join("file"), "mine").unwrap();
    let inside = home.path().join("file/data").display().to_string();
    let home = Home::with(&[("ALTA_DATA_DIR", &inside)]);
    refuses(&home.run(&[], ""), &[&inside, "cannot be written", "ALTA_DATA_DIR"]);
    let checked = home.run(&["check"], "");
    assert!(checked.status.code() == Some(1) && said(&checked).contains("wrong  data directory"), "{}", said(&checked));
}

#[test]
fn a_missing_wrong_open_or_broken_key_is_told_apart_and_nothing_is_changed() {
    let home = used();
    let data = home.path().join("data");
    let key = data.join("alta.key");
    let right = fs::read(&key).unwrap();
    let named = key.display().to_string();
    let mode = |mode| fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
    type Spoil<'a> = Box<dyn Fn() + 'a>;
    let faults: [(&str, Spoil<'_>); 4] = [
        ("is missing", Box::new(|| fs::remove_file(&key).unwrap())),
        ("does not fit this database", Box::new(|| fs::write(&key, "0".repeat(64)).unwrap())),
        ("does not hold 64 hexadecimal digits", Box::new(|| fs::write(&key, "short").unwrap())),
        ("chmod 600", Box::new(|| mode(0o644))),
    ];
    for (sentence, spoil) in faults {
        spoil();
        let before = files(&data);
        refuses(&home.run(&[], ""), &[sentence, &named]);
        refuses(&home.run(&["token", "add", "x", "--role", "viewer"], ""), &[sentence, &named]);
        let checked = home.run(&["check"], "");
        assert_eq!(checked.status.code(), Some(1), "{sentence}");
        assert!(
            said(&checked).contains("wrong  database and key") && said(&checked).contains(sentence),
            "{}",
            said(&checked)
        );
        assert_eq!(before.get("alta.key"), files(&data).get("alta.key"), "{sentence}: the key was changed");
        assert_eq!(before.get("alta.db"), files(&data).get("alta.db"), "{sentence}: the database was changed");
        fs::write(&key, &right).unwrap();
        mode(0o600);
    }
    let checked = home.run(&["check"], "");
    assert!(checked.status.success() && !said(&checked).contains("wrong"), "{}", said(&checked));
    home.start();
}

#[test]
fn a_newer_schema_and_a_file_that_is_no_database_are_refused() {
    let home = used();
    let path = home.path().join("data/alta.db");
    let newer = "INSERT INTO __diesel_schema_migrations (version) VALUES ('29991231000000')";
    SqliteConnection::establish(path.to_str().unwrap()).unwrap().batch_execute(newer).unwrap();
    let before = fs::read(&path).unwrap();
    refuses(&home.run(&[], ""), &["newer version of Alta", "29991231000000"]);
    assert!(said(&home.run(&["check"], "")).contains("newer version of Alta"));
    assert_eq!(fs::read(&path).unwrap(), before, "it was changed");
    fs::write(&path, "this is a letter, not a database".repeat(100)).unwrap();
    for side in ["alta.db-wal", "alta.db-shm"] {
        let _ = fs::remove_file(home.path().join("data").join(side));
    }
    refuses(&home.run(&[], ""), &["the database cannot be opened"]);
}

#[test]
fn a_check_of_a_fresh_place_is_fine_and_makes_nothing() {
    let home = Home::new();
    let checked = home.run(&["check"], "");
    assert!(checked.status.success(), "{}", said(&checked));
    assert_eq!(said(&checked).lines().filter(|line| line.starts_with("ok ")).count(), 6, "{}", said(&checked));
    assert!(files(home.path()).is_empty());
}

#[test]
fn a_certificate_that_cannot_be_read_is_told_before_anything_is_made() {
    let home = Home::with(&[("ALTA_SIP_TLS_EXTRA_CA", "/nowhere.pem")]);
    let checked = home.run(&["check"], "");
    assert!(!checked.status.success() && said(&checked).contains("wrong  certificates: "), "{}", said(&checked));
    assert!(said(&checked).contains("/nowhere.pem"), "{}", said(&checked));
    refuses(&home.run(&[], ""), &["/nowhere.pem", "sip.tls.extra_ca"]);
    assert!(files(home.path()).is_empty(), "something was made");
}

#[test]
fn a_token_may_be_added_while_the_program_runs() {
    let stage = Stage::new(&["961"]);
    let id = stage.register("961");
    let other = Api::with_role(&stage.home, &stage.program, "viewer");
    assert_eq!(other.get(&format!("/registrations/{id}")).status, 200);
}

#[test]
fn the_demo_runs_in_a_place_of_its_own_that_goes_with_it() {
    let home = Home::new();
    let places = home.path().join("places");
    fs::create_dir(&places).unwrap();
    let mut command = home.command(&["demo"]);
    command.env("TMPDIR", &places);
    let mut program = Program::spawn(command);
    let visitor = Visitor::set_up(&mut program);
    assert_eq!(visitor.get("/entries").all("tbody tr").len(), 3);
    assert_eq!(files(&places).len(), 1);
    assert!(program.stop().success());
    assert!(files(&places).is_empty(), "it left something behind");
    assert!(!home.path().join("data").exists());
}

#[test]
fn no_password_is_ever_said() {
    let home = Home::with(&[("ALTA_LOG", "trace")]);
    let mut stage = Stage::at(home, crate::support::Provider::new(&["961"]));
    let visitor = Visitor::set_up(&mut stage.program);
    let domain = stage.provider.at.to_string();
    let fields = [("username", "961"), ("domain", &domain), ("password", PASSWORD), ("ddi", "1")];
    let mut told = visitor.submit(&visitor.get("/entries/new"), "form.entry", &fields).text;
    reaches(&stage.api, 1, "registered", LIMIT);
    for path in ["/entries", "/entries/1", "/entries/1/edit", "/entries/1/delete"] {
        told += &visitor.get(path).text;
    }
    let mut wrong = stage.entry("961");
    wrong["expire"] = serde_json::json!(1);
    for answer in [
        stage.api.get("/registrations"),
        stage.api.get("/registrations/1"),
        stage.api.post("/registrations", &wrong),
        stage.api.post("/registrations", &stage.entry("961")),
        stage.api.put("/registrations/1", &stage.entry("961")),
        stage.api.send("POST", "/registrations", &[("content-type", "application/json")], PASSWORD.as_bytes()),
    ] {
        told += &answer.body.to_string();
    }
    told += &visitor.submit(&visitor.get("/entries/new"), "form.entry", &fields).text;
    told += &stage.provider.heard("961").concat();
    told += &format!("{}\n{}", stage.program.printed(), stage.program.complaints());
    assert!(told.len() > 10_000);
    for secret in [PASSWORD, ADMINISTRATOR.1] {
        assert!(!told.contains(secret), "it was said");
    }
    assert!(stage.program.stop().success());
    for (name, bytes) in files(&stage.home.path().join("data")) {
        let found = bytes.windows(PASSWORD.len()).any(|window| window == PASSWORD.as_bytes());
        assert!(!found, "{name} holds the password unsealed");
    }
}
