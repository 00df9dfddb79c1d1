//! Looking at the processes below a process, as the kernel shows them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// A socket's state, as the kernel's tables write it.
const LISTENING: &str = "0A";

/// The processes below a process at one moment, and what each was started with.
pub struct Tree {
    commands: BTreeMap<i32, String>,
    parents: BTreeMap<i32, i32>,
}

impl Tree {
    /// Looks below a process. What ends meanwhile is not there.
    pub fn below(ancestor: i32) -> Self {
        let all = fs::read_dir("/proc").expect("/proc is there");
        let pids = all.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok());
        let parents: BTreeMap<i32, i32> = pids.filter_map(|pid| Some((pid, parent(pid)?))).collect();
        let is_below =
            |pid: i32| std::iter::successors(parents.get(&pid), |pid| parents.get(pid)).any(|at| *at == ancestor);
        let commands = parents.keys().filter(|pid| is_below(**pid)).filter_map(|pid| Some((*pid, command(*pid)?)));
        Self { commands: commands.collect(), parents }
    }

    /// All of them.
    pub fn pids(&self) -> Vec<i32> {
        self.commands.keys().copied().collect()
    }

    /// The browsers: those that have a zygote, from which their other processes come.
    pub fn browsers(&self) -> Vec<i32> {
        let zygotes = self.commands.iter().filter(|(_, command)| command.contains("--type=zygote"));
        let parents: BTreeSet<i32> = zygotes.filter_map(|(pid, _)| self.parents.get(pid).copied()).collect();
        let is_browser = |pid: &i32| self.commands.get(pid).is_some_and(|command| !command.contains("--type="));
        parents.into_iter().filter(is_browser).collect()
    }

    /// The processes that run pages.
    pub fn renderers(&self) -> Vec<i32> {
        self.commands.iter().filter(|(_, command)| command.contains("--type=renderer")).map(|(pid, _)| *pid).collect()
    }

    /// The process that runs the page which works hardest, among many that rest.
    pub fn busiest_renderer(&self) -> i32 {
        self.renderers().into_iter().max_by_key(|pid| worked(*pid)).expect("a page is run")
    }

    /// The browser that a process is one of.
    pub fn browser_of(&self, pid: i32) -> i32 {
        let browsers = self.browsers();
        let mut line = std::iter::successors(Some(pid), |pid| self.parents.get(pid).copied());
        line.find(|pid| browsers.contains(pid)).expect("a browser's process")
    }

    /// A process and those below it.
    pub fn with_those_below(&self, ancestor: i32) -> Vec<i32> {
        let is_of = |pid: i32| {
            std::iter::successors(Some(pid), |pid| self.parents.get(pid).copied()).any(|pid| pid == ancestor)
        };
        self.pids().into_iter().filter(|pid| is_of(*pid)).collect()
    }
}

/// Kills one process, and nothing else.
pub fn kill_process(pid: i32) {
    kill(Pid::from_raw(pid), Signal::SIGKILL).expect("it is there");
}

/// A line of what the kernel says of a process, such as its `Seccomp`.
pub fn status(pid: i32, name: &str) -> String {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("the process is there");
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).expect("the kernel says it");
    line.trim().to_owned()
}

/// The names of a process's variables.
pub fn variables(pid: i32) -> BTreeSet<String> {
    let environment = fs::read(format!("/proc/{pid}/environ")).expect("root may look");
    let named = environment.split(|byte| *byte == 0).filter(|variable| !variable.is_empty());
    let name = |variable: &[u8]| String::from_utf8_lossy(variable).split('=').next().unwrap_or_default().to_owned();
    named.map(name).collect()
}

/// Where one of these processes listens, in the network of another.
pub fn listens(holders: &[i32], network_of: i32) -> Vec<String> {
    let held: BTreeSet<String> = holders.iter().flat_map(|pid| sockets(*pid)).collect();
    let mut found = Vec::new();
    for table in ["tcp", "tcp6"] {
        let table = fs::read_to_string(format!("/proc/{network_of}/net/{table}")).unwrap_or_default();
        for line in table.lines().skip(1) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [_, local, _, state, _, _, _, _, _, inode, ..] = words.as_slice() else { continue };
            if *state == LISTENING && held.contains(*inode) {
                found.push((*local).to_owned());
            }
        }
    }
    found
}

/// How many files a process has open.
pub fn open_files(pid: i32) -> usize {
    fs::read_dir(format!("/proc/{pid}/fd")).expect("root may look").count()
}

/// The memory of a process that is not shared with files, in KiB.
pub fn memory(pid: i32) -> u64 {
    let words = status(pid, "RssAnon");
    words.trim_end_matches("kB").trim().parse().expect("a number")
}

fn sockets(pid: i32) -> Vec<String> {
    let Ok(files) = fs::read_dir(format!("/proc/{pid}/fd")) else { return Vec::new() };
    let socket = |file: std::io::Result<fs::DirEntry>| {
        let link = fs::read_link(file.ok()?.path()).ok()?;
        Some(link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned())
    };
    files.filter_map(socket).collect()
}

/// How long a process has worked, in ticks of its user's time.
fn worked(pid: i32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let after = stat.rsplit_once(") ").map(|(_, rest)| rest).unwrap_or_default();
    after.split(' ').nth(11).and_then(|ticks| ticks.parse().ok()).unwrap_or_default()
}

fn command(pid: i32) -> Option<String> {
    let command = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    Some(String::from_utf8_lossy(&command).replace('\0', " "))
}

fn parent(pid: i32) -> Option<i32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(") ")?;
    rest.split(' ').nth(1)?.parse().ok()
}
