//! What the terms of a contract change on the wire.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;

use alta::domain::account::{Account, Secret};
use alta::domain::entry::{Ddi, Details, Domain, Username, register_server_uri};
use alta::domain::status::{Cause, Note, State};
use alta::domain::terms::{Numbering, Terms};
use alta::engine::PaceConfig;
use alta::sip::Transport;

use super::world::*;

const PROXY: &str = "10.0.0.1:5060";
const CALL_ID: &str = "0123456789abcdef0123456789abcdef";

/// The account that an entry with these terms has; its Call-ID only matters for what is made of it.
fn under(terms: Terms, uri: Option<&str>) -> Account {
    let details = Details {
        register_server_uri: uri.map(|uri| register_server_uri(uri).unwrap()),
        ..Details::new(Username::parse("7").unwrap(), Domain::parse("sip.example").unwrap(), Ddi::parse("97").unwrap())
    };
    details.account(Secret::new("pw-7".into()), CALL_ID, Arc::new(terms))
}

type Heard = Rc<RefCell<Vec<String>>>;

/// A host that keeps what it hears, and answers each with what `answer` says: the status line's rest and more headers.
fn hears(heard: &Heard, answer: impl Fn(&str) -> (String, String) + 'static) -> Host {
    let heard = heard.clone();
    Host::Scripted(Box::new(move |_, bytes| {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let (status, more) = answer(&text);
        let back = |name: &&str| ["Via:", "From:", "To:", "Call-ID:", "CSeq:"].iter().any(|n| name.starts_with(n));
        let lines: Vec<&str> = text.split("\r\n").filter(back).collect();
        heard.borrow_mut().push(text.clone());
        vec![(0, format!("SIP/2.0 {status}\r\n{}\r\n{more}\r\n", lines.join("\r\n")).into_bytes())]
    }))
}

fn header(text: &str, name: &str) -> Vec<String> {
    let start = format!("{name}: ");
    text.split("\r\n").filter_map(|line| line.strip_prefix(&start)).map(Into::into).collect()
}

fn contact(text: &str) -> String {
    header(text, "Contact").join(",")
}

/// 200 with the Contact that was sent.
fn bound(text: &str) -> (String, String) {
    ("200 OK".into(), format!("Contact: {}\r\n", contact(text)))
}

#[test]
fn an_outbound_proxy_gets_everything_and_a_route_says_what_is_behind_it() {
    let terms = Terms { outbound_proxy: Some(format!("sip:{PROXY}").parse().unwrap()), ..Terms::default() };
    for (uri, route) in [
        (None, vec!["<sip:10.0.0.1:5060;lr>"]),
        (
            Some("sip:203.0.113.9:5070;transport=tcp"),
            vec!["<sip:10.0.0.1:5060;lr>", "<sip:203.0.113.9:5070;transport=tcp;lr>"],
        ),
    ] {
        let mut world = World::with(1, World::script(&["7"]));
        let heard = Heard::default();
        world.at(PROXY, hears(&heard, bound));
        world.put(7, under(terms.clone(), uri));
        world.run_until(S);
        let text = heard.borrow()[0].clone();
        assert!(text.starts_with("REGISTER sip:sip.example SIP/2.0\r\n"), "{text}");
        assert_eq!(header(&text, "Route"), route);
        assert_eq!(header(&text, "To"), ["<sip:7@sip.example>"]);
        assert_eq!((world.status(7).state, world.registrar().registers()), (State::Registered, 0));
    }
}

#[test]
fn the_contact_says_which_numbers_are_meant() {
    let sent = |numbering, address: Option<&str>| {
        let mut world = World::with(1, World::script(&["7"]));
        let heard = Heard::default();
        world.at(PROVIDER, hears(&heard, bound));
        let contact_address = address.map(|address| address.parse().unwrap());
        world.put(7, under(Terms { numbering, contact_address, ..Terms::default() }, None));
        world.run_until(S);
        assert_eq!(world.status(7).state, State::Registered);
        let text = heard.borrow()[0].clone();
        (contact(&text), header(&text, "Require"), header(&text, "Proxy-Require"))
    };
    let none: Vec<String> = Vec::new();
    let one = sent(Numbering::OneDdi, None);
    assert_eq!(one, ("<sip:97@192.0.2.1:5070>;expires=3600".into(), none.clone(), none.clone()));
    let random = sent(Numbering::RandomUser, Some("calls.example"));
    assert_eq!(random, ("<sip:0123456789abcdef@calls.example>;expires=3600".into(), none.clone(), none));
    let gin = vec!["gin".to_owned()];
    let many = sent(Numbering::MultiDdi, Some("calls.example:5080"));
    assert_eq!(many, ("<sip:calls.example:5080;bnc>;expires=3600".into(), gin.clone(), gin));
}

#[test]
fn a_provider_that_knows_no_bulk_numbers_says_so() {
    let mut world = World::with(1, World::script(&["7"]));
    let heard = Heard::default();
    world.at(PROVIDER, hears(&heard, |_| ("420 Bad Extension".into(), "Unsupported: gin\r\n".into())));
    world.put(7, under(Terms { numbering: Numbering::MultiDdi, ..Terms::default() }, None));
    world.run_until(S);
    let status = world.status(7);
    assert_eq!((status.cause, status.detail.as_deref()), (Some(Cause::BulkUnsupported), Some("gin")));
    world.put(7, under(Terms::default(), None));
    world.run_for(S);
    assert_eq!(heard.borrow().len(), 2, "an edit of the contract tries anew");
}

