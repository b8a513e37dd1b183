//! The one place from what the core says to what a person reads: every value of every enum has a message id here, so
//! that a new one does not compile until it is worded.

mod audit;
mod trials;

pub(crate) use audit::{deed, told_field, via};
pub(crate) use trials::{Said, step, verdict};

use crate::domain::entry::Fault;
use crate::domain::operator::Role;
use crate::domain::status::{By, Cause, Group, Note, State, Status};
use crate::i18n::{self, Locale, Value};
use crate::roster::{Action, JobFault, PasswordFault, Progress};

/// The name of a state.
pub(crate) fn state(state: State) -> &'static str {
    match state {
        State::Registered => "state-registered",
        State::AtRisk => "state-at_risk",
        State::Queued => "state-queued",
        State::Registering => "state-registering",
        State::Retrying => "state-retrying",
        State::RejectedAuth => "state-rejected_auth",
        State::Rejected => "state-rejected",
        State::Unreachable => "state-unreachable",
        State::Misconfigured => "state-misconfigured",
        State::Unregistering => "state-unregistering",
        State::Unregistered => "state-unregistered",
        State::Disabled => "state-disabled",
        State::Unknown => "state-unknown",
    }
}

/// What a state means for calls.
pub(crate) fn about(state: State) -> &'static str {
    match state {
        State::Registered => "about-registered",
        State::AtRisk => "about-at_risk",
        State::Queued => "about-queued",
        State::Registering => "about-registering",
        State::Retrying => "about-retrying",
        State::RejectedAuth => "about-rejected_auth",
        State::Rejected => "about-rejected",
        State::Unreachable => "about-unreachable",
        State::Misconfigured => "about-misconfigured",
        State::Unregistering => "about-unregistering",
        State::Unregistered => "about-unregistered",
        State::Disabled => "about-disabled",
        State::Unknown => "about-unknown",
    }
}

/// The name of a group of states.
pub(crate) fn group(group: Group) -> &'static str {
    match group {
        Group::Ok => "group-ok",
        Group::Working => "group-working",
        Group::Risk => "group-risk",
        Group::Problem => "group-problem",
        Group::Off => "group-off",
    }
}

/// What a cause means, and what to do.
pub(crate) fn cause(cause: Cause) -> (&'static str, &'static str) {
    match cause {
        Cause::AuthRejected => ("cause-auth_rejected", "cause-auth_rejected-do"),
        Cause::Forbidden => ("cause-forbidden", "cause-forbidden-do"),
        Cause::ForbiddenSource => ("cause-forbidden_source", "cause-forbidden_source-do"),
        Cause::UserUnknown => ("cause-user_unknown", "cause-user_unknown-do"),
        Cause::RealmMismatch => ("cause-realm_mismatch", "cause-realm_mismatch-do"),
        Cause::AuthUnsupported => ("cause-auth_unsupported", "cause-auth_unsupported-do"),
        Cause::NonceStaleLoop => ("cause-nonce_stale_loop", "cause-nonce_stale_loop-do"),
        Cause::IntervalTooBrief => ("cause-interval_too_brief", "cause-interval_too_brief-do"),
        Cause::NoAnswer => ("cause-no_answer", "cause-no_answer-do"),
        Cause::TimeoutRemote => ("cause-timeout_remote", "cause-timeout_remote-do"),
        Cause::Refused => ("cause-refused", "cause-refused-do"),
        Cause::NetUnreachable => ("cause-net_unreachable", "cause-net_unreachable-do"),
        Cause::DnsNotFound => ("cause-dns_not_found", "cause-dns_not_found-do"),
        Cause::DnsFailed => ("cause-dns_failed", "cause-dns_failed-do"),
        Cause::TlsUntrusted => ("cause-tls_untrusted", "cause-tls_untrusted-do"),
        Cause::TlsName => ("cause-tls_name", "cause-tls_name-do"),
        Cause::TlsExpired => ("cause-tls_expired", "cause-tls_expired-do"),
        Cause::TlsFailed => ("cause-tls_failed", "cause-tls_failed-do"),
        Cause::Busy => ("cause-busy", "cause-busy-do"),
        Cause::ServerError => ("cause-server_error", "cause-server_error-do"),
        Cause::Unavailable => ("cause-unavailable", "cause-unavailable-do"),
        Cause::NotRegistrar => ("cause-not_registrar", "cause-not_registrar-do"),
        Cause::Moved => ("cause-moved", "cause-moved-do"),
        Cause::BadRequest => ("cause-bad_request", "cause-bad_request-do"),
        Cause::Loop => ("cause-loop", "cause-loop-do"),
        Cause::Declined => ("cause-declined", "cause-declined-do"),
        Cause::NoBinding => ("cause-no_binding", "cause-no_binding-do"),
        Cause::ZeroExpires => ("cause-zero_expires", "cause-zero_expires-do"),
        Cause::BadResponse => ("cause-bad_response", "cause-bad_response-do"),
        Cause::LocalSocket => ("cause-local_socket", "cause-local_socket-do"),
        Cause::BadConfig => ("cause-bad_config", "cause-bad_config-do"),
        Cause::TargetDenied => ("cause-target_denied", "cause-target_denied-do"),
        Cause::BulkUnsupported => ("cause-bulk_unsupported", "cause-bulk_unsupported-do"),
    }
}

