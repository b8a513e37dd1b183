//! The rules of the house that a machine can hold: who may look into whom, no circles, one door each, sizes, and that
//! nothing is said in one language only, nor by nobody.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Each room and those that it may look into. What is not granted here is refused.
const ARROWS: &[(&str, &[&str])] = &[
    ("main", &["cli"]),
    ("lib", &[]),
    ("cli", &["app", "config", "domain", "entropy", "i18n", "roster", "web"]),
    ("app", &["config", "domain", "engine", "roster", "store", "web"]),
    ("config", &["domain"]),
    ("web", &["roster", "engine", "domain", "i18n", "clock", "entropy"]),
    ("roster", &["engine", "store", "exchange", "demo", "domain", "clock", "entropy"]),
    ("exchange", &[]),
    ("demo", &["engine", "sip", "clock"]),
    ("engine", &["sip", "domain", "clock", "entropy"]),
    ("store", &["domain", "entropy"]),
    ("sip", &["domain"]),
    ("i18n", &[]),
    ("domain", &[]),
    ("clock", &[]),
    ("entropy", &[]),
];

/// Of these rooms others see only their words: the web reads statuses and asks questions, it drives nothing.
const WORDS_ONLY: &[(&str, &str, &[&str])] = &[("web", "engine", &["Exchange", "Feed", "Figures", "News", "Way"])];

/// What comes from outside, and the only places that it comes in at.
const DOORS: &[(&str, &[&str])] = &[
    ("diesel", &["store/"]),
    ("diesel_migrations", &["store/"]),
    ("actix_web", &["web/"]),
    ("actix_session", &["web/"]),
    ("askama", &["web/"]),
    ("fluent", &["i18n/"]),
    ("rsip", &["sip/", "domain/uri.rs"]),
    ("socket2", &["engine/transport/"]),
    // Whether a folder can be written is the system's to say, too.
    ("nix", &["engine/transport/", "app.rs"]),
    ("rustls", &["engine/transport/"]),
    ("tokio::net", &["engine/transport/"]),
    ("hickory_resolver", &["engine/resolver.rs"]),
    ("std::env::var", &["config.rs"]),
    ("getrandom", &["entropy.rs"]),
    ("argon2", &["roster/password.rs"]),
    ("totp_rs", &["roster/factor.rs"]),
    ("qrcode", &["web/profile/"]),
    ("jiff", &["i18n/"]),
    ("rust_embed", &["web/assets.rs", "roster/presets.rs"]),
    ("chacha20poly1305", &["store/seal.rs"]),
];

/// What a pure room must not know.
const PURE: &[(&str, &[&str])] = &[
    ("sip/", &["tokio", "std::net::Udp", "std::net::Tcp", "std::time", "std::thread", "std::sync::Mutex", "tracing"]),
    ("domain/", &["tokio", "std::time", "std::fs", "tracing", "serde"]),
    ("exchange/", &["tokio", "std::time", "std::fs", "tracing"]),
    ("engine/pace.rs", &["tokio", "std::time", "tracing"]),
];

