//! Calls that come here, and whose they are.

use slab::Slab;

use super::{Slot, Uac};
use crate::domain::status::Note;
use crate::sip::uas;
use crate::sip::wire::Time;

/// The user of a slot's Contact.
pub(super) fn user_of(slots: &Slab<Slot>, slot: u32) -> &str {
    slots.get(slot as usize).map_or("", |entry| &entry.registration.account.contact_user)
}

impl Uac {
    /// Calls to the user of this slot's Contact are its own.
    pub(super) fn call_to(&mut self, slot: u32) {
        if let Some(entry) = self.slots.get(slot as usize) {
            self.called.hold(&entry.registration.account.contact_user, slot, |slot| user_of(&self.slots, slot));
        }
    }

    /// A call came for this Contact.
    pub(super) fn note_call(&mut self, now: Time, uri: &[u8]) {
        let slot = uas::called_user(uri).and_then(|user| self.called.find(user, |slot| user_of(&self.slots, slot)));
        if let Some(slot) = slot
            && let Some(entry) = self.slots.get_mut(slot as usize)
            && entry.registration.note(Note::CallsArriveHere, true)
        {
            self.touch(now, slot);
        }
    }
}
