//! What each answer of a provider makes of an attempt, on the wire and on the screen (behaviour §6).

use alta::demo::script::Line;
use alta::domain::status::{Cause, Class, State};

use super::transcript::expect;
use super::world::*;

const CHALLENGE: &str = "WWW-Authenticate: Digest realm=\"sip.example\", nonce=\"{nonce}\", qop=\"auth\"";
const STALE: &str = "WWW-Authenticate: Digest realm=\"sip.example\", nonce=\"{nonce}\", qop=\"auth\", stale=true";

/// A world in which these are the registrar's next words to the one account.
fn world(lines: Vec<Line>) -> World {
    let mut world = World::with(1, World::script(&["7"]));
    world.registrar().script.accounts.get_mut("7").unwrap().lines = lines.into();
    world
}

#[track_caller]
fn told(lines: Vec<Line>, expected: &str) {
    let mut world = world(lines);
    world.put(7, account("7"));
    world.run_until(34 * S);
    let said = world.transcript.take();
    let begin = "0.000 → 192.0.2.10:5060 REGISTER 1 expires=3600\n0.000 = queued\n0.000 = registering\n";
    expect(&said, &format!("{begin}{expected}"));
}

#[test]
fn a_challenge_is_answered_and_the_binding_stands() {
    told(
        vec![],
        "0.040 ← 192.0.2.10:5060 401 Unauthorized
         0.040 → 192.0.2.10:5060 REGISTER 2 expires=3600 auth=MD5/1
         0.080 ← 192.0.2.10:5060 200 OK
         0.080 = registered granted=3600",
    );
}

#[test]
fn a_second_challenge_without_stale_means_wrong_credentials_and_a_long_wait() {
    told(
        vec![Line::Usual, Line::answer(401, "Unauthorized", &[CHALLENGE])],
        "0.040 ← 192.0.2.10:5060 401 Unauthorized
         0.040 → 192.0.2.10:5060 REGISTER 2 expires=3600 auth=MD5/1
         0.080 ← 192.0.2.10:5060 401 Unauthorized
         0.080 = rejected_auth auth_rejected next at 547",
    );
}

#[test]
fn a_proxy_and_the_registrar_are_both_answered() {
    let proxy = "Proxy-Authenticate: Digest realm=\"proxy\", nonce=\"p\", algorithm=SHA-256, qop=\"auth,auth-int\"";
    told(
        vec![Line::answer(407, "Proxy Authentication Required", &[proxy]), Line::Usual],
        "0.040 ← 192.0.2.10:5060 407 Proxy Authentication Required
         0.040 → 192.0.2.10:5060 REGISTER 2 expires=3600 proxy-auth=SHA-256/1
         0.080 ← 192.0.2.10:5060 401 Unauthorized
         0.080 → 192.0.2.10:5060 REGISTER 3 expires=3600 auth=MD5/1 proxy-auth=SHA-256/2
         0.120 ← 192.0.2.10:5060 200 OK
         0.120 = registered granted=3600",
    );
}

#[test]
fn a_stale_nonce_is_renewed_but_not_for_ever() {
    told(
        vec![Line::answer(401, "Stale", &[STALE]); 9],
        "0.040 ← 192.0.2.10:5060 401 Stale
         0.040 → 192.0.2.10:5060 REGISTER 2 expires=3600 auth=MD5/1
         0.080 ← 192.0.2.10:5060 401 Stale
         0.080 → 192.0.2.10:5060 REGISTER 3 expires=3600 auth=MD5/1
         0.120 ← 192.0.2.10:5060 401 Stale
         0.120 → 192.0.2.10:5060 REGISTER 4 expires=3600 auth=MD5/1
         0.160 ← 192.0.2.10:5060 401 Stale
         0.160 = retrying nonce_stale_loop next at 20
         20.020 → 192.0.2.10:5060 REGISTER 5 expires=3600
         20.020 = registering nonce_stale_loop
         20.060 ← 192.0.2.10:5060 401 Stale
         20.060 → 192.0.2.10:5060 REGISTER 6 expires=3600 auth=MD5/1
         20.100 ← 192.0.2.10:5060 401 Stale
         20.100 → 192.0.2.10:5060 REGISTER 7 expires=3600 auth=MD5/1
         20.140 ← 192.0.2.10:5060 401 Stale
         20.140 → 192.0.2.10:5060 REGISTER 8 expires=3600 auth=MD5/1
         20.180 ← 192.0.2.10:5060 401 Stale
         20.180 = retrying nonce_stale_loop next at 71",
    );
}

