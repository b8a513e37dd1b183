//! A network that really loses: Alta and Kamailio in a network namespace of their own, whose loopback drops packets.

use std::process::Command;

use crate::support::{Bench, LIMIT, wait_for};

use super::kamailio::Kamailio;

/// What makes loopback lose: a tenth of all packets, or, where the kernel has no `netem`, all that a narrow line with a
/// short queue has no room for.
const LOSS: &str = "ip link set lo mtu 1500 up && { tc qdisc add dev lo root netem loss 10% 2>/dev/null || \
                    tc qdisc add dev lo root tbf rate 1mbit burst 3100 limit 9000; }";
/// What the inner test prints before the kernel's own count of what it dropped.
const DROPPED: &str = "packets dropped: ";

#[test]
fn on_a_network_that_loses_packets_everybody_registers_and_nobody_lapses() {
    if !Command::new("unshare").args(["-rn", "true"]).status().is_ok_and(|status| status.success()) {
        println!("this machine allows no network namespaces: the lossy network of the simulation has to do");
        return;
    }
    let this = std::env::current_exe().expect("this program");
    let script = format!("{LOSS} && exec {} --ignored --exact --nocapture peers::lossy::inside", this.display());
    let ran = Command::new("unshare").args(["-rn", "sh", "-c", &script]).output().expect("a namespace");
    let said = format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success() && said.contains("1 passed"), "{said}");
    let dropped = said.split(DROPPED).nth(1).and_then(|rest| rest.split_whitespace().next());
    let dropped: u64 = dropped.and_then(|number| number.parse().ok()).expect("a count");
    assert!(dropped > 0, "nothing was lost: {said}");
    println!("{DROPPED}{dropped}");
}

#[test]
#[ignore = "runs in the namespace that the test above makes"]
fn inside() {
    let kamailio = Kamailio::start(20, "");
    // All at once, so that a short queue overflows.
    let bench = Bench::with(&[("ALTA_SIP_PACE", "10000"), ("ALTA_SIP_PACE_WHOLE", "10000")]);
    let users: Vec<String> = (0..100).map(|n| format!("u{n}")).collect();
    let users: Vec<&str> = users.iter().map(String::as_str).collect();
    bench.add_all(&users, &format!("127.0.0.1:{}", kamailio.port), "");
    let cseqs = || -> Vec<i64> {
        let bound = users.iter().map(|user| kamailio.bound(user));
        bound.map(|contacts| contacts.first().map_or(0, |contact| contact["CSeq"].as_i64().unwrap_or(0))).collect()
    };
    wait_for("all registered", LIMIT * 3, || cseqs().iter().all(|cseq| *cseq > 0));
    let first = cseqs();
    wait_for("two refreshes of each, and never without a binding", LIMIT * 4, || {
        let now = cseqs();
        assert!(now.iter().all(|cseq| *cseq > 0), "a binding lapsed: {now:?}");
        now.iter().zip(&first).all(|(now, first)| *now >= first + 2)
    });
    let counted = Command::new("tc").args(["-s", "qdisc", "show", "dev", "lo"]).output().expect("tc");
    let counted = String::from_utf8_lossy(&counted.stdout).into_owned();
    let dropped = counted.split("dropped ").nth(1).and_then(|rest| rest.split(',').next()).unwrap_or("0");
    println!("{DROPPED}{dropped}");
}
