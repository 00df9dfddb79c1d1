//! What processes cost: processor time and memory, from `/proc`.

use std::collections::{HashMap, HashSet};
use std::fs;

use anyhow::Context;
use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::Pid;

/// Milliseconds in a tick of `/proc`: Linux shows all of them a hundred to the second.
const TICK: f64 = 10.0;

/// All processes at a moment.
#[derive(Debug)]
pub(crate) struct Moment {
    processes: HashMap<u32, Process>,
    busy: f64,
}

#[derive(Debug)]
struct Process {
    parent: u32,
    name: String,
    own: f64,
    reaped: f64,
}

/// Processor time in milliseconds, by who used it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Spent {
    /// By browsers.
    pub(crate) browser: f64,
    /// By Postgres.
    pub(crate) postgres: f64,
    /// By the rest.
    pub(crate) rest: f64,
}

/// Who is looked at: the roots of its processes, and what its browser's are called.
#[derive(Debug, Clone)]
pub(crate) struct Roots {
    /// The roots.
    pub(crate) pids: Vec<u32>,
    /// The name of a browser's process, as Linux cuts it.
    pub(crate) browser: String,
}

/// Lets processes whose parent is gone become ours, instead of being lost with the time that they used.
pub(crate) fn adopt_orphans() -> anyhow::Result<()> {
    nix::sys::prctl::set_child_subreaper(true).context("adopting orphans")
}

impl Roots {
    /// Of these processes, with this browser.
    pub(crate) fn new(pids: Vec<u32>, browser: &std::path::Path) -> Self {
        let name = browser.file_name().unwrap_or_default().to_string_lossy().chars().take(15).collect();
        Self { pids, browser: name }
    }
}

impl Moment {
    /// Looks at all processes.
    pub(crate) fn now() -> anyhow::Result<Self> {
        let mut processes = HashMap::new();
        for entry in fs::read_dir("/proc")? {
            let Some(pid) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
            // One may end while it is looked at.
            if let Some(process) = fs::read_to_string(format!("/proc/{pid}/stat")).ok().and_then(|it| parse(&it)) {
                processes.insert(pid, process);
            }
        }
        let whole = fs::read_to_string("/proc/stat")?;
        let busy = whole.lines().next().and_then(busy_of).context("/proc/stat is not as expected")?;
        Ok(Self { processes, busy })
    }

    /// A process and all below it.
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

    /// What these have spent so far, and orphans of browsers, buried or not: only one contender at a time has any.
    /// Whom something else than a browser reaped was a browser: nobody here has other children that end, except
    /// Postgres.
    pub(crate) fn spent(&self, roots: &Roots) -> Spent {
        let mut spent = Spent::default();
        let mut pids = self.tree(&roots.pids);
        pids.extend(self.orphans(&roots.browser));
        let ours = std::process::id();
        if !pids.contains(&ours) {
            spent.browser += self.processes.get(&ours).map_or(0.0, |process| process.reaped);
        }
        for pid in pids {
            let Some(process) = self.processes.get(&pid) else { continue };
            if process.name == "postgres" {
                spent.postgres += process.own + process.reaped;
            } else if process.name == roots.browser {
                spent.browser += process.own + process.reaped;
            } else {
                spent.rest += process.own;
                spent.browser += process.reaped;
            }
        }
        spent
    }

    /// Browsers' processes whose browser is gone: they are ours, as of [`adopt_orphans`].
    fn orphans(&self, browser: &str) -> impl Iterator<Item = u32> {
        let ours = std::process::id();
        self.processes.iter().filter(move |(_, it)| it.parent == ours && it.name == browser).map(|(pid, _)| *pid)
    }

    /// Looks at all processes, after burying orphans that have ended: the time of many short lives is rounded once.
    pub(crate) fn tidied(roots: &Roots) -> anyhow::Result<Self> {
        for pid in Self::now()?.orphans(&roots.browser).filter_map(|pid| i32::try_from(pid).ok()) {
            // One that still lives is buried another time.
            let _ = waitpid(Pid::from_raw(pid), Some(WaitPidFlag::WNOHANG));
        }
        Self::now()
    }

    /// What the whole machine was busy, the time that others took from it included.
    pub(crate) fn busy(&self) -> f64 {
        self.busy
    }

    /// Whether there is a browser.
    pub(crate) fn has_browsers(&self, roots: &Roots) -> bool {
        self.tree(&roots.pids).iter().any(|pid| self.processes.get(pid).is_some_and(|it| it.name == roots.browser))
    }

    /// The memory of browsers, in MB: what they share counts once.
    pub(crate) fn browser_memory(&self, roots: &Roots) -> f64 {
        let browsers = self.tree(&roots.pids).into_iter();
        let browsers = browsers.filter(|pid| self.processes.get(pid).is_some_and(|it| it.name == roots.browser));
        browsers.filter_map(proportional).sum::<f64>() / 1024.0
    }
}

impl Spent {
    /// All of it.
    pub(crate) fn whole(self) -> f64 {
        self.browser + self.postgres + self.rest
    }

    /// What was spent since.
    pub(crate) fn since(self, before: Self) -> Self {
        Self {
            browser: self.browser - before.browser,
            postgres: self.postgres - before.postgres,
            rest: self.rest - before.rest,
        }
    }
}

/// In kB.
fn proportional(pid: u32) -> Option<f64> {
    let memory = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    let line = memory.lines().find(|line| line.starts_with("Pss:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// The name may hold spaces and brackets; what follows its last bracket does not.
fn parse(stat: &str) -> Option<Process> {
    let (head, tail) = stat.rsplit_once(')')?;
    let (_, name) = head.split_once('(')?;
    let fields: Vec<&str> = tail.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|it| it.parse::<f64>().ok()).map(|ticks| ticks * TICK);
    Some(Process {
        parent: fields.get(1)?.parse().ok()?,
        name: name.to_owned(),
        own: ticks(11)? + ticks(12)?,
        reaped: ticks(13)? + ticks(14)?,
    })
}

/// user, nice, system, irq, softirq, steal: not idle, not waiting.
fn busy_of(line: &str) -> Option<f64> {
    let fields: Vec<f64> = line.split_whitespace().skip(1).filter_map(|it| it.parse().ok()).collect();
    let at = |field: usize| fields.get(field).copied();
    Some((at(0)? + at(1)? + at(2)? + at(5)? + at(6)? + at(7)?) * TICK)
}

#[cfg(test)]
mod tests {
    use super::{busy_of, parse};

    #[test]
    fn a_name_may_hold_brackets() {
        let process = parse("7 (a) b (c)) S 3 1 1 0 -1 0 0 0 0 0 11 12 13 14 20 0").unwrap();

        assert_eq!((process.parent, process.name.as_str()), (3, "a) b (c)"));
        assert!((process.own - 230.0).abs() < 1e-9 && (process.reaped - 270.0).abs() < 1e-9);
    }

    #[test]
    fn idle_time_is_not_busy() {
        assert!((busy_of("cpu  1 2 4 1000 1000 8 16 32 0 0").unwrap() - 630.0).abs() < 1e-9);
    }
}
