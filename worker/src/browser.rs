//! A browser: one Chromium of our own, sandboxed, with nothing of the machine in sight.
//!
//! It runs as an unprivileged user, in a process group, a private directory and, where the
//! system allows it, a network of its own, with an environment of three variables. It is
//! spoken to over a pipe, and speaks to the world through a [`Proxy`] in the worker. One page
//! is rendered in it at a time, for one account as long as it lives. Whatever ends it ends
//! all of it: killing its group, dropping its owner, or the death of the worker.

mod command;
mod context;
mod find;
mod home;
mod init;
mod launcher;
mod namespace;
mod place;
mod process;
mod user;
mod wiped;

pub(crate) use context::{Context, Purpose, Window};
pub(crate) use find::{Binary, find};
pub(crate) use init::Net;
pub(crate) use launcher::{Launcher, Sandbox};
pub(crate) use user::{Identity, identity};
pub(crate) use wiped::NAMELESS;

pub use find::NoBinary;
pub use init::{INIT, become_browser};
pub use process::NotStarted;
pub use user::NoUser;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use nix::unistd::Pid;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::cdp::Client;
use crate::egress::Proxy;
use process::Process;

/// After how many renders a browser gives way to a fresh one: it is not known to leak,
/// and this keeps it that way. Starting one costs as much as three renders.
const RENDERS: u32 = 500;

/// After how long, for the same reason.
const AGE: Duration = Duration::from_hours(1);

/// A running browser. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct Browser {
    client: Client,
    product: Arc<str>,
    proxy: Proxy,
    process: Process,
    _driver: JoinSet<()>,
    /// A context that keeps nothing of those that it has served, and how many connections had
    /// come from nobody's page when the last of them had ended.
    kept: Option<(Context, u64)>,
    state: Arc<State>,
    born: Instant,
    renders: u32,
}

/// What others see and decide about a browser.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// No further job is given to it.
    retired: watch::Sender<bool>,
    /// A job is rendered in it.
    busy: AtomicBool,
    /// Bytes of memory that it took when last looked at.
    memory: AtomicU64,
    /// It takes more memory than it may.
    overgrown: watch::Sender<bool>,
}

/// A browser that nobody talks to any more is given no further job, however that came.
#[derive(Debug)]
struct Heard(Arc<State>);

impl Drop for Heard {
    fn drop(&mut self) {
        self.0.retire();
    }
}

/// Why there is no browser.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Name another user to run it as.
    #[error(transparent)]
    User(#[from] NoUser),
    /// Install one.
    #[error(transparent)]
    Binary(#[from] NoBinary),
    /// It did not start: its message says why.
    #[error(transparent)]
    Process(#[from] NotStarted),
    /// It started, and cannot be talked to. Another may.
    #[error("the browser does not answer: {0}")]
    Mute(String),
}

impl Browser {
    /// Its name and version.
    pub(crate) fn product(&self) -> &str {
        &self.product
    }

    pub(crate) fn proxy(&self) -> &Proxy {
        &self.proxy
    }

    /// The group of its processes.
    pub(crate) fn group(&self) -> Pid {
        self.process.group()
    }

    pub(crate) fn state(&self) -> &Arc<State> {
        &self.state
    }

    /// Whether it is fit for another job.
    pub(crate) fn is_fit(&self) -> bool {
        !self.state.is_retired() && self.renders < RENDERS && self.born.elapsed() < AGE
    }

    /// Kills it, and waits for nothing: whatever spins in it spins no more.
    pub(crate) fn end(&self) {
        self.process.kill_group();
    }

    /// Kills it, and waits for its end.
    pub(crate) async fn kill(self) {
        self.process.kill().await;
    }
}

impl State {
    /// Gives it no further job.
    pub(crate) fn retire(&self) {
        self.retired.send_replace(true);
    }

    /// Waits until no further job is given to it: that it is gone is one of the reasons.
    pub(crate) async fn retired(&self) {
        // The sender is ours: it lives.
        let mut retired = self.retired.subscribe();
        let _retired = retired.wait_for(|retired| *retired).await;
    }

    fn is_retired(&self) -> bool {
        *self.retired.borrow()
    }

    /// Bytes of memory that it took when it was last weighed.
    pub(crate) fn memory(&self) -> u64 {
        self.memory.load(Ordering::Relaxed)
    }

    pub(crate) fn set_busy(&self, busy: bool) {
        self.busy.store(busy, Ordering::Relaxed);
    }

    pub(crate) fn is_busy(&self) -> bool {
        self.busy.load(Ordering::Relaxed)
    }

    /// Takes note of the memory that it takes, of which `most` is the most that it may. One
    /// that has grown halfway there gives way to a fresh one after its job.
    pub(crate) fn weigh(&self, bytes: u64, most: u64) {
        self.memory.store(bytes, Ordering::Relaxed);
        if bytes > most {
            self.overgrown.send_replace(true);
        }
        if bytes > most / 2 {
            self.retire();
        }
    }

    /// Waits until it takes more memory than it may: for ever, in most cases.
    pub(crate) async fn outgrown(&self) {
        // The sender is ours: it lives.
        let mut overgrown = self.overgrown.subscribe();
        let _overgrown = overgrown.wait_for(|overgrown| *overgrown).await;
    }
}

#[cfg(test)]
mod tests {
    use super::State;

    #[test]
    fn a_browser_that_has_grown_halfway_has_had_its_last_job_and_beyond_it_is_stopped() {
        for (bytes, retired, outgrown) in [(50, false, false), (51, true, false), (100, true, false), (101, true, true)]
        {
            let state = State::default();

            state.weigh(bytes, 100);

            assert_eq!((state.is_retired(), *state.overgrown.borrow()), (retired, outgrown), "{bytes}");
            assert_eq!(state.memory(), bytes);
        }
    }
}
