//! The descendants of a process, and a way to wait for their exit once it has exited itself.

use nix::errno::Errno;
use nix::sys::prctl::set_child_subreaper;
use nix::sys::wait::waitpid;
use nix::unistd::Pid;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::TEST_TIMEOUT;
use crate::processes::{ProcessTree, command_line, kill_process, parent};

/// The descendants of a process, parents before children.
pub struct Descendants(Vec<i32>);

impl Descendants {
    /// Records the descendants of a process.
    ///
    /// From now on, orphans become children of the test process, which can then wait for them.
    pub fn of(ancestor: i32) -> Self {
        set_child_subreaper(true).expect("Linux supports subreapers");
        Self(ProcessTree::below(ancestor).by_depth())
    }

    /// Returns their command lines.
    pub fn commands(&self) -> Vec<String> {
        self.0.iter().map(|pid| command_line(*pid).unwrap_or_default()).collect()
    }

    /// Kills the first process whose command line contains this text.
    pub fn kill(&self, text: &str) {
        let matching = self.0.iter().zip(self.commands()).find(|(_, command)| command.contains(text));
        kill_process(*matching.expect("a matching process").0);
    }

    /// Waits for each to exit, parents first: the test process can wait for a process only once
    /// the parent of that process has exited.
    pub async fn wait_until_exited(self) {
        let exits = spawn_blocking(move || self.0.into_iter().for_each(wait_until_exited));
        timeout(TEST_TIMEOUT, exits)
            .await
            .expect("every descendant exits")
            .expect("no descendant outlives its ancestor");
    }
}

fn wait_until_exited(pid: i32) {
    match waitpid(Pid::from_raw(pid), None) {
        Ok(_) => {}
        Err(Errno::ECHILD) => assert!(parent(pid).is_none(), "process {pid} outlived its ancestor"),
        Err(error) => panic!("process {pid}: {error}"),
    }
}