#[test]
fn a_too_brief_interval_is_raised_at_once_at_most_twice() {
    let brief = |least: &str| Line::answer(423, "Interval Too Brief", &[&format!("Min-Expires: {least}")]);
    told(
        vec![brief("4000"), brief("5000"), brief("6000")],
        "0.040 ← 192.0.2.10:5060 423 Interval Too Brief
         0.040 → 192.0.2.10:5060 REGISTER 2 expires=4000
         0.080 ← 192.0.2.10:5060 423 Interval Too Brief
         0.080 → 192.0.2.10:5060 REGISTER 3 expires=5000
         0.120 ← 192.0.2.10:5060 423 Interval Too Brief
         0.120 = rejected interval_too_brief (6000) next at 586",
    );
}

#[test]
fn retry_after_is_waited_for() {
    told(
        vec![Line::answer(503, "Busy", &["Retry-After: 30 (maintenance)"])],
        "0.040 ← 192.0.2.10:5060 503 Busy
         0.040 = retrying busy next at 31
         31.522 → 192.0.2.10:5060 REGISTER 2 expires=3600
         31.522 = registering busy
         31.562 ← 192.0.2.10:5060 401 Unauthorized
         31.562 → 192.0.2.10:5060 REGISTER 3 expires=3600 auth=MD5/1
         31.602 ← 192.0.2.10:5060 200 OK
         31.602 = registered granted=3600",
    );
}

#[test]
fn a_redirection_is_shown_and_not_followed() {
    told(
        vec![Line::answer(302, "Moved", &["Contact: <sip:other.example>"])],
        "0.040 ← 192.0.2.10:5060 302 Moved
         0.040 = misconfigured moved (sip:other.example)",
    );
}

#[test]
fn silence_is_eleven_datagrams_and_then_a_retry() {
    told(
        vec![Line::Silence; 20],
        "0.500 → 192.0.2.10:5060 REGISTER 1 expires=3600 (again)
         1.500 → 192.0.2.10:5060 REGISTER 1 expires=3600 (again)
         3.500 → 192.0.2.10:5060 REGISTER 1 expires=3600 (again)
         7.500 → 192.0.2.10:5060 REGISTER 1 expires=3600 (again)
         11.500 → 192.0.2.10:5060 REGISTER 1 expires=3600 (again)
         15.500 → 192.0.2.10:5060 REGISTER 1 expires=3600 (again)
         19.500 → 192.0.2.10:5060 REGISTER 1 expires=3600 (again)
         23.500 → 192.0.2.10:5060 REGISTER 1 expires=3600 (again)
         27.500 → 192.0.2.10:5060 REGISTER 1 expires=3600 (again)
         31.500 → 192.0.2.10:5060 REGISTER 1 expires=3600 (again)
         32.000 = retrying no_answer next at 53",
    );
}

#[test]
fn a_provisional_answer_slows_retransmission_down() {
    told(
        vec![Line::answer(100, "Trying", &[])],
        "0.040 ← 192.0.2.10:5060 100 Trying
         4.040 → 192.0.2.10:5060 REGISTER 1 expires=3600 (again)
         4.080 ← 192.0.2.10:5060 100 Trying
         8.080 → 192.0.2.10:5060 REGISTER 1 expires=3600 (again)
         8.120 ← 192.0.2.10:5060 100 Trying
         12.120 → 192.0.2.10:5060 REGISTER 1 expires=3600 (again)
         12.160 ← 192.0.2.10:5060 100 Trying
         16.160 → 192.0.2.10:5060 REGISTER 1 expires=3600 (again)
         16.200 ← 192.0.2.10:5060 100 Trying
         20.200 → 192.0.2.10:5060 REGISTER 1 expires=3600 (again)
         20.240 ← 192.0.2.10:5060 100 Trying
         24.240 → 192.0.2.10:5060 REGISTER 1 expires=3600 (again)
         24.280 ← 192.0.2.10:5060 100 Trying
         28.280 → 192.0.2.10:5060 REGISTER 1 expires=3600 (again)
         28.320 ← 192.0.2.10:5060 100 Trying
         32.000 = retrying no_answer next at 53",
    );
}