/// What is asked before something is done to many entries, and what it means for them.
pub(crate) fn action(action: Action) -> (&'static str, &'static str) {
    match action {
        Action::Enable => ("bulk-enable", "bulk-enable-text"),
        Action::Disable => ("bulk-disable", "bulk-disable-text"),
        Action::Refresh => ("bulk-refresh", "bulk-refresh-text"),
        Action::Unregister => ("bulk-unregister", "bulk-unregister-text"),
        Action::Delete => ("bulk-delete", "bulk-delete-text"),
        Action::Move(_) => ("bulk-move", "bulk-move-text"),
    }
}

/// What a job does.
pub(crate) fn job(action: Action) -> &'static str {
    match action {
        Action::Enable => "job-enable",
        Action::Disable => "job-disable",
        Action::Refresh => "job-refresh",
        Action::Unregister => "job-unregister",
        Action::Delete => "job-delete",
        Action::Move(_) => "job-move",
    }
}

/// How far a job is.
pub(crate) fn progress(progress: Progress) -> &'static str {
    match progress {
        Progress::Running => "job-running",
        Progress::Stopped => "job-stopped",
        Progress::Done => "job-done",
    }
}

/// Why something was not done to one of many.
pub(crate) fn job_fault(fault: JobFault) -> &'static str {
    match fault {
        JobFault::Gone => "job-fault-gone",
        JobFault::Damaged => "job-fault-damaged",
        JobFault::Unavailable => "job-fault-unavailable",
    }
}

/// A note beside a state.
pub(crate) fn note(note: Note) -> &'static str {
    match note {
        Note::GrantedLess => "note-granted_less",
        Note::NatSeen => "note-nat_seen",
        Note::ContactRewritten => "note-contact_rewritten",
        Note::ServerUnproven => "note-server_unproven",
        Note::CallsArriveHere => "note-calls_arrive_here",
        Note::OutboundUnsupported => "note-outbound_unsupported",
    }
}

/// The name of a role.
pub(crate) fn role(role: Role) -> &'static str {
    match role {
        Role::Administrator => "role-administrator",
        Role::Manager => "role-manager",
        Role::Viewer => "role-viewer",
    }
}

/// What a role may do.
pub(crate) fn role_about(role: Role) -> &'static str {
    match role {
        Role::Administrator => "role-administrator-about",
        Role::Manager => "role-manager-about",
        Role::Viewer => "role-viewer-about",
    }
}

/// What is wrong with a new password.
pub(crate) fn password_fault(fault: PasswordFault) -> &'static str {
    match fault {
        PasswordFault::TooShort => "password-too-short",
        PasswordFault::TooLong => "password-too-long",
        PasswordFault::TooCommon => "password-too-common",
        PasswordFault::Differs => "password-differs",
    }
}