/// Words that name everything and so nothing.
const NO_NAMES: &[&str] = &["utils", "util", "helpers", "common", "types", "models", "dto", "manager", "misc"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below a folder with this ending, by its path below it.
fn files(folder: &str, ending: &str) -> BTreeMap<String, String> {
    let base = root().join(folder);
    let mut found = BTreeMap::new();
    let mut left: Vec<PathBuf> = vec![base.clone()];
    while let Some(path) = left.pop() {
        if path.is_dir() {
            left.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.to_str().unwrap().ends_with(ending) {
            let name = path.strip_prefix(&base).unwrap().to_str().unwrap().to_owned();
            found.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
    assert!(!found.is_empty(), "{folder} holds no {ending}");
    found
}

/// The code of a file: without comments, and without its tests.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn sources() -> BTreeMap<String, String> {
    files("src", ".rs").into_iter().map(|(name, text)| (name, code(&text))).collect()
}

/// The room of a file: the first part of its path.
fn room(file: &str) -> &str {
    file.split('/').next().unwrap().trim_end_matches(".rs")
}

/// Every path that begins with `head` in this code, with groups in braces spread out: `a::{b, c::d}` is two paths.
fn paths(code: &str, head: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices(head) {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
            continue;
        }
        spread(&code[at..], String::new(), &mut found);
    }
    found
}

/// Reads one path, or a group of them, and returns how far it went.
fn spread(code: &str, prefix: String, found: &mut Vec<String>) -> usize {
    let end = code.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).unwrap_or(code.len());
    let path = format!("{prefix}{}", &code[..end]);
    if !path.ends_with("::") || !code[end..].starts_with('{') {
        found.push(path.trim_end_matches(':').to_owned());
        return end;
    }
    let mut at = end + 1;
    while at < code.len() && !code[at..].starts_with('}') {
        match code[at..].chars().next() {
            Some(c) if c.is_alphanumeric() || c == '_' => at += spread(&code[at..], path.clone(), found),
            Some(c) => at += c.len_utf8(),
            None => break,
        }
    }
    at + 1
}

/// The modules that a file looks into, from the crate's root.
fn looks_into(file: &str, code: &str) -> BTreeSet<String> {
    let module = file.trim_end_matches(".rs").trim_end_matches("/mod").replace('/', "::");
    let mut found: BTreeSet<String> =
        paths(code, "crate::").into_iter().map(|path| path["crate::".len()..].to_owned()).collect();
    for path in paths(code, "super::") {
        let (mut from, mut rest) = (module.as_str(), path.as_str());
        while let Some(shorter) = rest.strip_prefix("super::") {
            rest = shorter;
            from = from.rsplit_once("::").map_or("", |(parent, _)| parent);
        }
        found.insert(if from.is_empty() { rest.to_owned() } else { format!("{from}::{rest}") });
    }
    found
}

/// The file that a path leads to: the longest part of it that is a module.
fn file_of(path: &str, sources: &BTreeMap<String, String>) -> Option<String> {
    let mut module = path.replace("::", "/");
    loop {
        for name in [format!("{module}.rs"), format!("{module}/mod.rs")] {
            if sources.contains_key(&name) {
                return Some(name);
            }
        }
        module = module.rsplit_once('/')?.0.to_owned();
    }
}

#[test]
fn rooms_look_only_into_those_that_they_may() {
    let mut wrong = Vec::new();
    for (file, code) in &sources() {
        let from = room(file);
        let Some((_, allowed)) = ARROWS.iter().find(|(room, _)| *room == from) else {
            wrong.push(format!("{file}: the house has no room {from}"));
            continue;
        };
        for path in looks_into(file, code) {
            let (to, rest) = path.split_once("::").unwrap_or((&path, ""));
            if to != from && !allowed.contains(&to) {
                wrong.push(format!("{file} looks into {path}"));
            }
            let words = WORDS_ONLY.iter().find(|(a, b, _)| *a == from && *b == to);
            if words.is_some_and(|(_, _, words)| !words.contains(&rest)) {
                wrong.push(format!("{file} takes more than words of {path}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_files_look_into_each_other_in_a_circle() {
    let sources = sources();
    let is_door = |file: &str| file.ends_with("mod.rs") || file == "lib.rs";
    let mut edges: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (file, code) in sources.iter().filter(|(file, _)| !is_door(file)) {
        let to = looks_into(file, code).iter().filter_map(|path| file_of(path, &sources)).collect::<BTreeSet<_>>();
        edges.insert(file, to.into_iter().filter(|to| to != file && !is_door(to)).collect());
    }
    // Files that look at nobody who is left are taken away; what remains stands in a circle, or looks into one.
    loop {
        let left: BTreeSet<String> = edges.keys().map(|file| (*file).to_owned()).collect();
        let done: Vec<&str> =
            edges.iter().filter(|(_, to)| to.iter().all(|to| !left.contains(to))).map(|(file, _)| *file).collect();
        if done.is_empty() {
            break;
        }
        for file in done {
            edges.remove(file);
        }
    }
    let left: BTreeSet<String> = edges.keys().map(|file| (*file).to_owned()).collect();
    let told: Vec<String> = edges
        .iter()
        .map(|(file, to)| format!("{file} → {:?}", to.iter().filter(|to| left.contains(*to)).collect::<Vec<_>>()))
        .collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
}

#[test]
fn what_comes_from_outside_comes_in_at_one_door() {
    let mut wrong = Vec::new();
    for (file, code) in &sources() {
        for (what, places) in DOORS {
            let used = !paths(code, &format!("{what}::")).is_empty() || (what.contains("::") && code.contains(what));
            if used && !places.iter().any(|place| file.starts_with(place)) {
                wrong.push(format!("{file} uses {what}, whose door is {places:?}"));
            }
        }
        for (place, forbidden) in PURE {
            for what in forbidden.iter().filter(|_| file.starts_with(place)) {
                if !paths(code, what).is_empty() {
                    wrong.push(format!("{file} is pure and uses {what}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn whoever_asks_is_known_to_the_roster() {
    let handlers = sources().into_iter().filter(|(file, _)| file.starts_with("web/"));
    let wrong: Vec<String> = handlers
        .filter(|(file, code)| {
            code.contains("Data<Roster>") && !["web/guard.rs", "web/who.rs"].contains(&file.as_str())
        })
        .map(|(file, _)| format!("{file} takes the roster without who asks: the audit would not know; take Acting"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn doors_of_wings_hold_no_furniture() {
    let mut wrong = Vec::new();
    for (file, code) in sources().iter().filter(|(file, _)| file.ends_with("mod.rs")) {
        let furniture = code.lines().find(|line| {
            let word = line.trim_start().trim_start_matches("pub ").trim_start_matches("pub(crate) ");
            ["fn ", "struct ", "enum ", "impl ", "trait ", "static "].iter().any(|begin| word.starts_with(begin))
        });
        wrong.extend(furniture.map(|line| format!("{file}: {line}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_can_be_read_in_one_sitting_and_are_named_after_what_they_hold() {
    let mut wrong = Vec::new();
    for (folder, ending) in
        [("src", ".rs"), ("tests", ".rs"), ("tests/browser", ".mjs"), ("benches", ".rs"), ("static", ".js")]
    {
        for (file, text) in files(folder, ending).iter().filter(|(file, _)| !file.contains("node_modules/")) {
            let lines = text.lines().count();
            if lines > 400 {
                wrong.push(format!("{folder}/{file} has {lines} lines"));
            }
            if file.split(['/', '.']).any(|part| NO_NAMES.contains(&part)) {
                wrong.push(format!("{folder}/{file} says nothing by its name"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Ids and the variables of each message of a Fluent file.
fn messages(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut id = String::new();
    for line in text.lines() {
        if line.starts_with(|c: char| c.is_ascii_lowercase())
            && let Some((name, _)) = line.split_once(" =")
        {
            name.clone_into(&mut id);
            found.entry(id.clone()).or_default();
        }
        for piece in line.split('$').skip(1) {
            let end = piece.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(piece.len());
            found.entry(id.clone()).or_default().insert(piece[..end].to_owned());
        }
    }
    found
}

#[test]
fn both_languages_say_the_same_with_the_same_variables() {
    let (english, spanish) = (files("locales/en", ".ftl"), files("locales/es", ".ftl"));
    assert_eq!(english.keys().collect::<Vec<_>>(), spanish.keys().collect::<Vec<_>>());
    for (file, text) in &english {
        assert_eq!(messages(text), messages(&spanish[file]), "{file}");
    }
}

#[test]
fn every_message_is_said_by_somebody() {
    let mut said: String = sources().into_values().collect();
    said.extend(files("templates", ".html").into_values());
    let unused: Vec<String> = files("locales/en", ".ftl")
        .values()
        .flat_map(|text| messages(text).into_keys())
        .filter(|id| !said.contains(&format!("\"{id}\"")))
        .collect();
    assert!(unused.is_empty(), "{unused:?}");
}

#[test]
fn every_template_and_every_static_file_is_used() {
    let templates = files("templates", ".html");
    let said: String = sources().into_values().chain(templates.values().cloned()).collect();
    let unused: Vec<&String> = templates.keys().filter(|name| !said.contains(&format!("\"{name}\""))).collect();
    assert!(unused.is_empty(), "{unused:?}");
    let scripts: String = files("static", ".js").into_values().collect();
    for name in files("static", "").keys() {
        assert!(said.contains(&format!("\"{name}\"")) || scripts.contains(&format!("./{name}")), "static/{name}");
    }
}

#[test]
fn both_databases_go_the_same_steps_up_and_down() {
    let names = |folder: &str| files(folder, ".sql").into_keys().collect::<Vec<_>>();
    assert_eq!(names("migrations/sqlite"), names("migrations/postgres"));
    assert!(names("migrations/sqlite").iter().any(|name| name.ends_with("down.sql")));
    for (name, text) in files("migrations/sqlite", "down.sql") {
        let undoes = ["DROP", "ALTER", "DELETE"].iter().any(|word| text.contains(word));
        assert!(undoes, "{name} undoes nothing");
    }
}

#[test]
fn the_top_level_holds_what_was_agreed_and_nothing_else() {
    let agreed = [
        "Cargo.toml",
        "Cargo.lock",
        "src",
        "templates",
        "locales",
        "static",
        "migrations",
        "tests",
        "README.md",
        "README.es.md",
        "LICENSE",
        "CHANGELOG.md",
        ".ci",
        "benches",
        "contrib",
        ".clippy.toml",
        ".rustfmt.toml",
        ".gitignore",
        ".git",
        "target",
        "data",
    ];
    let wrong: Vec<String> = fs::read_dir(root())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| !agreed.contains(&name.as_str()))
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn unsafe_code_is_forbidden_and_the_lints_stand() {
    let cargo = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    for lint in
        ["unsafe_code = \"forbid\"", "unwrap_used = \"deny\"", "wildcard_enum_match_arm = \"deny\"", "todo = \"deny\""]
    {
        assert!(cargo.contains(lint), "{lint}");
    }
}
