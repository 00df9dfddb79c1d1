//! The processes below a process, as `/proc` shows them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// The state of a listening socket in the tables of `/proc/net`.
const LISTENING: &str = "0A";

/// A snapshot of the processes below a process, with their command lines.
pub struct ProcessTree {
    ancestor: i32,
    commands: BTreeMap<i32, String>,
    parents: BTreeMap<i32, i32>,
}

impl ProcessTree {
    /// Takes a snapshot. A process that exits during it may be missing.
    pub fn below(ancestor: i32) -> Self {
        let all = fs::read_dir("/proc").expect("/proc is mounted");
        let pids = all.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok());
        let parents: BTreeMap<i32, i32> = pids.filter_map(|pid| Some((pid, parent(pid)?))).collect();
        let mut tree = Self { ancestor, commands: BTreeMap::new(), parents };
        let below = tree.parents.keys().filter(|pid| tree.depth(**pid).is_some_and(|depth| depth > 0));
        tree.commands = below.filter_map(|pid| Some((*pid, command_line(*pid)?))).collect();
        tree
    }

    /// Returns all of them.
    pub fn pids(&self) -> Vec<i32> {
        self.commands.keys().copied().collect()
    }

    /// Returns the process that the ancestor has started first.
    pub fn first(&self) -> Option<i32> {
        self.by_depth().first().copied()
    }

    /// Returns the browsers: the parents of zygotes, which start a browser's other processes.
    pub fn browsers(&self) -> Vec<i32> {
        let zygotes = self.commands.iter().filter(|(_, command)| command.contains("--type=zygote"));
        let parents: BTreeSet<i32> = zygotes.filter_map(|(pid, _)| self.parents.get(pid).copied()).collect();
        let is_browser = |pid: &i32| self.commands.get(pid).is_some_and(|command| !command.contains("--type="));
        parents.into_iter().filter(is_browser).collect()
    }

    /// Returns the renderers.
    pub fn renderers(&self) -> Vec<i32> {
        self.commands.iter().filter(|(_, command)| command.contains("--type=renderer")).map(|(pid, _)| *pid).collect()
    }

    /// Returns the renderer that has used the most CPU time.
    pub fn busiest_renderer(&self) -> i32 {
        self.renderers().into_iter().max_by_key(|pid| user_time(*pid)).expect("a renderer")
    }

    /// Returns the browser that a process belongs to.
    pub fn browser_of(&self, pid: i32) -> i32 {
        let browsers = self.browsers();
        self.lineage(pid).find(|pid| browsers.contains(pid)).expect("a process of a browser")
    }

    /// Returns a process and those below it.
    pub fn subtree(&self, root: i32) -> Vec<i32> {
        self.pids().into_iter().filter(|pid| self.lineage(*pid).any(|pid| pid == root)).collect()
    }

    /// Returns all of them, parents before their children.
    pub(crate) fn by_depth(&self) -> Vec<i32> {
        let mut pids = self.pids();
        pids.sort_by_key(|pid| self.depth(*pid));
        pids
    }

    /// Returns the distance of a process below the ancestor, or `None` if it is not below it.
    fn depth(&self, pid: i32) -> Option<usize> {
        self.lineage(pid).position(|pid| pid == self.ancestor)
    }

    fn lineage(&self, pid: i32) -> impl Iterator<Item = i32> {
        std::iter::successors(Some(pid), |pid| self.parents.get(pid).copied())
    }
}

/// Kills a process with SIGKILL.
pub fn kill_process(pid: i32) {
    kill(Pid::from_raw(pid), Signal::SIGKILL).expect("the process exists");
}

/// Returns a field of `/proc/PID/status`, such as `Seccomp`.
pub fn status(pid: i32, name: &str) -> String {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("the process exists");
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).expect("the field exists");
    line.trim().to_owned()
}

/// Returns the names of a process's environment variables.
pub fn environment_names(pid: i32) -> BTreeSet<String> {
    let environment = fs::read(format!("/proc/{pid}/environ")).expect("the test may read the environment");
    let variables = environment.split(|byte| *byte == 0).filter(|variable| !variable.is_empty());
    let name = |variable: &[u8]| String::from_utf8_lossy(variable).split('=').next().unwrap_or_default().to_owned();
    variables.map(name).collect()
}

/// Returns the addresses at which these processes listen, in the network namespace of another.
pub fn listening_addresses(processes: &[i32], network_of: i32) -> Vec<String> {
    let owned: BTreeSet<String> = processes.iter().flat_map(|pid| sockets(*pid)).collect();
    let mut found = Vec::new();
    for table in ["tcp", "tcp6"] {
        let table = fs::read_to_string(format!("/proc/{network_of}/net/{table}")).unwrap_or_default();
        for line in table.lines().skip(1) {
            let columns: Vec<&str> = line.split_whitespace().collect();
            let [_, local, _, state, _, _, _, _, _, inode, ..] = columns.as_slice() else { continue };
            if *state == LISTENING && owned.contains(*inode) {
                found.push((*local).to_owned());
            }
        }
    }
    found
}

/// Returns the number of open files of a process.
pub fn open_files(pid: i32) -> usize {
    fs::read_dir(format!("/proc/{pid}/fd")).expect("the test may list open files").count()
}

/// Returns the anonymous resident memory of a process, in KiB.
pub fn anonymous_memory(pid: i32) -> u64 {
    status(pid, "RssAnon").trim_end_matches("kB").trim().parse().expect("a number")
}

/// Returns the command line of a process, or `None` if it does not exist.
pub(crate) fn command_line(pid: i32) -> Option<String> {
    let command = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    Some(String::from_utf8_lossy(&command).replace('\0', " "))
}

/// Returns the parent of a process, or `None` if it does not exist.
pub(crate) fn parent(pid: i32) -> Option<i32> {
    stat_field(pid, 1)
}

fn sockets(pid: i32) -> Vec<String> {
    let Ok(files) = fs::read_dir(format!("/proc/{pid}/fd")) else { return Vec::new() };
    let socket = |file: std::io::Result<fs::DirEntry>| {
        let link = fs::read_link(file.ok()?.path()).ok()?;
        Some(link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned())
    };
    files.filter_map(socket).collect()
}

/// Returns the user CPU time of a process, in clock ticks.
fn user_time(pid: i32) -> u64 {
    stat_field(pid, 11).unwrap_or_default()
}

/// Returns a field of `/proc/PID/stat`, counted from the one behind the command's name.
fn stat_field<T: std::str::FromStr>(pid: i32, field: usize) -> Option<T> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(") ")?;
    fields.split(' ').nth(field)?.parse().ok()
}
