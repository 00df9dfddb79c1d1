//! Rate limits: how fast an account may submit, in jobs per minute and jobs at once.
//!
//! This is the generic cell rate algorithm (ITU-T I.371): an account's row holds the time at
//! which its next job would arrive at its rate, and jobs may be early by a burst. The
//! statement that debits updates it, so the limit is exact across any number of API servers.

/// The state of an account's rate limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// Jobs per minute.
    pub limit: i32,
    /// Jobs at once.
    pub burst: i32,
    /// Jobs that could be submitted now.
    pub remaining: i64,
    /// Seconds until a full burst could be submitted.
    pub reset_s: f64,
    /// Seconds until the jobs just rejected could be submitted; 0 if none were.
    pub wait_s: f64,
}

impl Rate {
    /// Builds it from a row: `used_s` is how early the next job would be, in seconds.
    pub(crate) fn read(
        limit: Option<i32>,
        burst: Option<i32>,
        used_s: Option<f64>,
        wait_s: Option<f64>,
    ) -> Option<Self> {
        let (limit, burst, used_s) = (limit?, burst?, used_s?);
        let spacing = 60.0 / f64::from(limit);
        #[expect(clippy::cast_possible_truncation, reason = "a burst is at most a million")]
        let remaining = (f64::from(burst) - used_s / spacing + 1e-6).floor().max(0.0) as i64;
        Some(Self { limit, burst, remaining, reset_s: used_s.max(0.0), wait_s: wait_s.unwrap_or(0.0) })
    }
}

#[cfg(test)]
mod tests {
    use super::Rate;

    #[test]
    fn the_remaining_jobs_are_the_burst_minus_those_that_came_early() {
        for (used_s, remaining) in [(0.0, 20), (1.0, 19), (19.0, 1), (19.5, 0), (20.0, 0), (25.0, 0)] {
            let rate = Rate::read(Some(60), Some(20), Some(used_s), None).expect("there is a limit");

            assert_eq!(rate.remaining, remaining, "{used_s} s");
        }
    }

    #[test]
    fn an_account_without_a_limit_has_no_rate() {
        assert_eq!(Rate::read(None, None, None, None), None);
    }
}
