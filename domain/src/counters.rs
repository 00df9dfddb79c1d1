//! Counters: what the verbs of this process did, added up and written once a second.

mod flush;

pub use flush::flush;

use std::sync::atomic::{AtomicI64, Ordering};

/// Counts since the last flush.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    submitted: AtomicI64,
    completed: AtomicI64,
    failed: AtomicI64,
    result_bytes: AtomicI64,
    render_ms: AtomicI64,
}

impl Counters {
    /// Counts jobs accepted.
    pub(crate) fn submitted(&self, jobs: usize) {
        self.submitted.fetch_add(saturated(jobs as u128), Ordering::Relaxed);
    }

    /// Counts one job completed.
    pub(crate) fn completed(&self, bytes: usize, render_ms: u64) {
        self.completed.fetch_add(1, Ordering::Relaxed);
        self.result_bytes.fetch_add(saturated(bytes as u128), Ordering::Relaxed);
        self.render_ms.fetch_add(saturated(u128::from(render_ms)), Ordering::Relaxed);
    }

    /// Counts jobs failed.
    pub(crate) fn failed(&self, jobs: i64) {
        self.failed.fetch_add(jobs, Ordering::Relaxed);
    }

    fn all(&self) -> [&AtomicI64; 5] {
        [&self.submitted, &self.completed, &self.failed, &self.result_bytes, &self.render_ms]
    }

    fn take(&self) -> [i64; 5] {
        self.all().map(|counter| counter.swap(0, Ordering::Relaxed))
    }

    fn restore(&self, counts: [i64; 5]) {
        for (counter, count) in self.all().iter().zip(counts) {
            counter.fetch_add(count, Ordering::Relaxed);
        }
    }
}

fn saturated(count: u128) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
