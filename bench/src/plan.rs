//! How much is measured.

use std::time::Duration;

use clap::ValueEnum;
use serde::Serialize;

/// The sections, in the order in which they are measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Section {
    /// How fast jobs are enqueued.
    Enqueue,
    /// How fast they are completed.
    Drain,
    /// How fast they are completed by the same slots in several processes.
    Processes,
    /// How soon a job starts.
    Latency,
    /// How many bytes are written per job.
    Wal,
    /// How long a small account waits behind a large one.
    Fairness,
    /// What an open transaction does to the claim.
    Held,
}

impl Section {
    /// All sections.
    pub(crate) const ALL: [Self; 7] =
        [Self::Enqueue, Self::Drain, Self::Processes, Self::Latency, Self::Wal, Self::Fairness, Self::Held];
}

/// How much is measured.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Plan {
    /// The number of runs. The median counts.
    pub(crate) runs: usize,
    /// The approximate duration of a run.
    pub(crate) seconds: f64,
    /// How long jobs are submitted one by one for the start latency.
    pub(crate) latency_seconds: u32,
    /// The number of jobs whose WAL is measured.
    pub(crate) wal_jobs: u32,
    /// The number of jobs of the large account.
    pub(crate) dump: u32,
    /// How long to wait for the small account.
    pub(crate) fairness_timeout: Duration,
    /// How long the transaction is held.
    pub(crate) held: Duration,
    /// The number of accounts where there are many.
    pub(crate) accounts: u32,
}

impl Plan {
    /// Returns the plan of the full table, or of a smoke test.
    pub(crate) fn new(quick: bool, held_minutes: Option<f64>) -> Self {
        let plan = if quick { Self::quick() } else { Self::full() };
        Self { held: held_minutes.map_or(plan.held, |minutes| Duration::from_secs_f64(minutes * 60.0)), ..plan }
    }

    fn full() -> Self {
        Self {
            runs: 3,
            seconds: 4.0,
            latency_seconds: 9,
            wal_jobs: 5_000,
            dump: 10_000,
            fairness_timeout: Duration::from_mins(1),
            held: Duration::from_mins(5),
            accounts: 1_000,
        }
    }

    fn quick() -> Self {
        Self {
            runs: 1,
            seconds: 0.5,
            latency_seconds: 2,
            wal_jobs: 400,
            dump: 1_000,
            fairness_timeout: Duration::from_secs(5),
            held: Duration::from_secs(9),
            accounts: 100,
        }
    }

    /// The length of the first and the last part of holding the transaction, in which claims are measured.
    pub(crate) fn held_window(&self) -> Duration {
        (self.held / 3).min(Duration::from_secs(30))
    }
}
