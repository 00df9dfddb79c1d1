//! The memory watchdog: measures browsers, flags those over the limit, and ends idle ones whose memory
//! is needed. A page can allocate gigabytes within seconds.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use nix::unistd::Pid;
use procfs::ProcResult;
use procfs::process::{Process, Status, all_processes};
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::browsers::BrowserPool;
use super::budget;
use crate::browser::BrowserState;

/// How often browsers are measured. A page that allocates as fast as it can allocates a quarter
/// of a gigabyte in this time.
const INTERVAL: Duration = Duration::from_millis(400);

/// How often the worker and all of its browsers are measured, for operators.
const TOTAL_INTERVAL: Duration = Duration::from_secs(10);

/// The memory of this worker and its browsers, as it was measured last. Clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct MemoryUse(Arc<AtomicU64>);

impl MemoryUse {
    /// In bytes; `None` if it was not measured yet.
    pub(crate) fn bytes(&self) -> Option<u64> {
        Some(self.0.load(Ordering::Relaxed)).filter(|bytes| *bytes > 0)
    }

    /// Records that of the browsers, and adds the worker's own.
    fn record(&self, browsers: u64) {
        let own = Process::myself().and_then(|own| own.status()).map_or(0, |status| own_bytes(&status));
        self.0.store(own + browsers, Ordering::Relaxed);
    }
}

/// Measures the browsers that are in use or new until dropped, and at longer intervals all of them; ends those at rest whose
/// memory is needed. `limit` is that of a browser, in bytes.
pub(crate) async fn watch(pool: BrowserPool, limit: u64, total: MemoryUse) {
    let mut ticks = interval(INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut total_due_at = Instant::now();
    loop {
        ticks.tick().await;
        if total_due_at <= Instant::now() {
            total.record(measure_each(&pool.all(), limit));
            total_due_at = Instant::now() + TOTAL_INTERVAL;
        } else {
            let due = |(_, state): &(Pid, Arc<BrowserState>)| state.is_busy() || state.memory() == 0;
            let browsers: Vec<_> = pool.all().into_iter().filter(due).collect();
            measure_each(&browsers, limit);
        }
        pool.end_excess(budget::shortage());
    }
}

/// Measures these browsers, and returns their sum.
fn measure_each(browsers: &[(Pid, Arc<BrowserState>)], limit: u64) -> u64 {
    if browsers.is_empty() {
        return 0;
    }
    let mut memory: HashMap<i32, u64> = browsers.iter().map(|(group, _)| (group.as_raw(), 0)).collect();
    measure(&mut memory);
    for (group, state) in browsers {
        state.record_memory(memory.get(&group.as_raw()).copied().unwrap_or_default(), limit);
    }
    memory.values().sum()
}

/// Adds up the memory of the processes in each process group.
fn measure(groups: &mut HashMap<i32, u64>) {
    let Ok(processes) = all_processes() else { return };
    for process in processes.flatten() {
        // A process that is gone has exited since it was listed.
        let _exited = add(&process, groups);
    }
}

fn add(process: &Process, groups: &mut HashMap<i32, u64>) -> ProcResult<()> {
    let stat = process.stat()?;
    if let Some(memory) = groups.get_mut(&stat.pgrp) {
        // A kernel may lack fields that `procfs` requires of a status. The resident size counts
        // mapped files, too, so it overestimates, and the limit still holds.
        *memory +=
            process.status().map_or_else(|_incomplete| stat.rss * procfs::page_size(), |status| own_bytes(&status));
    }
    Ok(())
}

/// The anonymous and shared memory of a process, without mapped files, which all browsers share.
fn own_bytes(status: &Status) -> u64 {
    (status.rssanon.unwrap_or_default() + status.rssshmem.unwrap_or_default()) * 1024
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use procfs::FromRead;
    use procfs::process::{Process, Stat};

    use super::{measure, own_bytes};

    #[test]
    fn the_process_group_is_read_whatever_the_name_of_the_process() {
        let numbers = " 0".repeat(45);
        let group = |stat: &str| Stat::from_read(stat.as_bytes()).ok().map(|stat| stat.pgrp);

        assert_eq!(group(&format!("17 (a) b (c) S 1 42 42{numbers}\n")), Some(42));
        assert_eq!(group(""), None);
    }

    #[test]
    fn mapped_files_are_not_counted() {
        let mut status = Process::myself().and_then(|own| own.status()).expect("the status of this process");
        (status.vmrss, status.rssanon) = (Some(900), Some(100));
        (status.rssfile, status.rssshmem) = (Some(700), Some(28));

        assert_eq!(own_bytes(&status), 128 * 1024);
    }

    #[test]
    fn the_memory_of_a_process_counts_for_its_group() {
        let group = Process::myself().and_then(|own| own.stat()).expect("the stat of this process").pgrp;
        let mut groups = HashMap::from([(group, 0)]);

        measure(&mut groups);

        assert!(groups.get(&group).is_some_and(|bytes| *bytes > 0), "{groups:?}");
    }
}
