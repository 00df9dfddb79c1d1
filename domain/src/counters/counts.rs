//! Counts: what is added up in memory.

use std::collections::BTreeMap;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

use crate::histogram::Histogram;
use crate::id::AccountId;

/// The largest number of accounts that is counted between two flushes: more than spend in a second. While the
/// database is away, those that come first are counted.
const MAX_ACCOUNTS: usize = 10_000;

/// What this process did.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(super) submitted: i64,
    pub(super) completed: i64,
    pub(super) failed: i64,
    pub(super) result_bytes: i64,
    pub(super) render_ms: i64,
    /// By type and error code, which is empty for completed jobs.
    pub(super) outcomes: BTreeMap<(String, String), Outcomes>,
    pub(super) accounts: BTreeMap<AccountId, Moves>,
    /// By the hour in which they expire.
    pub(super) expiries: BTreeMap<DateTime<Utc>, Stored>,
}

/// Counts on their way to the database.
#[derive(Debug, Default)]
pub(super) struct Flushing {
    /// The number of the flush. The database knows the last one of each process.
    pub(super) number: i64,
    pub(super) counts: Counts,
}

/// Jobs that ended in the same way.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Outcomes {
    pub(super) jobs: i64,
    pub(super) wait: Histogram,
    pub(super) render: Histogram,
}

/// What an account moved, and what was refused.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Moves {
    pub(super) debits: i64,
    pub(super) refunds: i64,
    pub(super) refused: i64,
}

/// Results that expire in the same hour.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Stored {
    pub(super) results: i64,
    pub(super) bytes: i64,
}

impl Counts {
    /// Counts jobs accepted, and their debit.
    pub(crate) fn submitted(&mut self, account: AccountId, jobs: usize, credits: i64) {
        self.submitted += saturated(jobs);
        self.of_account(account, |moves| moves.debits += credits);
    }

    /// Counts a submission of which at least one job was refused.
    pub(crate) fn refused(&mut self, account: AccountId) {
        self.of_account(account, |moves| moves.refused += 1);
    }

    /// Counts one job completed, by the work that it was.
    pub(crate) fn completed(&mut self, bytes: usize, render_ms: u64) {
        self.completed += 1;
        self.result_bytes += saturated(bytes);
        self.render_ms += i64::try_from(render_ms).unwrap_or(i64::MAX);
    }

    /// Counts the end of a job, by its type and error code. Without an attempt there is nothing to measure.
    pub(crate) fn ended(&mut self, kind: &str, code: &str, wait_ms: Option<i64>, render_ms: Option<i64>) {
        let outcomes = self.outcomes.entry((kind.to_owned(), code.to_owned())).or_default();
        outcomes.jobs += 1;
        if let Some(ms) = wait_ms {
            outcomes.wait.record(ms);
        }
        if let Some(ms) = render_ms {
            outcomes.render.record(ms);
        }
    }

    /// Counts a job failed, and its refund.
    pub(crate) fn failed(&mut self, account: AccountId, credits: i64) {
        self.failed += 1;
        self.of_account(account, |moves| moves.refunds += credits);
    }

    /// Counts a result, by the time at which it expires.
    pub(crate) fn stored(&mut self, expires_at: DateTime<Utc>, bytes: usize) {
        let hour = expires_at.duration_trunc(TimeDelta::hours(1)).unwrap_or(expires_at);
        let stored = self.expiries.entry(hour).or_default();
        stored.results += 1;
        stored.bytes += saturated(bytes);
    }

    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn of_account(&mut self, account: AccountId, count: impl FnOnce(&mut Moves)) {
        if self.accounts.len() < MAX_ACCOUNTS || self.accounts.contains_key(&account) {
            count(self.accounts.entry(account).or_default());
        }
    }
}

fn saturated(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{Counts, MAX_ACCOUNTS};

    #[test]
    fn the_number_of_accounts_in_memory_is_bounded() {
        let mut counts = Counts::default();
        let ids: Vec<_> = (0..MAX_ACCOUNTS as u128 + 5).map(|id| Uuid::from_u128(id).into()).collect();
        for id in ids.iter().chain(ids.first()) {
            counts.submitted(*id, 1, 2);
        }

        assert_eq!((counts.accounts.len(), counts.submitted), (MAX_ACCOUNTS, 10_006));
        assert_eq!(counts.accounts[&ids[0]].debits, 4, "those that are known are counted on");
    }

    #[test]
    fn a_result_is_counted_in_the_hour_in_which_it_expires() {
        let mut counts = Counts::default();
        for time in ["2026-05-01T12:00:00Z", "2026-05-01T12:59:59Z", "2026-05-01T13:00:00Z"] {
            counts.stored(time.parse().expect("a time"), 5);
        }
        let hours: Vec<_> = counts.expiries.iter().map(|(hour, stored)| (hour.to_rfc3339(), stored.results)).collect();
        assert_eq!(hours, [("2026-05-01T12:00:00+00:00".to_owned(), 2), ("2026-05-01T13:00:00+00:00".to_owned(), 1)]);
    }
}
