//! Stop, crash, start: a binding that lives needs nobody, and no CSeq is used twice.

use std::collections::HashSet;

use crate::support::{LIMIT, PASSWORD, Stage, wait_for};

#[test]
fn after_a_stop_an_entry_is_registered_at_once_and_nothing_is_sent() {
    let stage = Stage::new(&["961"]);
    let id = stage.register("961");
    let before = stage.provider.seen("961");
    let was = stage.api.get(&format!("/registrations/{id}/status"));
    let stage = stage.restart();
    let status = stage.api.get(&format!("/registrations/{id}/status"));
    assert_eq!(status.text("state"), "registered", "at once: {status:?}");
    assert_eq!(status.text("registered_until"), was.text("registered_until"));
    assert_eq!(
        stage.provider.seen("961"),
        before,
        "a living binding was refreshed at the start, or undone at the stop"
    );
    assert_eq!(stage.api.post(&format!("/registrations/{id}/refresh"), &serde_json::Value::Null).status, 202);
    wait_for("a refresh", LIMIT, || stage.provider.seen("961").accepted > before.accepted);
    let after = stage.provider.seen("961");
    assert_eq!(after.call_ids, before.call_ids, "the same Call-ID");
    assert!(after.cseqs.is_sorted_by(|a, b| a < b), "a higher CSeq: {:?}", after.cseqs);
    assert_eq!(stage.provider.bound("961").len(), 1);
}

#[test]
fn a_contact_that_changed_with_a_restart_takes_the_place_of_the_old_one() {
    let stage = Stage::new(&["961"]);
    let id = stage.register("961");
    let old = stage.program.sip;
    let stage = stage.restart_anywhere();
    assert_ne!(stage.program.sip, old);
    wait_for("the new contact alone is bound", LIMIT, || {
        stage.provider.bound("961") == [format!("sip:9961@{}", stage.program.sip)]
    });
    stage.reaches(id, "registered");
    assert_eq!(stage.provider.seen("961").call_ids.len(), 1);
}

#[test]
fn after_a_crash_no_cseq_is_used_again() {
    let mut stage = Stage::new(&["961"]);
    let id = stage.register("961");
    for round in 0..4 {
        let accepted = stage.provider.seen("961").accepted;
        assert_eq!(stage.api.post(&format!("/registrations/{id}/refresh"), &serde_json::Value::Null).status, 202);
        wait_for("a refresh", LIMIT, || stage.provider.seen("961").accepted > accepted);
        // At once, before a checkpoint of it can have been written.
        stage = stage.crash();
        stage.reaches(id, "registered");
        let seen = stage.provider.seen("961");
        let different: HashSet<u32> = seen.cseqs.iter().copied().collect();
        assert_eq!(different.len(), seen.cseqs.len(), "round {round}: {:?}", seen.cseqs);
        assert!(seen.call_ids.len() == 1 && seen.cseqs.is_sorted(), "round {round}: {seen:?}");
    }
}

#[test]
fn an_entry_that_was_never_registered_is_tried_after_a_restart() {
    let stage = Stage::new(&[]);
    let id = stage.add("961");
    stage.reaches(id, "rejected");
    stage.provider.change(|registrar| {
        registrar.script.accounts.insert("961".into(), alta::demo::script::Login::new(PASSWORD));
    });
    let stage = stage.restart();
    stage.reaches(id, "registered");
}