/// One answer, its state, cause and class, and whether the wait until the next attempt is that of the class.
#[test]
fn every_answer_has_its_cause_its_state_and_its_next_attempt() {
    let mine = "Contact: <sip:97@192.0.2.1:5070>;expires=0";
    let other = "Contact: <sip:1@192.0.2.99>;expires=60";
    let basic = "WWW-Authenticate: Basic realm=\"x\"";
    let unknown = "WWW-Authenticate: Digest realm=\"x\", nonce=\"n\", algorithm=AKAv1-MD5";
    let poisoned = "WWW-Authenticate: Digest realm=\"x\", nonce=\"a\u{1}b\"";
    for (code, headers, state, cause) in [
        (400, vec![], State::Rejected, Cause::BadRequest),
        (401, vec![], State::Retrying, Cause::BadResponse),
        (401, vec![basic], State::Misconfigured, Cause::AuthUnsupported),
        (401, vec![unknown], State::Misconfigured, Cause::AuthUnsupported),
        (401, vec![poisoned], State::Retrying, Cause::BadResponse),
        (403, vec![], State::Rejected, Cause::ForbiddenSource),
        (404, vec![], State::Rejected, Cause::UserUnknown),
        (405, vec![], State::Misconfigured, Cause::NotRegistrar),
        (408, vec![], State::Retrying, Cause::TimeoutRemote),
        (423, vec![], State::Rejected, Cause::IntervalTooBrief),
        (480, vec![], State::Retrying, Cause::Unavailable),
        (482, vec![], State::Rejected, Cause::Loop),
        (486, vec![], State::Rejected, Cause::Declined),
        (500, vec![], State::Retrying, Cause::ServerError),
        (501, vec![], State::Misconfigured, Cause::NotRegistrar),
        (503, vec![], State::Retrying, Cause::Busy),
        (603, vec![], State::Rejected, Cause::Declined),
        (305, vec![], State::Misconfigured, Cause::Moved),
        (200, vec![mine], State::Retrying, Cause::ZeroExpires),
        (200, vec![other], State::Retrying, Cause::NoBinding),
        (200, vec!["Expires: 0"], State::Retrying, Cause::ZeroExpires),
    ] {
        let mut world = world(vec![Line::answer(code, "X", &headers)]);
        world.put(7, account("7"));
        world.run_until(5 * S);
        let status = world.status(7).clone();
        assert_eq!((status.state, status.cause), (state, Some(cause)), "{code} {headers:?}");
        assert_eq!(status.answer.as_ref().map(|answer| answer.code), Some(code));
        let wait = status.next_action_at.map(|at| at.0 / S);
        let fits = match cause.class() {
            Class::BackOff => wait.is_some_and(|wait| (15..=30).contains(&wait)),
            Class::Slow => wait.is_some_and(|wait| (450..=900).contains(&wait)),
            Class::Hold => wait.is_none(),
        };
        assert!(fits, "{code}: next in {wait:?}");
        assert!(status.attempts == 1 && world.attempts.len() == 1, "{code}");
        world.wish(|agent, now| agent.refresh(now, alta::domain::entry::EntryId(7), true));
        world.run_for(S);
        assert_eq!(world.status(7).state, State::Registered, "register now is always allowed, after {code} too");
    }
}

#[test]
fn what_never_leaves_says_why() {
    let mut world = World::empty(1, alta::engine::PaceConfig { per_registrar: 100, whole: 1000 });
    world.at("192.0.2.30:5060", Host::Closed);
    world.name("closed.example", &["192.0.2.30"], 60);
    world.name("loop.example", &["127.0.0.1"], 60);
    world.names.insert(
        alta::sip::target::Question { name: "broken.example".into(), kind: alta::sip::target::QuestionKind::A },
        Err(alta::sip::target::DnsFault::Failed),
    );
    let hosts = [
        ("closed.example", State::Retrying, Cause::Refused),
        ("nowhere.example", State::Retrying, Cause::DnsNotFound),
        ("broken.example", State::Retrying, Cause::DnsFailed),
        ("loop.example", State::Misconfigured, Cause::TargetDenied),
    ];
    for (id, (host, ..)) in (1..).zip(&hosts) {
        let mut account = account("7");
        account.domain = std::sync::Arc::new(host.parse().unwrap());
        account.peer = std::sync::Arc::new(alta::domain::account::Peer::of_domain(&account.domain));
        world.put(id, account);
    }
    world.run_until(S);
    for (id, (host, state, cause)) in (1..).zip(hosts) {
        assert_eq!((world.status(id).state, world.status(id).cause), (state, Some(cause)), "{host}");
    }
    world.run_until(10 * MINUTE);
    for id in [1, 2, 3] {
        assert_eq!(world.status(id).state, State::Unreachable, "three in a row: {:?}", world.status(id));
        assert!(world.status(id).next_action_at.is_some(), "and it goes on");
    }
}

#[test]
fn only_the_realm_that_is_set_is_answered() {
    let mut world = world(vec![]);
    let mut account = account("7");
    account.credentials.realm = Some("another".into());
    world.put(7, account.clone());
    world.run_until(S);
    assert_eq!(world.status(7).cause, Some(Cause::RealmMismatch));
    assert_eq!(world.status(7).detail.as_deref(), Some("sip.example"));
    assert_eq!(world.attempts.len(), 1, "no credentials went to another realm");
    account.credentials.realm = Some("sip.example".into());
    world.put(7, account);
    world.run_for(S);
    assert_eq!(world.status(7).state, State::Registered, "an edit lets a held one go on");
}
