//! Control groups: the processor time of processes that have ended and that nobody reaped.
//!
//! The renderers of a killed browser die with their PID namespace, whose kernel ignores `SIGCHLD`: their time reaches
//! no parent, and `/proc` forgets it. A control group keeps it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tokio::process::Command;

/// What the names of groups begin with.
const PREFIX: &str = "tintype-bench.";

/// The file that lists the processes of a group, and moves those that are written to it.
const PROCESSES: &str = "cgroup.procs";

/// How long killed processes may take to end.
const EXIT_TIMEOUT: Duration = Duration::from_secs(2);

/// A contender's group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Member {
    /// Tintype: its API and its workers.
    Tintype,
    /// A raw loop or a peer.
    Peer,
}

/// Processor time so far, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GroupTime {
    /// Of a contender.
    pub(crate) contender: f64,
    /// Of this process and of all that it started.
    pub(crate) all: f64,
}

/// The groups of this process: one for all, and one in it for each contender. They are removed when this is dropped.
#[derive(Debug)]
pub(crate) struct Groups {
    parent: PathBuf,
    root: PathBuf,
}

impl Groups {
    /// Moves this process into groups of its own; `None` if the system does not allow it.
    pub(crate) fn enter() -> Option<Self> {
        let parent = own_group()?;
        remove_stale(&parent);
        let root = parent.join(format!("{PREFIX}{}", std::process::id()));
        let groups = Self { parent, root };
        for member in [Member::Tintype, Member::Peer] {
            fs::create_dir_all(groups.dir(member)).ok()?;
        }
        add(&groups.root, std::process::id()).ok()?;
        groups.time(Member::Peer)?;
        Some(groups)
    }

    /// Returns a command that runs in a contender's group. Its streams must be set afterwards.
    pub(crate) fn command(&self, member: Member, command: &Command) -> Command {
        let command = command.as_std();
        let mut inside = Command::new("sh");
        // A process that was moved after its start might have started others already.
        inside.args(["-c", "echo $$ > \"$0\" && exec \"$@\""]).arg(self.dir(member).join(PROCESSES));
        inside.arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => inside.env(name, value),
                None => inside.env_remove(name),
            };
        }
        if let Some(dir) = command.get_current_dir() {
            inside.current_dir(dir);
        }
        inside
    }

    /// Returns the processor time of a contender, and of all.
    pub(crate) fn time(&self, member: Member) -> Option<GroupTime> {
        Some(GroupTime { contender: usage_millis(&self.dir(member))?, all: usage_millis(&self.root)? })
    }

    /// Kills what is left of a contender.
    pub(crate) fn kill(&self, member: Member) {
        // Older kernels cannot: then the next contender's figures contain what is left.
        let _ = fs::write(self.dir(member).join("cgroup.kill"), "1");
    }

    fn dir(&self, member: Member) -> PathBuf {
        self.root.join(match member {
            Member::Tintype => "tintype",
            Member::Peer => "peer",
        })
    }
}

impl Drop for Groups {
    fn drop(&mut self) {
        let _ = add(&self.parent, std::process::id());
        let start = Instant::now();
        for member in [Member::Tintype, Member::Peer] {
            self.kill(member);
            while fs::remove_dir(self.dir(member)).is_err() && start.elapsed() < EXIT_TIMEOUT {
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        // If something else of this process is still in it, the next run removes it.
        let _ = fs::remove_dir(&self.root);
    }
}

/// Returns the group of this process in the unified hierarchy.
fn own_group() -> Option<PathBuf> {
    let mounts = fs::read_to_string("/proc/self/mounts").ok()?;
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let path = groups.lines().find_map(|line| line.strip_prefix("0::/"))?;
    Some(unified_mount(&mounts)?.join(path))
}

fn unified_mount(mounts: &str) -> Option<PathBuf> {
    let mut mounts = mounts.lines().map(|line| line.split(' '));
    let mount = mounts.find_map(|mut fields| Some((fields.nth(1)?, fields.next()?)).filter(|it| it.1 == "cgroup2"));
    mount.map(|(directory, _)| PathBuf::from(directory))
}

/// Removes the groups of runs that were killed. Those with processes cannot be removed.
fn remove_stale(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(PREFIX) {
            for inner in ["tintype", "peer"] {
                let _ = fs::remove_dir(entry.path().join(inner));
            }
            let _ = fs::remove_dir(entry.path());
        }
    }
}

fn add(group: &Path, pid: u32) -> std::io::Result<()> {
    fs::write(group.join(PROCESSES), pid.to_string())
}

fn usage_millis(group: &Path) -> Option<f64> {
    parse_usage(&fs::read_to_string(group.join("cpu.stat")).ok()?)
}

fn parse_usage(stat: &str) -> Option<f64> {
    let micros: f64 = stat.lines().find_map(|line| line.strip_prefix("usage_usec "))?.trim().parse().ok()?;
    Some(micros / 1000.0)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{parse_usage, unified_mount};

    #[test]
    fn processor_time_is_in_milliseconds() {
        let usage = parse_usage("usage_usec 12500\nuser_usec 9000\nsystem_usec 3500\n").unwrap();

        assert!((usage - 12.5).abs() < 1e-9);
    }

    #[test]
    fn the_unified_hierarchy_is_found_beside_older_ones() {
        let hybrid = "cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n";

        assert_eq!(unified_mount(hybrid).as_deref(), Some(Path::new("/sys/fs/cgroup/unified")));
        assert_eq!(unified_mount("proc /proc proc rw 0 0\n"), None);
    }
}
