//! What the engine wants remembered, written behind: in batches, at most a second late, and at the end.

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;

use crate::domain::entry::EntryId;
use crate::domain::status::Checkpoint;
use crate::store::Store;

/// For how long a batch is collected.
const COLLECT: Duration = Duration::from_millis(500);

/// Writes checkpoints until the engine has ended. What cannot be written is kept, newest only, and written later.
pub async fn keep(store: Store, mut checkpoints: UnboundedReceiver<(EntryId, Checkpoint)>) {
    let mut batch: HashMap<EntryId, Checkpoint> = HashMap::new();
    let mut open = true;
    while open {
        open = collect(&mut checkpoints, &mut batch).await;
        if batch.is_empty() {
            continue;
        }
        let rows: Vec<(EntryId, Checkpoint)> = batch.iter().map(|(id, checkpoint)| (*id, checkpoint.clone())).collect();
        let store = store.clone();
        let written = tokio::task::spawn_blocking(move || store.save_checkpoints(&rows)).await;
        if matches!(written, Ok(Ok(()))) {
            batch.clear();
        } else {
            tracing::warn!(waiting = batch.len(), "checkpoints could not be written; they are kept and written later");
        }
    }
}

/// Takes what comes for a while; `false` once nothing will come any more.
async fn collect(
    checkpoints: &mut UnboundedReceiver<(EntryId, Checkpoint)>,
    batch: &mut HashMap<EntryId, Checkpoint>,
) -> bool {
    if batch.is_empty() {
        match checkpoints.recv().await {
            Some((id, checkpoint)) => batch.insert(id, checkpoint),
            None => return false,
        };
    }
    let until = tokio::time::sleep(COLLECT);
    tokio::pin!(until);
    loop {
        tokio::select! {
            () = &mut until => return true,
            next = checkpoints.recv() => match next {
                Some((id, checkpoint)) => batch.insert(id, checkpoint),
                None => return false,
            },
        };
    }
}
