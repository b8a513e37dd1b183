//! Which messages are kept for people to look at: all of a small platform, of a large one those that matter.

use super::Uac;
use crate::sip::report::Event;
use crate::sip::target::Target;
use crate::sip::trace::{Trace, Way, blanked};
use crate::sip::wire::Time;

/// With more entries than this, what goes well by itself is not kept.
const ALL_UP_TO: usize = 2_000;

impl Uac {
    /// Whether somebody may want to see what this entry sends and hears now.
    fn is_of_interest(&self, slot: u32, code: Option<u16>) -> bool {
        let Some(entry) = self.slots.get(slot as usize) else { return false };
        let registration = &entry.registration;
        let attempt = registration.attempt.as_deref();
        let logs_in = attempt.is_some_and(|attempt| !attempt.authenticated);
        let went_wrong = code.is_none_or(|code| code >= 300 && !(logs_in && matches!(code, 401 | 407)));
        self.slots.len() <= ALL_UP_TO
            || went_wrong
            || registration.failures > 0
            || attempt.is_some_and(|attempt| attempt.urgent)
    }

    /// Keeps the request in flight of a slot, and what came of it: an answer with this code, or nothing.
    pub(super) fn trace(&mut self, now: Time, slot: u32, answer: Option<(u16, &[u8])>) {
        if !self.is_of_interest(slot, answer.map(|(code, _)| code)) {
            return;
        }
        let Some(registration) = self.slots.get(slot as usize).map(|entry| &entry.registration) else { return };
        let Some(transaction) = registration.attempt.as_ref().and_then(|attempt| attempt.transaction()) else { return };
        let (id, target, sent_at) = (registration.id, transaction.flow.target, transaction.sent.at);
        let request = blanked(transaction.bytes());
        self.tell(id, sent_at, Way::Sent, target, request);
        match answer {
            Some((_, bytes)) => self.tell(id, now, Way::Received, target, blanked(bytes)),
            None => self.tell(id, now, Way::Lost, target, String::new()),
        }
    }

    fn tell(&mut self, id: crate::domain::entry::EntryId, at: Time, way: Way, target: Target, text: String) {
        self.events.push_back(Event::Traced { id, trace: Box::new(Trace { at, way, target, text }) });
    }
}
