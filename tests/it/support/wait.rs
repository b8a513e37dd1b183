//! Waiting for a condition, never for a time.

use std::time::Duration;

use alta::clock::Monotonic;

/// How long an answer may take before a test gives it up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// How often a condition is looked at.
const POLL: Duration = Duration::from_millis(10);

/// Waits until `condition` holds.
///
/// # Panics
/// With `what` when it does not hold within `limit`.
#[track_caller]
pub(crate) fn wait_for(what: &str, limit: Duration, mut condition: impl FnMut() -> bool) {
    eventually(what, limit, || condition().then_some(()).ok_or("not yet"));
}

/// Waits until `attempt` succeeds, and returns what it gave.
///
/// # Panics
/// With `what` and the last failure when it does not succeed within `limit`.
#[track_caller]
pub(crate) fn eventually<T, E: std::fmt::Debug>(
    what: &str,
    limit: Duration,
    mut attempt: impl FnMut() -> Result<T, E>,
) -> T {
    let clock = Monotonic::new();
    loop {
        match attempt() {
            Ok(value) => return value,
            Err(last) if u128::from(clock.ms()) > limit.as_millis() => {
                panic!("{what}: not within {limit:?}; at last: {last:?}")
            }
            Err(_) => std::thread::sleep(POLL),
        }
    }
}
