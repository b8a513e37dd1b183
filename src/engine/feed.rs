//! What changes on the board, told to whoever listens.

use std::sync::Arc;

use tokio::sync::broadcast;

use crate::domain::entry::EntryId;

/// Those that changed; nothing: everything is to be read anew.
pub type Change = Option<Arc<[EntryId]>>;

/// Entries whose status changed, from the time of subscribing on.
#[derive(Debug)]
pub struct Feed(broadcast::Receiver<Change>);

/// What a feed tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// Each once, in order.
    Changed(Arc<[EntryId]>),
    /// More changed than was kept: read everything anew.
    Lagged,
    /// The engine has stopped.
    Over,
}

impl Feed {
    /// Of what is told from here on.
    pub fn of(changes: broadcast::Receiver<Change>) -> Self {
        Self(changes)
    }

    /// Waits for the next change.
    pub async fn next(&mut self) -> News {
        match self.0.recv().await {
            Ok(Some(ids)) => News::Changed(ids),
            Ok(None) | Err(broadcast::error::RecvError::Lagged(_)) => News::Lagged,
            Err(broadcast::error::RecvError::Closed) => News::Over,
        }
    }
}
