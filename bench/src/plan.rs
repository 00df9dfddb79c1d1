//! How much is measured.

use std::time::Duration;

use clap::ValueEnum;
use serde::Serialize;

/// What is measured, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Section {
    /// How fast jobs are enqueued.
    Enqueue,
    /// How fast they are worked off.
    Drain,
    /// How soon a job starts.
    Latency,
    /// How much is written for a job.
    Wal,
    /// How long a small account waits behind a large one.
    Fairness,
    /// What a transaction that is held open does to the claim.
    Held,
}

impl Section {
    /// All of them.
    pub(crate) const ALL: [Self; 6] =
        [Self::Enqueue, Self::Drain, Self::Latency, Self::Wal, Self::Fairness, Self::Held];
}

/// How much is measured.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Plan {
    /// How often. The median counts.
    pub(crate) runs: usize,
    /// For how long, about.
    pub(crate) seconds: f64,
    /// For how long jobs are submitted one by one, to see how soon they start.
    pub(crate) latency_seconds: u32,
    /// How many jobs the bytes are counted of.
    pub(crate) wal_jobs: u32,
    /// How many jobs the large account dumps.
    pub(crate) dump: u32,
    /// How long a small account is waited for.
    pub(crate) fairness_patience: Duration,
    /// For how long the transaction is held.
    pub(crate) held: Duration,
    /// How many accounts are many.
    pub(crate) accounts: u32,
}

impl Plan {
    /// The plan of the table, or of a smoke run.
    pub(crate) fn new(quick: bool, held_minutes: Option<f64>) -> Self {
        let plan = if quick { Self::quick() } else { Self::whole() };
        Self { held: held_minutes.map_or(plan.held, |minutes| Duration::from_secs_f64(minutes * 60.0)), ..plan }
    }

    fn whole() -> Self {
        Self {
            runs: 3,
            seconds: 4.0,
            latency_seconds: 9,
            wal_jobs: 5_000,
            dump: 10_000,
            fairness_patience: Duration::from_mins(1),
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
            fairness_patience: Duration::from_secs(5),
            held: Duration::from_secs(9),
            accounts: 100,
        }
    }

    /// The first and the last part of holding the transaction, in which claims are looked at.
    pub(crate) fn held_part(&self) -> Duration {
        (self.held / 3).min(Duration::from_secs(30))
    }
}
