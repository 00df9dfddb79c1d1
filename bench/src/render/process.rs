//! What processes cost: processor time and memory, from `/proc`.

use std::collections::{HashMap, HashSet};
use std::fs;

use anyhow::Context;
use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::Pid;

use super::groups::{GroupTime, Groups, Member};

/// Milliseconds per tick of `/proc`: Linux always reports one hundred ticks per second.
const TICK_MILLIS: f64 = 10.0;

/// All processes at one moment.
#[derive(Debug)]
pub(crate) struct ProcessSnapshot {
    processes: HashMap<u32, Process>,
    busy_millis: f64,
    group_time: Option<GroupTime>,
}

#[derive(Debug)]
struct Process {
    parent: u32,
    name: String,
    own: f64,
    reaped: f64,
}

/// Processor time in milliseconds, by consumer.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct CpuTime {
    /// Browsers.
    pub(crate) browser: f64,
    /// Postgres.
    pub(crate) postgres: f64,
    /// Everything else of the contender.
    pub(crate) rest: f64,
}

/// The processes of a contender.
#[derive(Debug, Clone)]
pub(crate) struct Roots {
    /// Their roots.
    pub(crate) pids: Vec<u32>,
    /// The name of a browser's process, as Linux truncates it.
    pub(crate) browser: String,
    /// Their control group.
    pub(crate) member: Member,
}

/// Makes this process adopt orphans, so that the time they used is not lost.
pub(crate) fn adopt_orphans() -> anyhow::Result<()> {
    nix::sys::prctl::set_child_subreaper(true).context("adopting orphans")
}

impl Roots {
    /// The contender with these roots and this browser.
    pub(crate) fn new(pids: Vec<u32>, browser: &std::path::Path, member: Member) -> Self {
        let name = browser.file_name().unwrap_or_default().to_string_lossy().chars().take(15).collect();
        Self { pids, browser: name, member }
    }
}

impl ProcessSnapshot {
    /// Reads all processes.
    pub(crate) fn now() -> anyhow::Result<Self> {
        let mut processes = HashMap::new();
        for entry in fs::read_dir("/proc")? {
            let Some(pid) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
            // A process may end while it is read.
            if let Some(process) = fs::read_to_string(format!("/proc/{pid}/stat")).ok().and_then(|it| parse(&it)) {
                processes.insert(pid, process);
            }
        }
        let whole = fs::read_to_string("/proc/stat")?;
        let busy_millis = whole.lines().next().and_then(parse_busy).context("unexpected format of /proc/stat")?;
        Ok(Self { processes, busy_millis, group_time: None })
    }

    /// Returns a process and all of its descendants.
    pub(crate) fn tree(&self, roots: &[u32]) -> HashSet<u32> {
        let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
        for (pid, process) in &self.processes {
            children.entry(process.parent).or_default().push(*pid);
        }
        let mut tree = HashSet::new();
        let mut rest = roots.to_vec();
        while let Some(pid) = rest.pop() {
            if tree.insert(pid) {
                rest.extend(children.get(&pid).into_iter().flatten());
            }
        }
        tree
    }

    /// Returns the processor time of a contender so far. Its group includes browsers that were killed: they used what the
    /// contender's other processes did not.
    pub(crate) fn cpu_time(&self, roots: &Roots) -> CpuTime {
        let mut cpu_time = self.cpu_time_of_processes(roots);
        if let Some(time) = self.group_time {
            cpu_time.browser = time.contender - cpu_time.rest;
        }
        cpu_time
    }

    /// Returns the processor time of all processes that this process started, and its own.
    pub(crate) fn accounted_millis(&self, roots: &Roots, postgres: u32) -> f64 {
        let pids = vec![std::process::id(), postgres];
        let all = || self.cpu_time_of_processes(&Roots { pids, ..roots.clone() }).total();
        self.group_time.map_or_else(all, |time| time.all)
    }

    /// Returns it including orphaned browsers, reaped or not: only one contender at a time has any. A child that was
    /// reaped by a process other than a browser counts as a browser: except for Postgres, no contender has other
    /// children that end.
    fn cpu_time_of_processes(&self, roots: &Roots) -> CpuTime {
        let mut cpu_time = CpuTime::default();
        let mut pids = self.tree(&roots.pids);
        pids.extend(self.orphans(&roots.browser));
        let own_pid = std::process::id();
        if !pids.contains(&own_pid) {
            cpu_time.browser += self.processes.get(&own_pid).map_or(0.0, |process| process.reaped);
        }
        for pid in pids {
            let Some(process) = self.processes.get(&pid) else { continue };
            if process.name == "postgres" {
                cpu_time.postgres += process.own + process.reaped;
            } else if process.name == roots.browser {
                cpu_time.browser += process.own + process.reaped;
            } else {
                cpu_time.rest += process.own;
                cpu_time.browser += process.reaped;
            }
        }
        cpu_time
    }

