//! A glance at those whose turn comes. Of a million registrations none is in the processor's cache when it is due, and
//! each piece of it would be waited for, one after the other. Looked at together before the first has its turn, they are
//! fetched at once. It changes nothing.

use std::hint::black_box;

use super::Uac;
use crate::sip::digest::Nonce;
use crate::sip::message::Branch;

fn first(text: &[u8]) -> usize {
    text.first().copied().map_or(0, usize::from)
}

impl Uac {
    /// Looks at what a refresh of these slots reads: first at each itself, then at what it points to, and at what that
    /// points to, so that nothing is waited for to learn where the next stands.
    pub(super) fn glance(&self, slots: &[u32]) {
        let all = || slots.iter().filter_map(|slot| self.slots.get(*slot as usize)).map(|entry| &entry.registration);
        let themselves = all().map(|registration| {
            let told = usize::from(registration.unsaved) + usize::from(registration.attempt.is_some());
            told + registration.nonces.len() + registration.cseq as usize + registration.asked as usize
        });
        black_box(themselves.sum::<usize>());
        let beside = all().map(|registration| {
            let nonce = registration.nonces.first().map_or(0, |nonce| nonce.used as usize);
            let contact = registration.contact.as_deref().map_or(0, |contact| first(contact.as_bytes()));
            let place = self.slot_with(registration.id).map_or(0, |slot| slot as usize);
            nonce + contact + place + registration.account.expire as usize + first(registration.call_id.as_bytes())
        });
        black_box(beside.sum::<usize>());
        let behind = all().map(|registration| {
            let account = &registration.account;
            let nonce = registration.nonces.first().map_or(0, Nonce::glance);
            nonce + first(account.contact_user.as_bytes()) + first(account.credentials.user.as_bytes())
        });
        black_box(behind.sum::<usize>());
    }

    /// Looks at what answers to requests of ours read, when these messages are answers: some time has passed since the
    /// requests left.
    pub fn glance_at_answered<'a>(&mut self, messages: impl Iterator<Item = &'a [u8]>) {
        let mut slots = std::mem::take(&mut self.due);
        slots.extend(messages.filter_map(Branch::glimpse));
        let all = || slots.iter().filter_map(|slot| self.slots.get(*slot as usize)).map(|entry| &entry.registration);
        let themselves = all().map(|registration| {
            registration.cseq as usize + registration.nonces.len() + usize::from(registration.attempt.is_some())
        });
        black_box(themselves.sum::<usize>());
        let beside = all().map(|registration| {
            let sent = registration.attempt.as_ref().map_or(0, |attempt| {
                let transaction = attempt.transaction().map_or(0, |sent| sent.cseq as usize + sent.sent.asked as usize);
                transaction + usize::from(attempt.heard) + attempt.candidates.len()
            });
            let nonce = registration.nonces.first().map_or(0, |nonce| nonce.used as usize);
            sent + nonce + first(registration.call_id.as_bytes())
        });
        black_box(beside.sum::<usize>());
        slots.clear();
        self.due = slots;
    }
}
