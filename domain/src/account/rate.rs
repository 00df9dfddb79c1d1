//! Rate limits: how fast an account or a key may submit, in jobs per minute and jobs at once.
//!
//! This is the generic cell rate algorithm (ITU-T I.371): the row of the account or the key holds
//! the time at which its next job would arrive at its rate, and jobs may be early by a burst. The
//! statement that debits updates it, so the limit is exact across any number of API servers.

/// Whose rate limit it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RateOf {
    /// That of the account, for all its keys.
    Account,
    /// That of the key alone.
    Key,
}

/// The state of a rate limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// Whose it is.
    pub of: RateOf,
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
        of: RateOf,
        limit: Option<i32>,
        burst: Option<i32>,
        used_s: Option<f64>,
        wait_s: Option<f64>,
    ) -> Option<Self> {
        let (limit, burst, used_s) = (limit?, burst?, used_s?);
        let spacing = 60.0 / f64::from(limit);
        #[expect(clippy::cast_possible_truncation, reason = "a burst is at most a million")]
        let remaining = (f64::from(burst) - used_s / spacing + 1e-6).floor().max(0.0) as i64;
        Some(Self { of, limit, burst, remaining, reset_s: used_s.max(0.0), wait_s: wait_s.unwrap_or(0.0) })
    }

    /// Returns the limit that a caller reaches first: the one with the longer wait, then the one with fewer jobs.
    pub(crate) fn stricter(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        match (one, other) {
            (Some(one), Some(other)) => {
                let is_stricter = other.wait_s > one.wait_s
                    || (other.wait_s.total_cmp(&one.wait_s).is_eq() && other.remaining < one.remaining);
                Some(if is_stricter { other } else { one })
            }
            (one, other) => one.or(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Rate, RateOf};

    #[test]
    fn the_remaining_jobs_are_the_burst_minus_those_that_came_early() {
        for (used_s, remaining) in [(0.0, 20), (1.0, 19), (19.0, 1), (19.5, 0), (20.0, 0), (25.0, 0)] {
            let rate = Rate::read(RateOf::Account, Some(60), Some(20), Some(used_s), None).expect("there is a limit");

            assert_eq!(rate.remaining, remaining, "{used_s} s");
        }
    }

    #[test]
    fn an_account_without_a_limit_has_no_rate() {
        assert_eq!(Rate::read(RateOf::Key, None, None, None, None), None);
    }
    #[test]
    fn of_two_limits_the_one_that_is_reached_first_is_reported() {
        let rate = |of, used_s, wait_s| Rate::read(of, Some(60), Some(20), Some(used_s), Some(wait_s));
        for (account, key, of) in [
            ((5.0, 0.0), (6.0, 0.0), RateOf::Key),
            ((6.0, 0.0), (5.0, 0.0), RateOf::Account),
            ((20.0, 1.0), (20.0, 2.0), RateOf::Key),
            ((20.0, 0.5), (5.0, 0.0), RateOf::Account),
            ((5.0, 0.0), (5.0, 0.0), RateOf::Account),
        ] {
            let stricter = Rate::stricter(rate(RateOf::Account, account.0, account.1), rate(RateOf::Key, key.0, key.1));

            assert_eq!(stricter.expect("a limit").of, of, "{account:?} {key:?}");
        }
        assert_eq!(Rate::stricter(None, rate(RateOf::Key, 1.0, 0.0)).expect("a limit").of, RateOf::Key);
    }
}
