//! The one place that reads the clocks. Everyone else is handed the time.

use std::time::Instant;

/// Milliseconds since 1970-01-01T00:00:00Z, as the wall clock has it now.
#[allow(clippy::disallowed_methods)]
pub fn wall_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    // A clock set before 1970 reads as 1970: nothing in Alta reckons with earlier times.
    since.map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX))
}

/// A monotonic clock that started at zero when it was made. No jump of the wall clock moves it.
#[derive(Clone, Copy, Debug)]
pub struct Monotonic(Instant);

impl Monotonic {
    #[allow(clippy::disallowed_methods, clippy::new_without_default)]
    pub fn new() -> Self {
        Self(Instant::now())
    }

    /// Milliseconds since this clock was made.
    pub fn ms(self) -> u64 {
        u64::try_from(self.0.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// The instant that lies `ms` milliseconds after this clock was made.
    pub fn instant(self, ms: u64) -> Instant {
        self.0 + std::time::Duration::from_millis(ms)
    }
}
