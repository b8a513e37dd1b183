//! What the engine wants remembered, written behind: in batches, at most a second late, and at the end.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;

use super::behind::gather;
use crate::domain::entry::EntryId;
use crate::domain::status::Checkpoint;
use crate::store::Store;

/// For how long a batch is collected.
const COLLECT: Duration = Duration::from_millis(500);

/// Writes checkpoints until the engine has ended. What cannot be written is kept, newest only, and written later.
pub async fn keep(store: Store, mut checkpoints: UnboundedReceiver<(EntryId, Checkpoint)>) {
    let mut batch: BTreeMap<EntryId, Checkpoint> = BTreeMap::new();
    let mut open = true;
    while open {
        // What could not be written is tried again, though nothing comes.
        let patience = if batch.is_empty() { Duration::MAX } else { COLLECT };
        open = gather(&mut checkpoints, patience, COLLECT, |(id, checkpoint)| {
            batch.insert(id, checkpoint);
        })
        .await;
        if batch.is_empty() {
            continue;
        }
        // What a burst took is given back with it.
        let rows: Vec<(EntryId, Checkpoint)> = std::mem::take(&mut batch).into_iter().collect();
        let (store, shared) = (store.clone(), Arc::new(rows));
        let written = tokio::task::spawn_blocking({
            let rows = shared.clone();
            move || store.save_checkpoints(&rows)
        })
        .await;
        if !matches!(written, Ok(Ok(()))) {
            batch.extend(shared.iter().cloned());
            tracing::warn!(waiting = batch.len(), "checkpoints could not be written; they are kept and written later");
        }
    }
}
