//! The processes below a process, and the proof that they are gone when it is.

use std::collections::BTreeMap;
use std::fs;

use nix::errno::Errno;
use nix::sys::prctl::set_child_subreaper;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::waitpid;
use nix::unistd::Pid;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::PATIENCE;

/// Every process that descends from one, parents before their children.
pub struct Orphans(Vec<i32>);

impl Orphans {
    /// Notes the descendants of a process. From now on whoever loses its parent becomes
    /// this process's child, so that its end can be waited for.
    pub fn adopt(ancestor: i32) -> Self {
        set_child_subreaper(true).expect("Linux knows subreapers");
        let parents: BTreeMap<i32, i32> = fs::read_dir("/proc")
            .expect("/proc is there")
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
            .filter_map(|pid| Some((pid, parent(pid)?)))
            .collect();
        let depth = |pid: i32| {
            let mut lineage = std::iter::successors(Some(pid), |pid| parents.get(pid).copied());
            lineage.position(|pid| pid == ancestor)
        };
        let mut below: Vec<_> = parents.keys().filter_map(|pid| Some((depth(*pid)?, *pid))).collect();
        below.retain(|(depth, _)| *depth > 0);
        below.sort_unstable();
        Self(below.into_iter().map(|(_, pid)| pid).collect())
    }

    /// What they are called.
    pub fn names(&self) -> Vec<String> {
        let name = |pid: &i32| fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        self.0.iter().map(name).collect()
    }

    /// Kills the first of them whose command says so.
    pub fn kill(&self, command: &str) {
        let named = self.0.iter().zip(self.names()).find(|(_, name)| name.contains(command));
        let (pid, _) = named.expect("such a process is there");
        kill(Pid::from_raw(*pid), Signal::SIGKILL).expect("it can be killed");
    }

    /// Waits until all of them have ended, parents before their children, for a child
    /// becomes ours when its parent ends.
    pub async fn gone(self) {
        let ends = spawn_blocking(move || self.0.into_iter().for_each(gone));
        timeout(PATIENCE, ends).await.expect("every descendant ends").expect("none outlives its ancestor");
    }
}

fn gone(pid: i32) {
    match waitpid(Pid::from_raw(pid), None) {
        Ok(_) => {}
        Err(Errno::ECHILD) => assert!(parent(pid).is_none(), "process {pid} outlived its ancestor"),
        Err(error) => panic!("process {pid}: {error}"),
    }
}

/// The parent of a process; `None` where there is no such process.
fn parent(pid: i32) -> Option<i32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(") ")?;
    rest.split(' ').nth(1)?.parse().ok()
}
