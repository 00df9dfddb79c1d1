//! The response to `GET /v1/usage`.

use chrono::NaiveDate;
use poem_openapi::Object;

/// The usage of an account per day, in UTC.
#[derive(Debug, Clone, Object)]
pub(crate) struct Usage {
    /// The first day.
    pub(crate) from: NaiveDate,
    /// The last day.
    pub(crate) to: NaiveDate,
    /// Every day of the period, in order, including days without jobs.
    pub(crate) days: Vec<UsageDay>,
}

/// The usage of one day.
#[derive(Debug, Clone, Object)]
pub(crate) struct UsageDay {
    /// The day, in UTC.
    pub(crate) date: NaiveDate,
    /// The number of jobs submitted.
    pub(crate) jobs: i64,
    /// The number of credits debited for them.
    pub(crate) credits: i64,
    /// The number of jobs that failed on this day.
    pub(crate) failures: i64,
    /// The number of credits refunded for them.
    pub(crate) refunds: i64,
}

impl From<domain::usage::Usage> for Usage {
    fn from(usage: domain::usage::Usage) -> Self {
        let domain::usage::Usage { from, to, days } = usage;
        Self { from, to, days: days.into_iter().map(UsageDay::from).collect() }
    }
}

impl From<domain::usage::Day> for UsageDay {
    fn from(day: domain::usage::Day) -> Self {
        let domain::usage::Day { date, jobs, credits, failures, refunds } = day;
        Self { date, jobs, credits, failures, refunds }
    }
}
