//! Children: processes that are restarted when they exit, until they are stopped.

use std::cell::Cell;
use std::convert::Infallible;
use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use tokio::time::{Instant, sleep, timeout};

use super::log::{Log, OutputEnd};
use super::postgres::stale;
use super::program::Program;
use crate::backoff;
use crate::output;
use crate::output::format;

/// A child that ran for this long counts as stable: its exit starts a new count.
const STABLE_AFTER: Duration = Duration::from_secs(10);
/// While the service starts, a child that exits this many times in a row is not restarted.
const MAX_START_ATTEMPTS: u32 = 3;
/// The longest delay before a restart.
const MAX_RESTART_DELAY: Duration = Duration::from_secs(10);
/// How long a child may take to end after its force signal.
const FORCE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the last output of a child that has ended may take to arrive.
const OUTPUT_TIMEOUT: Duration = Duration::from_secs(1);

/// Why a child is no longer supervised.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ChildError {
    /// See its log.
    #[error(transparent)]
    CrashLoop(#[from] CrashLoop),
    /// See the operating system's own message.
    #[error("a child process cannot be run")]
    Io(#[from] io::Error),
}

/// A child that exits again and again.
#[derive(Debug, thiserror::Error)]
#[error(
    "{name} does not start ({status}); its log {log} ends with:{tail}",
    name = .0.name,
    status = .0.status,
    log = .0.log.display(),
    tail = .0.tail
)]
pub(crate) struct CrashLoop(pub(crate) Exit);

/// How a child exited.
#[derive(Debug)]
pub(crate) struct Exit {
    name: String,
    status: ExitStatus,
    log: PathBuf,
    tail: String,
}

/// Whether the service has started: this decides what happens when a child exits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// A child that exits too often makes the start fail.
    Starting,
    /// A child that exits is restarted, without limit.
    Running,
}

/// How a child is stopped.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StopPolicy {
    /// The signal for a graceful stop.
    pub(crate) signal: Signal,
    /// How long a graceful stop may take before the child is killed.
    pub(crate) timeout: Duration,
    /// The signal for an immediate stop.
    pub(crate) force_signal: Signal,
}

/// A supervised process.
#[derive(Debug)]
pub(crate) struct Child {
    name: String,
    program: Program,
    stop_policy: StopPolicy,
    log: Log,
    process: tokio::process::Child,
    output_end: Option<OutputEnd>,
    process_group: Option<Pid>,
    /// For Postgres: the cluster whose backends may outlive the postmaster.
    cluster: Option<PathBuf>,
    started_at: Instant,
    exits: u32,
}

impl Child {
    /// Starts a program.
    pub(crate) fn start(name: String, program: Program, stop_policy: StopPolicy, log: Log) -> io::Result<Self> {
        let (process, output_end) = spawn(&program, &log)?;
        let process_group = pid(&process);
        Ok(Self {
            name,
            program,
            stop_policy,
            log,
            process,
            output_end: Some(output_end),
            process_group,
            cluster: None,
            started_at: Instant::now(),
            exits: 0,
        })
    }

    /// Makes the child also end the Postgres backends of this cluster after each exit.
    pub(crate) fn with_cluster(self, cluster: PathBuf) -> Self {
        Self { cluster: Some(cluster), ..self }
    }

    /// The id of the current process.
    pub(crate) fn pid(&self) -> Option<Pid> {
        pid(&self.process)
    }

    /// Waits until the child exits.
    pub(crate) async fn wait(&mut self) -> io::Result<Exit> {
        let status = self.process.wait().await?;
        self.clean_up().await;
        let (log, tail) = (self.log.path().to_owned(), self.log.tail());
        Ok(Exit { name: self.name.clone(), status, log, tail })
    }

    /// Restarts the child whenever it exits.
    pub(crate) async fn supervise(&mut self, phase: &Cell<Phase>) -> Result<Infallible, ChildError> {
        loop {
            let exit = self.wait().await?;
            self.exits = if self.started_at.elapsed() < STABLE_AFTER { self.exits + 1 } else { 1 };
            if phase.get() == Phase::Starting && self.exits >= MAX_START_ATTEMPTS {
                return Err(CrashLoop(exit).into());
            }
            let delay = backoff::delay(self.exits, MAX_RESTART_DELAY);
            output::note(&format!("{} exited ({}); restarting in {}", exit.name, exit.status, describe(delay)));
            sleep(delay).await;
            self.restart_until_started(phase).await?;
        }
    }

    /// Starts the program again. Once the service runs, a shortage of processes, memory or files is waited out.
    async fn restart_until_started(&mut self, phase: &Cell<Phase>) -> io::Result<()> {
        while let Err(error) = self.restart() {
            if phase.get() == Phase::Starting {
                return Err(error);
            }
            self.exits = self.exits.saturating_add(1);
            let delay = backoff::delay(self.exits, MAX_RESTART_DELAY);
            output::note(&format!("{} cannot be started ({error}); trying again in {}", self.name, describe(delay)));
            sleep(delay).await;
        }
        Ok(())
    }

    /// Starts the program again.
    pub(crate) fn restart(&mut self) -> io::Result<()> {
        let (process, output_end) = spawn(&self.program, &self.log)?;
        self.process = process;
        self.output_end = Some(output_end);
        self.process_group = pid(&self.process);
        self.started_at = Instant::now();
        Ok(())
    }

    /// Stops the child gracefully, and kills it after the timeout.
    pub(crate) async fn stop(&mut self) {
        self.end(self.stop_policy.signal, self.stop_policy.timeout).await;
    }

    /// Stops the child immediately.
    pub(crate) async fn force_stop(&mut self) {
        self.end(self.stop_policy.force_signal, FORCE_TIMEOUT).await;
    }

    async fn end(&mut self, signal: Signal, limit: Duration) {
        if let Some(pid) = self.pid() {
            let _ = kill(pid, signal);
            if timeout(limit, self.process.wait()).await.is_err() {
                output::note(&format!("{} did not stop within {}; killing it", self.name, format::duration(limit)));
                let _ = killpg(pid, Signal::SIGKILL);
                let _ = self.process.wait().await;
            }
        }
        self.clean_up().await;
    }

    /// Kills what an exited child leaves behind, and completes its log.
    async fn clean_up(&mut self) {
        self.kill_descendants().await;
        if let Some(end) = self.output_end.take() {
            let _late_output_is_logged_later = timeout(OUTPUT_TIMEOUT, end).await;
            self.log.flush();
        }
    }

    /// Kills what an exited child leaves behind: its process group, and Postgres backends,
    /// which have process groups of their own.
    async fn kill_descendants(&mut self) {
        if let Some(group) = self.process_group.take() {
            let _ = killpg(group, Signal::SIGKILL);
        }
        if let Some(cluster) = &self.cluster
            && let Err(error) = stale::end_processes(cluster).await
        {
            output::note(&error.to_string());
        }
    }
}

fn spawn(program: &Program, log: &Log) -> io::Result<(tokio::process::Child, OutputEnd)> {
    let (out, output_end) = log.writer()?;
    let process = program.command().stdout(out.try_clone()?).stderr(out).spawn().map_err(|error| {
        let executable = if cfg!(target_os = "linux") { "setpriv (of util-linux)" } else { "the program" };
        io::Error::new(error.kind(), format!("{executable} cannot be run: {error}"))
    })?;
    Ok((process, output_end))
}

fn pid(process: &tokio::process::Child) -> Option<Pid> {
    process.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw)
}

fn describe(delay: Duration) -> String {
    if delay < Duration::from_secs(1) { format!("{} ms", delay.as_millis()) } else { format::duration(delay) }
}
