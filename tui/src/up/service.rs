//! Services: children that are kept running until they are told to stop.

use std::cell::Cell;
use std::convert::Infallible;
use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use tokio::process::Child;
use tokio::time::{Instant, sleep, timeout};

use super::log::Log;
use super::postgres::make_sure_it_ended;
use super::program::Program;
use crate::backoff::rest;
use crate::print;
use crate::text;

/// A child that lived this long died by accident; one that did not may be unable to live.
const STEADY: Duration = Duration::from_secs(10);
/// How often a child may die young before the service has come up.
const CHANCES: u32 = 3;
/// The longest rest before a child is started again.
const LONGEST_REST: Duration = Duration::from_secs(10);

/// A child that cannot live: the service does not come up.
#[derive(Debug, thiserror::Error)]
#[error("{name} does not start ({status}); the end of {log} says:{tail}")]
pub(crate) struct Hopeless {
    name: String,
    status: ExitStatus,
    log: PathBuf,
    tail: String,
}

/// What a death means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    /// The service comes up: who dies young again and again cannot live.
    Starting,
    /// The service is up: who dies is started again, for ever.
    Running,
}

/// How a child is stopped.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ending {
    /// The signal that asks it to stop.
    pub(crate) asked_by: Signal,
    /// How long it may take.
    pub(crate) within: Duration,
    /// The signal for when we are in a hurry.
    pub(crate) hurried_by: Signal,
}

/// A child, and what it takes to keep it running.
#[derive(Debug)]
pub(crate) struct Service {
    name: String,
    program: Program,
    ending: Ending,
    log: Log,
    child: Child,
    group: Option<Pid>,
    /// If it is a Postgres: what its backends live in, who outlive it.
    cluster: Option<PathBuf>,
    started: Instant,
    deaths: u32,
}

impl Service {
    /// Starts a program.
    pub(crate) fn start(name: String, program: Program, ending: Ending, log: Log) -> io::Result<Self> {
        let child = spawn(&program, &log)?;
        let group = pid(&child);
        Ok(Self { name, program, ending, log, child, group, cluster: None, started: Instant::now(), deaths: 0 })
    }

    /// Makes it one that leaves backends behind in a cluster.
    pub(crate) fn with_cluster(self, cluster: PathBuf) -> Self {
        Self { cluster: Some(cluster), ..self }
    }

    /// The process that runs now.
    pub(crate) fn pid(&self) -> Option<Pid> {
        pid(&self.child)
    }

    /// Waits for it to end, which it should not, and says how it did.
    pub(crate) async fn ended(&mut self) -> io::Result<Hopeless> {
        let status = self.child.wait().await?;
        self.sweep().await;
        let (log, tail) = (self.log.path().to_owned(), self.log.tail());
        Ok(Hopeless { name: self.name.clone(), status, log, tail })
    }

    /// Starts it again whenever it dies.
    pub(crate) async fn tend(&mut self, mood: &Cell<Mood>) -> Result<Infallible, super::UpError> {
        loop {
            let ended = self.ended().await?;
            self.deaths = if self.started.elapsed() < STEADY { self.deaths + 1 } else { 1 };
            if mood.get() == Mood::Starting && self.deaths >= CHANCES {
                return Err(ended.into());
            }
            let rest = rest(self.deaths, LONGEST_REST);
            print::note(&format!("{} ended ({}); starting it again in {}", ended.name, ended.status, brief(rest)));
            sleep(rest).await;
            self.again()?;
        }
    }

    /// Starts it once more.
    pub(crate) fn again(&mut self) -> io::Result<()> {
        self.child = spawn(&self.program, &self.log)?;
        self.group = pid(&self.child);
        self.started = Instant::now();
        Ok(())
    }

    /// Asks it to stop, and ends it if it does not in time.
    pub(crate) async fn stop(&mut self) {
        self.end(self.ending.asked_by, self.ending.within).await;
    }

    /// Ends it, as fast as it can take.
    pub(crate) async fn hurry(&mut self) {
        self.end(self.ending.hurried_by, Duration::from_secs(5)).await;
    }

    async fn end(&mut self, signal: Signal, within: Duration) {
        if let Some(pid) = self.pid() {
            let _ = kill(pid, signal);
            if timeout(within, self.child.wait()).await.is_err() {
                print::note(&format!("{} did not stop within {}; ending it", self.name, text::span(within)));
                let _ = killpg(pid, Signal::SIGKILL);
                let _ = self.child.wait().await;
            }
        }
        self.sweep().await;
    }

    /// Ends whatever the child left behind: its process group, and backends, who have left it.
    async fn sweep(&mut self) {
        if let Some(group) = self.group.take() {
            let _ = killpg(group, Signal::SIGKILL);
        }
        if let Some(cluster) = &self.cluster
            && let Err(error) = make_sure_it_ended(cluster).await
        {
            print::note(&error.to_string());
        }
    }
}

fn spawn(program: &Program, log: &Log) -> io::Result<Child> {
    let out = log.writer()?;
    program.command().stdout(out.try_clone()?).stderr(out).spawn().map_err(|error| {
        let asked = if cfg!(target_os = "linux") { "setpriv (of util-linux)" } else { "the program" };
        io::Error::new(error.kind(), format!("{asked} cannot be run: {error}"))
    })
}

fn pid(child: &Child) -> Option<Pid> {
    child.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw)
}

fn brief(time: Duration) -> String {
    if time < Duration::from_secs(1) { format!("{} ms", time.as_millis()) } else { text::span(time) }
}
