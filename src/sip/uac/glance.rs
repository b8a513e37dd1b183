//! A glance at those whose turn comes. Of a million registrations none is in the processor's cache when it is due, and
//! each piece of it would be waited for, one after the other. Looked at together before the first has its turn, they are
//! fetched at once. It changes nothing.

use std::hint::black_box;

use super::Uac;
use crate::sip::digest::Nonce;

impl Uac {
    /// Looks at what a refresh of these slots reads.
    pub(super) fn glance(&self, slots: &[u32]) {
        let looked_at = slots.iter().filter_map(|slot| self.slots.get(*slot as usize)).map(|entry| {
            let registration = &entry.registration;
            let account = &*registration.account;
            let nonce = registration.nonces.first().map_or(0, Nonce::glance);
            let texts =
                [registration.call_id.as_bytes(), account.contact_user.as_bytes(), account.credentials.user.as_bytes()];
            let first = |text: &[u8]| text.first().copied().map_or(0, usize::from);
            let contact = registration.contact.as_deref().map_or(0, |contact| first(contact.as_bytes()));
            let told = usize::from(registration.unsaved) + registration.cseq as usize + usize::from(entry.busy);
            let place = self.slot_with(registration.id).map_or(0, |slot| slot as usize);
            place + nonce + texts.map(first).iter().sum::<usize>() + contact + told + account.expire as usize
        });
        black_box(looked_at.sum::<usize>());
    }
}
