//! What of all that the engine reports is worth remembering: each new state or cause once, none that only passes, and
//! nothing of what merely stands again after a restart. Pure.

use crate::domain::dense::Dense;
use crate::domain::entry::EntryId;
use crate::domain::event::Event;
use crate::domain::status::{Cause, State};

/// What was told last of each entry; nothing while only something that passes was seen.
#[derive(Debug, Default)]
pub(super) struct Chronicle(Dense<Option<(State, Option<Cause>)>>);

impl Chronicle {
    /// Whether this is to be remembered.
    pub(super) fn is_news(&mut self, id: EntryId, event: &Event) -> bool {
        if event.is_passing() {
            if !self.0.has(id) {
                self.0.insert(id, None);
            }
            return false;
        }
        let now = Some((event.state, event.cause));
        // Seen first in a state that lasts, it has been in it since before the start.
        self.0.insert(id, now).is_some_and(|before| before != now)
    }

    /// The entry is gone.
    pub(super) fn forget(&mut self, id: EntryId) {
        self.0.remove(id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_new_state_is_told_once_and_nothing_that_passes_or_stood_before() {
        let event = |state, cause| Event { at: 0, state, cause, code: None, reason: None };
        let mut chronicle = Chronicle::default();
        let mut told = |id, state, cause| chronicle.is_news(EntryId(id), &event(state, cause));
        // One that was registered before the start, loses its refresh, and gets it back.
        assert!(!told(1, State::Registered, None));
        assert!(told(1, State::AtRisk, Some(Cause::NoAnswer)));
        assert!(!told(1, State::AtRisk, Some(Cause::NoAnswer)));
        assert!(told(1, State::AtRisk, Some(Cause::Busy)));
        assert!(told(1, State::Registered, None));
        // A new one, whose attempts fail alike.
        for (state, cause, news) in [
            (State::Queued, None, false),
            (State::Registering, None, false),
            (State::Retrying, Some(Cause::NoAnswer), true),
            (State::Registering, Some(Cause::NoAnswer), false),
            (State::Retrying, Some(Cause::NoAnswer), false),
            (State::Unreachable, Some(Cause::NoAnswer), true),
            (State::Registering, None, false),
            (State::Registered, None, true),
        ] {
            assert_eq!(told(2, state, cause), news, "{state:?}");
        }
    }
}