#[test]
fn a_flow_is_asked_for_and_let_go_when_something_on_the_way_cannot() {
    let kept = |text: &str| {
        let (status, more) = bound(text);
        (status, format!("{more}Require: outbound\r\n"))
    };
    let refused = |text: &str| match text.contains("outbound") {
        true => ("439 First Hop Lacks Outbound Support".into(), String::new()),
        false => bound(text),
    };
    type Says = fn(&str) -> (String, String);
    let cases: [(Says, usize, bool); 3] = [(kept, 1, false), (bound, 1, true), (refused, 2, true)];
    for (says, requests, noted) in cases {
        let mut world = World::with(1, World::script(&["7"]));
        let heard = Heard::default();
        world.at(PROVIDER, hears(&heard, says));
        world.put(7, under(Terms { outbound: true, ..Terms::default() }, None));
        world.run_until(S);
        let texts = heard.borrow().clone();
        assert_eq!(texts.len(), requests);
        // The Call-ID of the world's entry is `call-7`: the UUID has its hexadecimal digits.
        let uuid = "urn:uuid:ca700000-0000-4000-8000-000000000000";
        let asked = format!("<sip:97@192.0.2.1:5070;ob>;+sip.instance=\"<{uuid}>\";reg-id=1;expires=3600");
        assert_eq!(contact(&texts[0]), asked);
        assert_eq!(header(&texts[0], "Supported"), ["path, outbound"]);
        if let Some(plain) = texts.get(1) {
            assert_eq!(contact(plain), "<sip:97@192.0.2.1:5070>;expires=3600");
            assert_eq!(header(plain, "Supported"), ["path"]);
        }
        let status = world.status(7);
        assert_eq!(status.state, State::Registered);
        assert_eq!(status.notes.contains(&Note::OutboundUnsupported), noted, "{:?}", status.notes);
        world.run_until(2 * HOUR);
        let later = heard.borrow().last().cloned().unwrap();
        assert_eq!(later.contains("outbound"), requests == 1, "it is not asked for again: {later}");
    }
}

#[test]
fn registrations_leave_from_the_address_that_their_contract_chooses() {
    let second: SocketAddr = "198.51.100.1:5060".parse().unwrap();
    let locals = vec![(Transport::Udp, LOCAL.parse().unwrap()), (Transport::Udp, second)];
    let mut world = World::with(1, World::script(&["7"]));
    world.agent = agent_at(1, PaceConfig { per_registrar: 100, whole: 1000 }, locals);
    let heard = Heard::default();
    world.at(PROVIDER, hears(&heard, bound));
    world.put(7, under(Terms { local_address: Some(second), ..Terms::default() }, None));
    let gone = Terms { local_address: Some("203.0.113.1:5060".parse().unwrap()), ..Terms::default() };
    world.put(8, Account { username: "8".into(), ..under(gone, None) });
    world.run_until(S);
    let texts = heard.borrow().clone();
    assert!(texts.len() == 1 && texts[0].contains("\r\nVia: SIP/2.0/UDP 198.51.100.1:5060;"), "{texts:?}");
    assert_eq!(contact(&texts[0]), "<sip:97@198.51.100.1:5060>;expires=3600");
    assert_eq!(world.status(7).state, State::Registered);
    let status = world.status(8);
    assert_eq!((status.cause, status.detail.as_deref()), (Some(Cause::LocalSocket), Some("udp:203.0.113.1:5060")));
}

#[test]
fn a_contract_has_a_pace_of_its_own() {
    let users: Vec<String> = (1..=100).map(|n| n.to_string()).collect();
    let users: Vec<&str> = users.iter().map(String::as_str).collect();
    let mut world = World::with(1, World::script(&users));
    for (id, user) in (1..).zip(&users) {
        let mut entry = account(user);
        if id > 50 {
            Arc::make_mut(&mut entry.peer).pace = Some(5);
        }
        world.put(id, entry);
    }
    world.run_until(2 * S);
    let registered = |world: &World, ids: std::ops::RangeInclusive<i64>| {
        ids.filter(|id| world.status(*id).state == State::Registered).count()
    };
    assert_eq!(registered(&world, 1..=50), 50);
    assert!((9..=11).contains(&registered(&world, 51..=100)), "{}", registered(&world, 51..=100));
    world.run_until(12 * S);
    assert_eq!(registered(&world, 51..=100), 50);
}

#[test]
fn new_terms_undo_the_old_binding_first_unless_only_the_pace_is_new() {
    let mut world = World::with(1, World::script(&["7"]));
    world.put(7, under(Terms::default(), None));
    world.run_until(S);
    let before = world.attempts.len();
    world.put(7, under(Terms { pace: Some(7), ..Terms::default() }, None));
    world.run_for(S);
    let after_pace = world.attempts.len();
    world.put(7, under(Terms { contact_address: Some("calls.example".parse().unwrap()), ..Terms::default() }, None));
    world.run_for(S);
    let now = world.now;
    assert_eq!(world.registrar().bound("7", now), ["sip:97@calls.example"]);
    let said = world.transcript.take();
    assert!(said.contains("expires=0"), "{said}");
    assert_eq!(after_pace, before, "the pace is none of the registrar's business: {said}");
}
