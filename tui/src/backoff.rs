//! Back-off: the rest after failures in a row.

use std::time::Duration;

/// The rest after the first failure.
const FIRST: Duration = Duration::from_millis(250);

/// The rest after a number of failures: short at first, twice as long each time, up to a
/// limit.
pub(crate) fn rest(failures: u32, longest: Duration) -> Duration {
    FIRST.saturating_mul(1 << failures.saturating_sub(1).min(10)).min(longest)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::rest;

    #[test]
    fn the_rest_doubles_up_to_a_limit() {
        let longest = Duration::from_secs(10);

        for (failures, ms) in [(0, 250), (1, 250), (2, 500), (3, 1_000), (6, 8_000), (7, 10_000), (u32::MAX, 10_000)] {
            assert_eq!(rest(failures, longest), Duration::from_millis(ms), "{failures}");
        }
    }
}
