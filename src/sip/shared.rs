//! Texts that many entries have in common, kept once: what was said last is what the next one says, too.

use std::sync::Arc;

use crate::domain::status::Proposal;

/// See the module.
#[derive(Debug, Default)]
pub struct Shared {
    chain: Arc<str>,
    proposal: Option<Arc<Proposal>>,
}

impl Shared {
    /// How a target was found.
    pub fn chain(&mut self, text: &str) -> Arc<str> {
        if *self.chain != *text {
            self.chain = text.into();
        }
        self.chain.clone()
    }

    /// What a challenger proposed.
    pub fn proposal(&mut self, proposal: Proposal) -> Arc<Proposal> {
        match &self.proposal {
            Some(known) if **known == proposal => known.clone(),
            _ => self.proposal.insert(Arc::new(proposal)).clone(),
        }
    }
}
