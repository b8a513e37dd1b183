//! Taking what the engine tells so that it is written behind, in batches.

use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;

/// How often it is looked whether the engine has ended.
const STEP: Duration = Duration::from_millis(20);

/// Takes the next that comes, which is waited for so long, and what comes `during` a while after it. `false` once nothing
/// will come any more.
///
/// Nobody is waiting while it is collected, so that the engine has nobody to wake: that would cost it more than a refresh.
pub(super) async fn gather<T>(
    from: &mut UnboundedReceiver<T>,
    patience: Duration,
    during: Duration,
    mut take: impl FnMut(T),
) -> bool {
    match tokio::time::timeout(patience, from.recv()).await {
        Ok(Some(first)) => take(first),
        Ok(None) => return false,
        Err(_) => return true,
    }
    let mut left = during;
    while !left.is_zero() && !from.is_closed() {
        tokio::time::sleep(STEP.min(left)).await;
        left = left.saturating_sub(STEP);
    }
    while let Ok(next) = from.try_recv() {
        take(next);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_batch_is_what_comes_within_a_while_and_the_end_is_not_waited_for() {
        let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
        let second = Duration::from_secs(1);
        let mut batch = Vec::new();
        assert!(gather(&mut told, second, second, |n| batch.push(n)).await && batch.is_empty());
        tell.send(1).unwrap();
        let later = tell.clone();
        tokio::spawn(async move {
            tokio::time::sleep(second / 2).await;
            later.send(2).unwrap();
            tokio::time::sleep(second).await;
            later.send(3).unwrap();
        });
        assert!(gather(&mut told, second, second, |n| batch.push(n)).await);
        assert_eq!(batch, [1, 2]);
        drop(tell);
        assert!(gather(&mut told, second, 3_600 * second, |n| batch.push(n)).await);
        assert_eq!(batch, [1, 2, 3]);
        assert!(!gather(&mut told, second, second, |n| batch.push(n)).await);
    }
}
