//! What anybody may throw at the SIP port, and at a transaction in flight.

use std::net::UdpSocket;
use std::time::Duration;

use alta::demo::script::Line;

use crate::support::{LIMIT, Stage, Visitor, eventually, wait_for};

fn socket() -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    socket.set_read_timeout(Some(Duration::from_millis(500))).expect("a timeout");
    socket
}

fn request(method: &str, user: &str, from: &UdpSocket) -> String {
    let at = from.local_addr().expect("bound");
    format!(
        "{method} sip:{user}@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP {at};branch=z9hG4bK77;rport\r\nMax-Forwards: 70\r\n\
         From: <sip:x@y.example>;tag=1\r\nTo: <sip:{user}@127.0.0.1>\r\nCall-ID: 1@y\r\nCSeq: 1 {method}\r\n\
         Content-Length: 0\r\n\r\n"
    )
}

/// Asks until there is an answer: loopback may drop a datagram in a burst.
fn ask(stage: &Stage, bytes: &str, socket: &UdpSocket) -> String {
    let mut buffer = vec![0; 65_536];
    eventually("an answer", LIMIT, || {
        socket.send_to(bytes.as_bytes(), stage.program.sip).map_err(|error| error.to_string())?;
        let (length, _) = socket.recv_from(&mut buffer).map_err(|error| error.to_string())?;
        Ok::<_, String>(String::from_utf8_lossy(&buffer[..length]).into_owned())
    })
}

#[test]
fn garbage_is_dropped_and_options_still_answered() {
    let stage = Stage::new(&["961"]);
    let id = stage.register("961");
    let socket = socket();
    let long = vec![b'x'; 65_507];
    let headers = format!("OPTIONS sip:a@b SIP/2.0\r\n{}\r\n", "X: y\r\n".repeat(8000));
    let mut hostile: Vec<Vec<u8>> = vec![
        Vec::new(),
        vec![0],
        b"\r\n\r\n".to_vec(),
        b"\xff\xfe\x00SIP/2.0".to_vec(),
        b"SIP/2.0 200".to_vec(),
        b"SIP/2.0 999999999999 OK\r\n\r\n".to_vec(),
        b"REGISTER\r\n\r\n".to_vec(),
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(),
        b"OPTIONS sip:x SIP/2.0\r\nContent-Length: -1\r\n\r\n".to_vec(),
        b"OPTIONS sip:x SIP/2.0\r\nVia: \r\nFrom\r\n :\r\n\r\n".to_vec(),
        headers.as_bytes()[..headers.len().min(65_507)].to_vec(),
        long,
    ];
    let whole = request("OPTIONS", "a", &socket);
    hostile.extend((0..whole.len()).step_by(7).map(|end| whole.as_bytes()[..end].to_vec()));
    for bytes in &hostile {
        socket.send_to(bytes, stage.program.sip).expect("sent");
    }
    // Another port: what the garbage was answered with, if at all, went to the first one.
    let second = self::socket();
    let answer = ask(&stage, &request("OPTIONS", "a", &second), &second);
    assert!(answer.starts_with("SIP/2.0 200 OK\r\n") && answer.contains("Allow: "), "{answer}");
    assert!(answer.contains("branch=z9hG4bK77") && answer.contains("CSeq: 1 OPTIONS"), "{answer}");
    assert_eq!(stage.reaches(id, "registered").number("attempts"), 0);
    assert_eq!(stage.provider.seen("961").registers, 2, "garbage made it register");
}

#[test]
fn a_call_that_arrives_here_is_refused_and_its_entry_says_so() {
    let mut stage = Stage::new(&["961"]);
    let visitor = Visitor::set_up(&mut stage.program);
    let id = stage.register("961");
    let socket = socket();
    let answer = ask(&stage, &request("INVITE", "9961", &socket), &socket);
    assert!(answer.starts_with("SIP/2.0 480 ") && answer.contains(";tag="), "{answer}");
    assert!(answer.contains("CSeq: 1 INVITE"), "{answer}");
    wait_for("the note", LIMIT, || {
        stage.api.get(&format!("/registrations/{id}/status")).body["notes"] == serde_json::json!(["calls_arrive_here"])
    });
    assert!(visitor.get(&format!("/entries/{id}")).words(".story").contains("A call was offered to Alta itself"));
    for (method, code) in [("BYE", "481"), ("MESSAGE", "405"), ("NOTIFY", "481")] {
        let answer = ask(&stage, &request(method, "9961", &socket), &socket);
        assert!(answer.starts_with(&format!("SIP/2.0 {code} ")), "{method}: {answer}");
    }
}

#[test]
fn forged_answers_change_nothing() {
    let stage = Stage::new(&["961"]);
    stage.provider.change(|registrar| {
        registrar.script.accounts.get_mut("961").unwrap().lines.push_back(Line::Silence);
    });
    let id = stage.add("961");
    wait_for("a REGISTER in flight", LIMIT, || !stage.provider.heard("961").is_empty());
    let asked = stage.provider.heard("961")[0].clone();
    let header = |name: &str| {
        let start = format!("{name}: ");
        asked.split("\r\n").find_map(|line| line.strip_prefix(&start)).expect("a header").to_owned()
    };
    let (via, cseq, call_id) = (header("Via"), header("CSeq"), header("Call-ID"));
    let answer = |via: &str, cseq: &str, call_id: &str| {
        format!(
            "SIP/2.0 403 Forged\r\nVia: {via}\r\nFrom: {}\r\nTo: {};tag=x\r\nCall-ID: {call_id}\r\nCSeq: {cseq}\r\n\
             Content-Length: 0\r\n\r\n",
            header("From"),
            header("To")
        )
    };
    let (branch, rest) = via.split_once("branch=").map(|(a, b)| (b.split(';').next().unwrap(), a)).expect("a branch");
    let other = format!("{rest}branch={}x", &branch[..branch.len() - 1]);
    let number: u32 = cseq.split(' ').next().unwrap().parse().expect("a number");
    let right = answer(&via, &cseq, &call_id);
    for forged in [
        answer(&other, &cseq, &call_id),
        answer(&format!("{rest}branch=z9hG4bK"), &cseq, &call_id),
        answer(&via, &format!("{} REGISTER", number + 1), &call_id),
        answer(&via, &format!("{number} INVITE"), &call_id),
        answer(&via, &cseq, "another@call"),
        right.replacen("Via", "X-Via", 1),
        right.replacen("SIP/2.0 403", "SIP/2.0 403403", 1),
    ] {
        stage.provider.say(stage.program.sip, forged.as_bytes());
    }
    // Every part right, from an address that nothing was sent to.
    socket().send_to(right.as_bytes(), stage.program.sip).expect("sent");
    // What is asked behind them on the same socket is answered, so all of them have been read.
    let second = socket();
    ask(&stage, &request("OPTIONS", "a", &second), &second);
    let status = stage.api.get(&format!("/registrations/{id}/status"));
    assert_eq!((status.text("state"), status.number("attempts")), ("registering", 0), "{status:?}");
    stage.provider.say(stage.program.sip, right.as_bytes());
    let status = stage.reaches(id, "rejected");
    assert_eq!((status.text("cause"), status.text("reason")), ("forbidden_source", "Forged"), "the right one counts");
}