    /// Returns browser processes whose browser has ended: this process is their parent, see [`adopt_orphans`].
    fn orphans(&self, browser: &str) -> impl Iterator<Item = u32> {
        let own_pid = std::process::id();
        self.processes.iter().filter(move |(_, it)| it.parent == own_pid && it.name == browser).map(|(pid, _)| *pid)
    }

    /// Reads all processes after reaping orphans, so that the time of many short processes is rounded once.
    pub(crate) fn after_reaping(roots: &Roots, groups: Option<&Groups>) -> anyhow::Result<Self> {
        for pid in Self::now()?.orphans(&roots.browser).filter_map(|pid| i32::try_from(pid).ok()) {
            // An orphan that is alive is reaped later.
            let _ = waitpid(Pid::from_raw(pid), Some(WaitPidFlag::WNOHANG));
        }
        let group_time = groups.and_then(|groups| groups.time(roots.member));
        Ok(Self { group_time, ..Self::now()? })
    }

    /// Returns how busy the whole machine was, including time stolen by other guests.
    pub(crate) fn busy_millis(&self) -> f64 {
        self.busy_millis
    }

    /// Whether a browser is running.
    pub(crate) fn has_browsers(&self, roots: &Roots) -> bool {
        !self.browser_processes(roots).is_empty()
    }

    /// The memory of browsers (PSS) in MB: shared memory counts once.
    pub(crate) fn browser_memory(&self, roots: &Roots) -> f64 {
        self.browser_processes(roots).into_iter().filter_map(pss_kb).sum::<f64>() / 1024.0
    }

    /// The number of browsers, each of which has several processes.
    pub(crate) fn count_browsers(&self, roots: &Roots) -> usize {
        let processes = self.browser_processes(roots);
        let has_browser = |pid| self.processes.get(pid).is_some_and(|it| processes.contains(&it.parent));
        processes.iter().filter(|pid| !has_browser(*pid)).count()
    }

    fn browser_processes(&self, roots: &Roots) -> HashSet<u32> {
        let is_browser = |pid: &u32| self.processes.get(pid).is_some_and(|it| it.name == roots.browser);
        self.tree(&roots.pids).into_iter().filter(is_browser).collect()
    }
}

impl CpuTime {
    /// The sum of all.
    pub(crate) fn total(self) -> f64 {
        self.browser + self.postgres + self.rest
    }

    /// Returns the difference to an earlier moment.
    pub(crate) fn since(self, before: Self) -> Self {
        Self {
            browser: self.browser - before.browser,
            postgres: self.postgres - before.postgres,
            rest: self.rest - before.rest,
        }
    }
}

/// In kB.
fn pss_kb(pid: u32) -> Option<f64> {
    let memory = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    let line = memory.lines().find(|line| line.starts_with("Pss:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// The name may contain spaces and parentheses; the fields follow its last parenthesis.
fn parse(stat: &str) -> Option<Process> {
    let (head, tail) = stat.rsplit_once(')')?;
    let (_, name) = head.split_once('(')?;
    let fields: Vec<&str> = tail.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|it| it.parse::<f64>().ok()).map(|ticks| ticks * TICK_MILLIS);
    Some(Process {
        parent: fields.get(1)?.parse().ok()?,
        name: name.to_owned(),
        own: ticks(11)? + ticks(12)?,
        reaped: ticks(13)? + ticks(14)?,
    })
}

/// user, nice, system, irq, softirq, steal: without idle and iowait.
fn parse_busy(line: &str) -> Option<f64> {
    let fields: Vec<f64> = line.split_whitespace().skip(1).filter_map(|it| it.parse().ok()).collect();
    let at = |field: usize| fields.get(field).copied();
    Some((at(0)? + at(1)? + at(2)? + at(5)? + at(6)? + at(7)?) * TICK_MILLIS)
}

#[cfg(test)]
mod tests {
    use super::{parse, parse_busy};

    #[test]
    fn a_process_name_may_contain_parentheses() {
        let process = parse("7 (a) b (c)) S 3 1 1 0 -1 0 0 0 0 0 11 12 13 14 20 0").unwrap();

        assert_eq!((process.parent, process.name.as_str()), (3, "a) b (c)"));
        assert!((process.own - 230.0).abs() < 1e-9 && (process.reaped - 270.0).abs() < 1e-9);
    }

    #[test]
    fn idle_time_is_not_busy() {
        assert!((parse_busy("cpu  1 2 4 1000 1000 8 16 32 0 0").unwrap() - 630.0).abs() < 1e-9);
    }
}
