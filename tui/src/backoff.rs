//! Exponential back-off after consecutive failures.

use std::time::Duration;

/// The delay after the first failure.
const INITIAL_DELAY: Duration = Duration::from_millis(250);

/// Returns the delay after a number of failures: it doubles each time, up to a limit.
pub(crate) fn delay(failures: u32, max: Duration) -> Duration {
    INITIAL_DELAY.saturating_mul(1 << failures.saturating_sub(1).min(10)).min(max)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::delay;

    #[test]
    fn the_delay_doubles_up_to_a_limit() {
        let max = Duration::from_secs(10);

        for (failures, ms) in [(0, 250), (1, 250), (2, 500), (3, 1_000), (6, 8_000), (7, 10_000), (u32::MAX, 10_000)] {
            assert_eq!(delay(failures, max), Duration::from_millis(ms), "{failures}");
        }
    }
}
