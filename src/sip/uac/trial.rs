//! Accounts that are tried out: a registration of its own beside those of the entries, with the same machine.

use std::sync::Arc;

use super::Uac;
use super::calls::user_of;
use crate::domain::account::Account;
use crate::domain::entry::EntryId;
use crate::domain::trial::{Asking, Step};
use crate::sip::plan::{Put, Resume};
use crate::sip::registration::Registration;
use crate::sip::report::Event;
use crate::sip::wire::Time;

impl Uac {
    /// Tries an account out, once and at the next turn. [`Event::Tried`] tells each step; [`Event::Gone`] that nothing is
    /// left of it. No entry may have this number.
    pub fn try_out(&mut self, now: Time, id: EntryId, account: Account, call_id: String, asking: Asking) {
        let timers = self.timers_of(&account.peer.hop);
        let resume = Resume { call_id: call_id.into(), cseq: 0, raised_expire: None, binding: None };
        let put = Put { id, account, enabled: true, urgent: true, resume };
        let mut registration = Registration::new(now, put, timers, &mut self.load, &mut self.seed);
        registration.trial = Some(asking);
        let slot = self.seat(registration);
        self.settle(now, slot);
    }

    /// A trial undid a Contact that an entry may have registered in the meantime: that one makes sure of it.
    pub(super) fn restore(&mut self, now: Time, undid: Option<Arc<Account>>) {
        let user = undid.as_ref().map(|account| account.contact_user.as_str());
        let slot = user.and_then(|user| self.called.find(user, |slot| user_of(&self.slots, slot)));
        if let Some(entry) = slot.and_then(|slot| self.slots.get(slot as usize)) {
            self.wish(now, entry.registration.id, Registration::make_sure);
        }
    }

    /// Tells a step of the trial in this slot; nothing of an entry.
    pub(super) fn step(&mut self, slot: u32, step: impl FnOnce(&Registration) -> Option<Step>) {
        if let Some(entry) = self.slots.get(slot as usize) {
            self.events.extend(told(&entry.registration, step));
        }
    }
}

/// A step of a trial, to be told; none of an entry.
pub(super) fn told(registration: &Registration, step: impl FnOnce(&Registration) -> Option<Step>) -> Option<Event> {
    registration.trial?;
    step(registration).map(|step| Event::Tried { id: registration.id, step: Box::new(step) })
}