/// What is wrong with a field, in words.
pub(crate) fn fault(locale: Locale, fault: &Fault) -> String {
    let say = |id: &str, values: &[(&str, Value<'_>)]| i18n::text(locale, id, values);
    match fault {
        Fault::Required => say("fault-required", &[]),
        Fault::TooLong { max } => {
            say("fault-too_long", &[("max", Value::Number(i64::try_from(*max).unwrap_or(i64::MAX)))])
        }
        Fault::Control => say("fault-control_character", &[]),
        Fault::NotAHost => say("fault-not_a_host", &[]),
        Fault::NotAServerUri => say("fault-not_a_server_uri", &[]),
        Fault::NotANumber => say("fault-not_a_number", &[]),
        Fault::OutOfRange { min, max } => {
            let (min, max) = (i18n::number(locale, i64::from(*min)), i18n::number(locale, i64::from(*max)));
            say("fault-out_of_range", &[("min", Value::Text(&min)), ("max", Value::Text(&max))])
        }
        Fault::NotAChoice => say("fault-not_a_choice", &[]),
        Fault::Taken { name, .. } => say("fault-taken", &[("name", Value::Text(name))]),
        Fault::NoSuchContract => say("fault-no_such_contract", &[]),
    }
}

/// A piece of a line: text, or a moment that a script keeps true and shows in the viewer's zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Text(String),
    /// Milliseconds since 1970 UTC; shown as a time of day.
    Clock(i64),
    /// The same; shown as a span from now.
    In(i64),
    /// The same; shown with its date.
    Date(i64),
}

/// Stands in a message where a moment goes; no text of ours or of the wire's holds it.
const MOMENT: &str = "\u{1}";

fn with_moment(locale: Locale, id: &str, name: &str, moment: Piece) -> Vec<Piece> {
    around_moment(i18n::text(locale, id, &[(name, Value::Text(MOMENT))]), moment)
}

fn around_moment(text: String, moment: Piece) -> Vec<Piece> {
    match text.split_once(MOMENT) {
        Some((before, after)) => vec![Piece::Text(before.to_owned()), moment, Piece::Text(after.to_owned())],
        None => vec![Piece::Text(text)],
    }
}

/// The second line of a status cell.
pub(crate) fn second_line(locale: Locale, status: &Status<i64>, now: i64) -> Vec<Piece> {
    let mut parts: Vec<Vec<Piece>> = Vec::new();
    if let Some(until) = status.registered_until {
        parts.push(with_moment(locale, "line-until", "time", Piece::Clock(until)));
    }
    if let Some(cause) = status.cause {
        parts.push(vec![Piece::Text(reason(locale, status, cause))]);
    }
    parts.extend(next_step(locale, status, now));
    let mut line = Vec::new();
    for (index, part) in parts.into_iter().enumerate() {
        if index > 0 {
            line.push(Piece::Text(" · ".to_owned()));
        }
        line.extend(part.into_iter().filter(|piece| *piece != Piece::Text(String::new())));
    }
    line
}

/// What state, and since when.
pub(crate) fn since(locale: Locale, status: &Status<i64>) -> Option<Vec<Piece>> {
    let moment = Piece::Date(status.since?);
    let state = i18n::text(locale, state(status.state), &[]);
    let text = i18n::text(locale, "sentence-since", &[("state", Value::Text(&state)), ("time", Value::Text(MOMENT))]);
    Some(around_moment(text, moment))
}

/// Why, in a few words: the provider's own answer, or whom nobody heard of. What waits for an edit needs our reason:
/// the answer was only the occasion.
fn reason(locale: Locale, status: &Status<i64>, cause: Cause) -> String {
    match (&status.answer, status.target, cause) {
        (Some(answer), ..) if status.state != State::Misconfigured => {
            format!("{} {}", answer.code, answer.reason).trim_end().to_owned()
        }
        (_, Some(target), Cause::NoAnswer) => {
            i18n::text(locale, "line-no-answer-from", &[("target", Value::Text(&target.to_string()))])
        }
        _ => i18n::text(locale, self::cause(cause).0, &[]).trim_end_matches('.').to_owned(),
    }
}

fn next_step(locale: Locale, status: &Status<i64>, now: i64) -> Option<Vec<Piece>> {
    match (status.state, status.next_action_at) {
        (State::Registered, Some(at)) => Some(with_moment(locale, "line-refresh-in", "wait", Piece::In(at))),
        (State::AtRisk | State::Retrying | State::RejectedAuth | State::Rejected | State::Unreachable, Some(at))
            if at > now =>
        {
            Some(with_moment(locale, "line-next-in", "wait", Piece::In(at)))
        }
        (State::AtRisk | State::Retrying | State::RejectedAuth | State::Rejected | State::Unreachable, _) => {
            Some(vec![Piece::Text(i18n::text(locale, "line-next-now", &[]))])
        }
        (State::Misconfigured, _) => Some(vec![Piece::Text(i18n::text(locale, "line-held", &[]))]),
        (
            State::Registered
            | State::Queued
            | State::Registering
            | State::Unregistering
            | State::Unregistered
            | State::Disabled
            | State::Unknown,
            _,
        ) => None,
    }
}

/// Who said why, in a sentence.
pub(crate) fn who_said(locale: Locale, status: &Status<i64>) -> Option<String> {
    match (status.by()?, &status.answer) {
        (By::Provider, Some(answer)) => {
            let answer = format!("{} {}", answer.code, answer.reason);
            Some(i18n::text(locale, "sentence-by-provider", &[("answer", Value::Text(answer.trim_end()))]))
        }
        (By::Us | By::Provider, _) => Some(i18n::text(locale, "sentence-by-us", &[])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::audit::{Deed, Via};
    use crate::domain::status::Answer;

    #[test]
    fn every_word_exists_in_both_languages() {
        let mut ids: Vec<&str> = State::ALL.iter().flat_map(|s| [state(*s), about(*s)]).collect();
        ids.extend(Group::ALL.iter().map(|g| group(*g)));
        ids.extend(Cause::ALL.iter().flat_map(|c| [cause(*c).0, cause(*c).1]));
        ids.extend(Note::ALL.iter().map(|n| note(*n)));
        ids.extend(Role::ALL.into_iter().flat_map(|r| [role(r), role_about(r)]));
        ids.extend(Deed::ALL.iter().map(|d| deed(*d)));
        ids.extend(Via::ALL.map(via));
        for locale in Locale::ALL {
            let known = i18n::ids(locale);
            for id in &ids {
                assert!(known.contains(id), "{id} in {}", locale.code());
            }
        }
    }

    fn line(locale: Locale, status: &Status<i64>) -> String {
        let print = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Clock(at) => format!("[{at}]"),
            Piece::In(at) => format!("[+{at}]"),
            Piece::Date(at) => format!("[on {at}]"),
        };
        second_line(locale, status, 0).iter().map(print).collect()
    }

    #[test]
    fn the_second_line_says_until_when_why_and_what_next() {
        let base = Status {
            registered_until: None,
            next_action_at: Some(48_000),
            target: "203.0.113.7:5060".parse().ok(),
            ..Status::unknown()
        };
        let registered = Status { state: State::Registered, registered_until: Some(60_000), ..base.clone() };
        assert_eq!(line(Locale::En, &registered), "until [60000] · refresh in [+48000]");
        let silent = Status { state: State::Unreachable, cause: Some(Cause::NoAnswer), ..base.clone() };
        assert_eq!(line(Locale::En, &silent), "no answer from 203.0.113.7:5060 · next attempt in [+48000]");
        let answer = Some(Answer { code: 403, reason: "Forbidden".into(), warning: None, retry_after: None });
        let refused = Status {
            state: State::Rejected,
            cause: Some(Cause::Forbidden),
            answer: answer.map(Box::new),
            ..base.clone()
        };
        assert_eq!(line(Locale::Es, &refused), "403 Forbidden · próximo intento en [+48000]");
        let held =
            Status { state: State::Misconfigured, cause: Some(Cause::TargetDenied), next_action_at: None, ..base };
        assert_eq!(
            line(Locale::En, &held),
            "This address is not allowed as a target · waits until it is edited or registered by hand"
        );
    }
}
