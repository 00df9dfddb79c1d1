//! The attempts of the last minute, which beats report for operators.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::outcome::Outcome;

/// How long an attempt counts.
const WINDOW: Duration = Duration::from_mins(1);

/// The attempts of the last minute. Clones share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct RecentAttempts(Arc<Mutex<VecDeque<(Instant, bool)>>>);

impl RecentAttempts {
    /// Counts an attempt that completed or failed.
    pub(super) fn record(&self, outcome: &Outcome) {
        let is_completed = matches!(outcome, Outcome::Completed { .. });
        if is_completed || outcome.is_failure() {
            self.add(Instant::now(), is_completed);
        }
    }

    /// Returns how many completed and how many failed.
    pub(crate) fn of_last_minute(&self) -> (u32, u32) {
        self.count(Instant::now())
    }

    fn add(&self, now: Instant, is_completed: bool) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push_back((now, is_completed));
    }

    fn count(&self, now: Instant) -> (u32, u32) {
        let mut attempts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while attempts.front().is_some_and(|(at, _)| now.saturating_duration_since(*at) >= WINDOW) {
            attempts.pop_front();
        }
        let count = |wanted| attempts.iter().filter(|(_, is_completed)| *is_completed == wanted).count();
        let [completed, failed] = [true, false].map(|wanted| u32::try_from(count(wanted)).unwrap_or(u32::MAX));
        (completed, failed)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::RecentAttempts;

    #[test]
    fn attempts_count_for_a_minute() {
        let (recent, start) = (RecentAttempts::default(), Instant::now());
        let second = |second| start + Duration::from_secs(second);

        for (at, is_completed) in [(0, true), (30, false), (31, true)] {
            recent.add(second(at), is_completed);
        }

        assert_eq!(recent.count(second(59)), (2, 1));
        assert_eq!(recent.count(second(60)), (1, 1));
        assert_eq!(recent.count(second(90)), (1, 0));
        assert_eq!(recent.count(second(200)), (0, 0));
    }
}
