//! The state of a browser that its owner shares with the pool.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::sync::watch;

/// The state of a browser that its owner shares with the pool.
#[derive(Debug, Default)]
pub(crate) struct BrowserState {
    /// Why the browser gets no further job, if it gets none.
    retired: watch::Sender<Option<Retirement>>,
    /// Whether a job is being rendered.
    busy: AtomicBool,
    /// The latest measurement, in bytes.
    memory: AtomicU64,
    over_memory_limit: watch::Sender<bool>,
}

/// Why a browser gets no further job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Retirement {
    /// It has ended by itself.
    Exited,
    /// It used much memory.
    Memory,
    /// A job may have damaged it, or it could not be prepared for the next one.
    Damaged,
}

impl BrowserState {
    /// Excludes the browser from further jobs. The first reason is kept.
    pub(crate) fn retire(&self, reason: Retirement) {
        self.retired.send_if_modified(|retired| {
            let is_first = retired.is_none();
            retired.get_or_insert(reason);
            is_first
        });
    }

    /// Returns why the browser gets no further job, if it gets none.
    pub(crate) fn retirement(&self) -> Option<Retirement> {
        *self.retired.borrow()
    }

    /// Waits until the browser is retired, for example because it ended.
    pub(crate) async fn until_retired(&self) {
        // Cannot fail: `self` owns the sender.
        let mut retired = self.retired.subscribe();
        let _retired = retired.wait_for(Option::is_some).await;
    }

    pub(super) fn is_retired(&self) -> bool {
        self.retirement().is_some()
    }

    /// Returns the latest measurement of the browser's memory, in bytes.
    pub(crate) fn memory(&self) -> u64 {
        self.memory.load(Ordering::Relaxed)
    }

    pub(crate) fn set_busy(&self, busy: bool) {
        self.busy.store(busy, Ordering::Relaxed);
    }

    pub(crate) fn is_busy(&self) -> bool {
        self.busy.load(Ordering::Relaxed)
    }

    /// Records a measurement of the browser's memory. Beyond half of `limit` the browser is
    /// retired after its job; beyond `limit` its job is stopped.
    pub(crate) fn record_memory(&self, bytes: u64, limit: u64) {
        self.memory.store(bytes, Ordering::Relaxed);
        if bytes > limit {
            self.over_memory_limit.send_replace(true);
        }
        if bytes > limit / 2 {
            self.retire(Retirement::Memory);
        }
    }

    /// Waits until the browser exceeds its memory limit, which most never do.
    pub(crate) async fn until_over_memory_limit(&self) {
        // Cannot fail: `self` owns the sender.
        let mut over_limit = self.over_memory_limit.subscribe();
        let _over_limit = over_limit.wait_for(|over_limit| *over_limit).await;
    }
}

#[cfg(test)]
mod tests {
    use super::BrowserState;

    #[test]
    fn a_browser_is_retired_beyond_half_of_its_memory_limit_and_stopped_beyond_all_of_it() {
        for (bytes, retired, over_limit) in
            [(50, false, false), (51, true, false), (100, true, false), (101, true, true)]
        {
            let state = BrowserState::default();

            state.record_memory(bytes, 100);

            assert_eq!((state.is_retired(), *state.over_memory_limit.borrow()), (retired, over_limit), "{bytes}");
            assert_eq!(state.memory(), bytes);
        }
    }
}
