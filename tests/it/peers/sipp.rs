//! SIPp as a registrar that answers as its scenario says, and holds our requests against it.

use std::fs::{self, File};
use std::process::{Child, Command, ExitStatus, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::cutter::Cutter;
use super::port;
use super::relay::Relay;
use crate::support::{Api, Home, LIMIT, PASSWORD, Program, reaches, wait_for};

/// What every answer copies.
const COPIED: &str = "[last_Via:]\n[last_From:]\n[last_To:];tag=[call_number]\n[last_Call-ID:]\n[last_CSeq:]\n";
const REGISTER: &str = "<recv request=\"REGISTER\"/>";
/// Keeps our Contact to list it in the 200.
const REGISTER_AND_KEEP: &str = "<recv request=\"REGISTER\"><action><ereg regexp=\"sip:[^&gt;]*\" search_in=\"hdr\" \
                                 header=\"Contact:\" check_it=\"true\" assign_to=\"contact\"/></action></recv>";

fn answer(code: &str, headers: &str) -> String {
    format!("<send><![CDATA[\nSIP/2.0 {code}\n{COPIED}{headers}Content-Length: 0\n\n]]></send>")
}

fn granted(seconds: u32) -> String {
    answer("200 OK", &format!("Contact: <[$contact]>;expires={seconds}\n"))
}

struct Scene {
    _home: Home,
    _program: Program,
    api: Api,
    id: i64,
    sipp: Child,
    folder: TempDir,
}

impl Scene {
    /// SIPp with this scenario, and an entry that registers there.
    fn play(steps: &[String]) -> Self {
        Self::play_over(steps, None).0
    }

    /// The same over a link that loses so many requests and answers.
    fn play_over(steps: &[String], lost: Option<(usize, usize)>) -> (Self, Option<Relay>) {
        let (folder, port, sipp) = sipp(steps, "u1");
        let relay = lost.map(|(requests, answers)| Relay::to(port, requests, answers));
        let at = relay.as_ref().map_or(([127, 0, 0, 1], port).into(), |relay| relay.at);
        (Self::register(folder, sipp, &json!({ "domain": at.to_string() })), relay)
    }

    /// The same over TCP, with answers cut into pieces of so many bytes.
    fn play_in_pieces(steps: &[String], piece: usize) -> Self {
        let (folder, port, sipp) = sipp(steps, "t1");
        let uri = format!("sip:{};transport=tcp", Cutter::to(port, piece).at);
        Self::register(folder, sipp, &json!({ "domain": "sipp.invalid", "register_server_uri": uri }))
    }

    /// An entry that registers there.
    fn register(folder: TempDir, sipp: Child, place: &Value) -> Self {
        let home = Home::new();
        let program = home.start();
        let api = Api::new(&home, &program);
        let mut entry = json!({ "username": "961", "password": PASSWORD, "ddi": "1" });
        entry.as_object_mut().expect("an object").extend(place.as_object().expect("an object").clone());
        let id = api.post("/registrations", &entry).number("id");
        Self { _home: home, _program: program, api, id, sipp, folder }
    }

    /// Waits until SIPp is through; everything was as its scenario wants it.
    #[track_caller]
    fn plays_out(&mut self) {
        let mut status: Option<ExitStatus> = None;
        wait_for("SIPp is through", LIMIT * 2, || {
            status = self.sipp.try_wait().expect("a child of ours");
            status.is_some()
        });
        assert!(status.is_some_and(|status| status.success()), "{status:?}: {}", said(&self.folder));
    }

    /// The messages that SIPp received, as its log has them.
    fn received(&self) -> usize {
        let files = fs::read_dir(self.folder.path()).expect("a folder").filter_map(Result::ok);
        let messages = files.filter(|file| file.file_name().to_string_lossy().ends_with("_messages.log"));
        messages
            .map(|file| fs::read_to_string(file.path()).unwrap_or_default().matches("message received").count())
            .sum()
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        let _ = self.sipp.kill();
        let _ = self.sipp.wait();
    }
}

/// SIPp with this scenario, over this transport of its own naming; its folder and its port.
fn sipp(steps: &[String], transport: &str) -> (TempDir, u16, Child) {
    let folder = tempfile::tempdir().expect("a folder for SIPp");
    let scenario = format!(
        "<?xml version=\"1.0\" encoding=\"ISO-8859-1\" ?>\n<scenario name=\"registrar\">\n{}\n</scenario>\n",
        steps.join("\n")
    );
    let file = folder.path().join("scenario.xml");
    fs::write(&file, scenario).expect("written");
    let port = port::free();
    let log = File::create(folder.path().join("log")).expect("a log");
    let mut sipp = Command::new("sipp")
        .arg("-sf")
        .arg(&file)
        .args(["-i", "127.0.0.1", "-p", &port.to_string(), "-t", transport, "-m", "1", "-nostdin", "-timeout", "120"])
        .args(["-trace_err", "-trace_msg"])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .expect("the package sip-tester is not installed: tests/run installs it");
    wait_for("SIPp listens", LIMIT, || {
        let ended = sipp.try_wait().expect("a child of ours");
        assert!(ended.is_none(), "SIPp ended: {}", said(&folder));
        port::is_taken(port)
    });
    (folder, port, sipp)
}

/// What SIPp wrote, but for its messages.
fn said(folder: &TempDir) -> String {
    let files = fs::read_dir(folder.path()).expect("a folder").filter_map(Result::ok);
    files.map(|file| fs::read_to_string(file.path()).unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

#[test]
fn too_brief_an_interval_is_raised_at_once_to_what_is_asked() {
    let asks = |seconds: u32| {
        REGISTER_AND_KEEP.replace(
            "</action>",
            &format!(
                "<ereg regexp=\"^ *{seconds} *$\" search_in=\"hdr\" header=\"Expires:\" check_it=\"true\" \
                 assign_to=\"expires\"/><log message=\"[$expires]\"/></action>"
            ),
        )
    };
    let brief = answer("423 Interval Too Brief", "Min-Expires: 7200\n");
    let mut scene = Scene::play(&[asks(3600), brief, asks(7200), granted(7200)]);
    let status = reaches(&scene.api, scene.id, "registered", LIMIT);
    assert_eq!((status.number("asked"), status.number("granted")), (7200, 7200));
    scene.plays_out();
}

#[test]
fn a_busy_registrar_is_left_alone_for_as_long_as_it_asks() {
    let mut scene = Scene::play(&[REGISTER.into(), answer("503 Maintenance", "Retry-After: 1800\n")]);
    let status = reaches(&scene.api, scene.id, "retrying", LIMIT);
    assert_eq!((status.text("cause"), status.text("reason")), ("busy", "Maintenance"));
    let next =
        time::OffsetDateTime::parse(status.text("next_action_at"), &time::format_description::well_known::Rfc3339);
    let wait = next.expect("a time").unix_timestamp() - alta::clock::wall_ms() / 1000;
    assert!((1790..=2000).contains(&wait), "{wait} s to the next attempt");
    scene.plays_out();
    assert_eq!(scene.received(), 1);
}

#[test]
fn a_move_is_not_followed_but_shown() {
    let moved = answer("302 Moved Temporarily", "Contact: <sip:elsewhere.example:5099>\n");
    let mut scene = Scene::play(&[REGISTER.into(), moved]);
    let status = reaches(&scene.api, scene.id, "misconfigured", LIMIT);
    assert_eq!((status.text("cause"), status.number("code")), ("moved", 302));
    assert!(status.text("detail").contains("elsewhere.example:5099"), "{status:?}");
    assert!(status.body["next_action_at"].is_null(), "it waits for the operator: {status:?}");
    scene.plays_out();
}

#[test]
fn a_slow_answer_behind_a_100_is_waited_for() {
    let wait = "<pause milliseconds=\"6000\"/>".to_owned();
    let mut scene = Scene::play(&[REGISTER_AND_KEEP.into(), answer("100 Trying", ""), wait, granted(300)]);
    reaches(&scene.api, scene.id, "registering", LIMIT);
    let status = reaches(&scene.api, scene.id, "registered", LIMIT);
    assert_eq!((status.number("granted"), status.number("attempts")), (300, 0));
    scene.plays_out();
    // One, and after the 100 one each T2 of four seconds (RFC 3261 §17.1.2.2); without it there would be four by then.
    assert!((1..=3).contains(&scene.received()), "{} datagrams", scene.received());
}

#[test]
fn lost_requests_and_answers_are_made_good_by_sending_again() {
    let wait = "<timewait milliseconds=\"5000\"/>".to_owned();
    let (mut scene, relay) = Scene::play_over(&[REGISTER_AND_KEEP.into(), granted(300), wait], Some((2, 1)));
    let status = reaches(&scene.api, scene.id, "registered", LIMIT);
    assert_eq!((status.number("cseq"), status.number("attempts")), (1, 0), "the same request, sent again: {status:?}");
    assert_eq!(relay.map(|relay| relay.requests()), Some(4), "two lost, one whose answer was lost, one more");
    scene.plays_out();
    assert_eq!(scene.received(), 2);
}

#[test]
fn answers_that_come_in_pieces_over_a_connection_are_put_together() {
    for piece in [1, 7, 100] {
        let keep = REGISTER_AND_KEEP.to_owned();
        let brief = answer("423 Interval Too Brief", "Min-Expires: 7200\n");
        let mut scene =
            Scene::play_in_pieces(&[keep.clone(), answer("100 Trying", ""), brief, keep, granted(7200)], piece);
        let status = reaches(&scene.api, scene.id, "registered", LIMIT);
        assert_eq!((status.text("transport"), status.number("granted")), ("tcp", 7200), "{piece}: {status:?}");
        scene.plays_out();
        assert_eq!(scene.received(), 2, "nothing is sent again over a connection");
    }
}
