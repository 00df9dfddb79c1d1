//! The limits of the system, compared with what the slots need.

use std::env::temp_dir;

use service::limits;
use tracing::warn;

use crate::config::Config;

/// The files that a hostile page can make the worker open, and those of the worker itself.
const FILES_PER_SLOT: u64 = 1024;
const OWN_FILES: u64 = 1024;

/// The processes and threads of the browsers of a slot, about 40 each and more with a page, and those
/// of the worker and its clean browsers.
const TASKS_PER_SLOT: u64 = 200;
const OWN_TASKS: u64 = 200;

/// The memory of an ordinary page and its browser, and of the worker.
const MEMORY_PER_SLOT: u64 = 250 * MIB;
const OWN_MEMORY: u64 = 100 * MIB;

/// The profiles of a slot's browsers, and a file that is being printed.
const DISK_PER_SLOT: u64 = 100 * MIB;

const MIB: u64 = 1024 * 1024;

/// Raises the limits that this process may raise, and logs in one warning which others are lower
/// than the slots need. The number of slots remains as configured.
pub fn raise_limits(config: &Config) {
    let open_files = limits::raise_open_files();
    let directory = temp_dir();
    let limits = Limits {
        open_files: Some(open_files),
        tasks: limits::processes(),
        memory: limits::memory(),
        disk: limits::free_space(&directory),
    };
    let shortages = limits.shortages(config.slots.into(), config.memory_limit());
    if !shortages.is_empty() {
        warn!("the system's limits are low for {} slots: {}", config.slots, shortages.join("; "));
    }
}

/// How many open files the slots need.
pub(crate) fn files(slots: u64) -> u64 {
    slots * FILES_PER_SLOT + OWN_FILES
}

/// How many processes and threads the slots need.
pub(crate) fn tasks(slots: u64) -> u64 {
    slots * TASKS_PER_SLOT + OWN_TASKS
}

/// What the system allows; `None` without a limit.
#[derive(Debug, Clone, Copy)]
struct Limits {
    open_files: Option<u64>,
    tasks: Option<u64>,
    memory: Option<u64>,
    disk: Option<u64>,
}

impl Limits {
    fn shortages(self, slots: u64, browser_memory: u64) -> Vec<String> {
        let needs = [
            (self.open_files, files(slots), 1, "open files", "raise LimitNOFILE= or ulimit -n"),
            (self.tasks, tasks(slots), 1, "processes", "raise TasksMax=, pids.max or ulimit -u"),
            (
                self.memory,
                slots * MEMORY_PER_SLOT + OWN_MEMORY,
                MIB,
                "MiB of memory",
                "raise MemoryMax=, or lower TINTYPE_SLOTS",
            ),
            (self.memory, browser_memory, MIB, "MiB of memory for one page", "lower TINTYPE_BROWSER_MEMORY"),
            (self.disk, slots * DISK_PER_SLOT, MIB, "MiB for temporary files", "set TMPDIR to a larger disk"),
        ];
        let short = needs.into_iter().filter_map(|(limit, need, unit, what, way_out)| {
            let limit = limit.filter(|limit| *limit < need)?;
            Some(format!("{} {what} instead of {} ({way_out})", limit / unit, need / unit))
        });
        short.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Limits, MIB};

    const NONE: Limits = Limits { open_files: None, tasks: None, memory: None, disk: None };

    #[test]
    fn each_limit_that_is_lower_than_the_slots_need_is_named_with_the_way_out() {
        for (limits, named) in [
            (NONE, vec![]),
            (Limits { open_files: Some(3 * 1024), ..NONE }, vec![]),
            (Limits { open_files: Some(1024), ..NONE }, vec!["1024 open files instead of 3072 (raise LimitNOFILE="]),
            (Limits { tasks: Some(64), ..NONE }, vec!["64 processes instead of 600 (raise TasksMax="]),
            (Limits { memory: Some(4096 * MIB), disk: Some(200 * MIB), ..NONE }, vec![]),
            (
                Limits { memory: Some(1024 * MIB), ..NONE },
                vec!["1024 MiB of memory for one page instead of 2048 (lower"],
            ),
            (
                Limits { memory: Some(512 * MIB), disk: Some(0), ..NONE },
                vec!["512 MiB of memory instead of 600", "512 MiB of memory for one page", "0 MiB for temporary files"],
            ),
        ] {
            let shortages = limits.shortages(2, 2048 * MIB);

            assert_eq!(shortages.len(), named.len(), "{shortages:?}");
            assert!(shortages.iter().zip(named).all(|(text, start)| text.starts_with(start)), "{shortages:?}");
        }
    }
}
