//! The history of an entry: written behind while the engine runs, pruned, and read page by page.

use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;

use super::behind::gather;
use super::chronicle::Chronicle;
use super::waist::Roster;
use crate::clock::wall_ms;
use crate::domain::entry::{EntryError, EntryId};
use crate::domain::event::Event;
use crate::engine::Exchange;
use crate::store::Store;

/// For how long events are collected for one transaction.
const COLLECT: Duration = Duration::from_secs(1);
/// How often old events are looked for while nothing happens.
const IDLE: Duration = Duration::from_secs(60);
/// Most events that wait for a database that is away; then the oldest are lost.
const WAITING_MOST: usize = 200_000;
/// Most events of one transaction.
const BATCH: usize = 20_000;
/// Most old events that are deleted after each transaction: more than are added over time, few enough to be quick.
const PRUNED: u32 = 2_000;
const DAY: i64 = 86_400_000;

/// What the engine reports of an entry: what it is like, or that it is gone.
pub type Report = (EntryId, Option<Event>);

/// Writes what is worth remembering until the engine has ended, and keeps it for so many days.
pub async fn remember(store: Store, mut reports: UnboundedReceiver<Report>, days: u32) {
    let (mut chronicle, mut waiting) = (Chronicle::default(), Vec::new());
    let mut open = true;
    while open {
        // What could not be written is tried again, and what is too old goes, though nothing happens.
        let patience = if waiting.is_empty() { IDLE } else { COLLECT };
        open = gather(&mut reports, patience, COLLECT, |(id, event)| match event {
            Some(event) if chronicle.is_news(id, &event) => waiting.push((id, event)),
            Some(_) => {}
            None => chronicle.forget(id),
        })
        .await;
        if !write(&store, &mut waiting, days).await {
            tracing::warn!(waiting = waiting.len(), "history could not be written; it is kept and written later");
        }
        // A burst, or a database that is away, costs the oldest rather than the memory.
        let surplus = waiting.len().saturating_sub(WAITING_MOST);
        waiting.drain(..surplus);
    }
    while !waiting.is_empty() && write(&store, &mut waiting, days).await {}
    if !waiting.is_empty() {
        tracing::error!(lost = waiting.len(), "the last of the history could not be written");
    }
}

/// Writes a batch of what waits, and deletes some of what is too old; `false` when the database is away.
async fn write(store: &Store, waiting: &mut Vec<(EntryId, Event)>, days: u32) -> bool {
    let until = wall_ms() - i64::from(days) * DAY;
    let (batch, store) = (waiting.iter().take(BATCH).cloned().collect::<Vec<_>>(), store.clone());
    let length = batch.len();
    let work = move || {
        if !batch.is_empty() {
            store.add_events(&batch)?;
        }
        store.prune_events(until, PRUNED)
    };
    let written = matches!(tokio::task::spawn_blocking(work).await, Ok(Ok(_)));
    if written {
        // What a burst took is given back with it.
        *waiting = waiting.split_off(length);
    }
    written
}

impl Roster {
    /// The last messages of an entry, the oldest first, without their secrets.
    pub fn exchanges(&self, id: EntryId) -> Vec<Exchange> {
        self.engine.exchanges(id)
    }

    /// Events of an entry, the newest first, with their numbers; with `before` only those with a lower number.
    ///
    /// # Errors
    /// [`EntryError::Unavailable`].
    pub async fn history(&self, id: EntryId, before: Option<i64>, limit: u32) -> Result<Vec<(i64, Event)>, EntryError> {
        self.ask(move |store| store.events(id, before.unwrap_or(i64::MAX), limit)).await?
    }
}
