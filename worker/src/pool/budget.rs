//! The budget: which browsers at rest are ended, so that all together use no more memory than allowed.

use std::time::Duration;

use service::limits;
use tracing::info;

use super::count::Count;
use super::metrics::End;
use crate::browser::SiteIsolation;
use crate::config::Config;

/// What a browser counts as until it is measured: what one uses that has rendered a page.
pub(super) const ESTIMATE: u64 = 100 * MIB;

/// After how long without a job a browser is ended. An account that renders every few minutes keeps
/// its browser; another gives the memory back.
const MAX_REST: Duration = Duration::from_mins(10);

/// This part of the memory is kept available for pages: browsers at rest are ended before the system
/// has none left, and kills any process.
const RESERVED_PART: u64 = 16;

/// The processes and threads of a browser at rest: 40 were counted.
const TASKS_PER_BROWSER: u64 = 50;

/// The files of a browser at rest that the worker has open: 6 were counted.
const FILES_PER_BROWSER: u64 = 10;

const MIB: u64 = 1024 * 1024;

/// What the browsers of a pool may use.
#[derive(Debug, Clone, Copy)]
pub(super) struct Budget {
    /// How many browsers of each kind are kept, whatever they use.
    pub(super) slots: usize,
    /// The memory of all browsers, in bytes.
    pub(super) memory: u64,
    /// The number of browsers that serve an account.
    pub(super) browsers: usize,
}

/// A browser at rest.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rest {
    pub(super) isolation: SiteIsolation,
    pub(super) memory: u64,
    pub(super) duration: Duration,
}

impl Budget {
    /// Returns the configured budget, or else half of the memory that is available now.
    pub(super) fn new(config: &Config) -> Self {
        let half = || limits::memory_now().map_or(0, |memory| memory.available / 2);
        let memory = config.pool_memory.map_or_else(half, |mib| u64::from(mib) * MIB);
        let slots = u64::from(config.slots);
        let tasks = limits::processes().map_or(u64::MAX, |tasks| tasks.saturating_sub(crate::limits::tasks(slots)));
        let files = limits::raise_open_files().saturating_sub(crate::limits::files(slots));
        let browsers = 2 * slots + (tasks / TASKS_PER_BROWSER).min(files / FILES_PER_BROWSER);
        info!(memory_mib = memory / MIB, "browsers of accounts are kept while their memory is within this");
        Self { slots: config.slots.into(), memory, browsers: usize::try_from(browsers).unwrap_or(usize::MAX) }
    }

    /// Returns which of the browsers at rest are to be ended, as ascending indices, and why. `resting` has the longest
    /// at rest first; `others` is the memory of all others, `in_service` counts those that serve an account,
    /// and `shortage` is how much memory the system needs.
    ///
    /// As many as there are slots remain of each kind, so that a small budget is no worse than none.
    pub(super) fn excess(
        self,
        resting: &[Rest],
        others: u64,
        mut in_service: Count,
        shortage: u64,
    ) -> Vec<(usize, End)> {
        let mut memory = resting.iter().map(|rest| rest.memory).sum::<u64>() + others;
        let mut short = shortage;
        let mut ended = Vec::new();
        for (index, rest) in resting.iter().enumerate() {
            let end = if rest.duration > MAX_REST {
                End::Idle
            } else if memory > self.memory || in_service.sum() > self.browsers {
                End::Surplus
            } else if short > 0 {
                End::Pressure
            } else {
                break;
            };
            if in_service.get(rest.isolation) > self.slots {
                *in_service.get_mut(rest.isolation) -= 1;
                memory -= rest.memory;
                short = short.saturating_sub(rest.memory);
                ended.push((index, end));
            }
        }
        ended
    }
}

/// Returns how much memory the system lacks for pages, in bytes.
pub(super) fn shortage() -> u64 {
    limits::memory_now().map_or(0, |memory| (memory.total / RESERVED_PART).saturating_sub(memory.available))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Budget, Count, MAX_REST, Rest, SiteIsolation};

    const LONG: Duration = MAX_REST.saturating_add(Duration::from_secs(1));
    const SHORT: Duration = Duration::from_secs(1);

    fn rest(memory: u64, duration: Duration) -> Rest {
        Rest { isolation: SiteIsolation::On, memory, duration }
    }

    /// What ends of the browsers at rest of a pool with one slot, a memory of 1,000 and at most eight browsers.
    fn excess(resting: &[Rest], others: u64, busy: usize, shortage: u64) -> Vec<(usize, &'static str)> {
        let mut in_service = Count::default();
        for rest in resting {
            *in_service.get_mut(rest.isolation) += 1;
        }
        *in_service.get_mut(SiteIsolation::On) += busy;
        let budget = Budget { slots: 1, memory: 1000, browsers: 8 };
        let excess = budget.excess(resting, others, in_service, shortage);
        excess.into_iter().map(|(index, end)| (index, end.name())).collect()
    }

    #[test]
    fn the_longest_at_rest_end_first_until_the_others_fit_into_the_budget() {
        let resting = [rest(300, SHORT), rest(200, SHORT), rest(300, SHORT)];

        assert_eq!(excess(&resting, 200, 1, 0), []);
        assert_eq!(excess(&resting, 201, 1, 0), [(0, "surplus")]);
        assert_eq!(excess(&resting, 501, 1, 0), [(0, "surplus"), (1, "surplus")]);
        assert_eq!(excess(&resting, 5000, 1, 0).len(), 3, "browsers in use may exceed it alone");
    }

    #[test]
    fn a_browser_of_each_kind_remains_for_each_slot_however_small_the_budget_is() {
        let pdf = Rest { isolation: SiteIsolation::Off, ..rest(900, SHORT) };

        assert_eq!(excess(&[rest(900, SHORT), pdf], 900, 0, 0), []);
        assert_eq!(excess(&[rest(900, SHORT), pdf, rest(100, SHORT)], 900, 0, 900), [(0, "surplus")]);
        assert_eq!(excess(&[rest(900, LONG)], 0, 0, 0), []);
    }

    #[test]
    fn no_more_serve_accounts_than_the_system_has_processes_for() {
        assert_eq!(excess(&[rest(1, SHORT); 9], 0, 0, 0), [(0, "surplus")]);
    }

    #[test]
    fn those_that_had_no_job_for_long_end() {
        assert_eq!(excess(&[rest(1, LONG), rest(1, LONG), rest(1, SHORT)], 0, 0, 0), [(0, "idle"), (1, "idle")]);
    }

    #[test]
    fn under_memory_pressure_as_many_end_as_the_system_needs() {
        let resting = [rest(100, SHORT); 4];

        assert_eq!(excess(&resting, 0, 0, 150), [(0, "pressure"), (1, "pressure")]);
        assert_eq!(excess(&resting, 0, 0, 5000).len(), 3, "all but the one of the slot");
    }
}
