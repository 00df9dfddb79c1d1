//! Contenders as running programs.

use std::fs::OpenOptions;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

use crate::contenders::{Contender, bench_dir};
use crate::database::BenchDatabase;

/// How long a contender may take to set up, or to enqueue.
const COMMAND_TIMEOUT: Duration = Duration::from_mins(10);

/// How long a contender may take to connect, or to stop.
const REPLY_TIMEOUT: Duration = Duration::from_secs(30);

/// What to enqueue.
#[derive(Debug, Clone)]
pub(crate) struct EnqueueArgs {
    /// The number of jobs.
    pub(crate) jobs: u32,
    /// Jobs per call.
    pub(crate) by: u32,
    /// The number of accounts, used in turn.
    pub(crate) accounts: u32,
    /// The number of the first account.
    pub(crate) from: u32,
    /// Concurrent calls.
    pub(crate) connections: u32,
    /// Jobs per second; `None` means as fast as possible.
    pub(crate) rate: Option<f64>,
}

impl Default for EnqueueArgs {
    fn default() -> Self {
        Self { jobs: 0, by: 1, accounts: 1, from: 0, connections: 8, rate: None }
    }
}

/// Creates the contender's tables.
pub(crate) async fn setup(contender: &Contender, url: &str, accounts: u32) -> anyhow::Result<()> {
    let mut command = command(contender, url);
    command.args(["setup", "--accounts", &accounts.to_string()]);
    run_to_end(command).await.map(drop)
}

/// Checks the invariants of a database, and returns what is violated.
pub(crate) async fn audit(contender: &Contender, url: &str) -> anyhow::Result<Vec<String>> {
    let mut command = command(contender, url);
    command.arg("audit");
    serde_json::from_str(&run_to_end(command).await?).context("unexpected output of the audit")
}

/// Enqueues, and returns how many seconds it took.
pub(crate) async fn enqueue(database: &BenchDatabase<'_>, args: &EnqueueArgs) -> anyhow::Result<f64> {
    #[derive(Deserialize)]
    struct Enqueued {
        seconds: f64,
    }
    let mut command = command(database.contender, &database.url);
    command.arg("enqueue");
    let numbers = [
        ("--jobs", args.jobs),
        ("--by", args.by),
        ("--accounts", args.accounts),
        ("--from", args.from),
        ("--connections", args.connections),
    ];
    for (name, number) in numbers {
        command.args([name, &number.to_string()]);
    }
    if let Some(rate) = args.rate {
        command.args(["--rate", &rate.to_string()]);
    }
    let enqueued: Enqueued = serde_json::from_str(&run_to_end(command).await?)?;
    Ok(enqueued.seconds)
}

/// A running contender.
#[derive(Debug)]
pub(crate) struct WorkerProcess {
    child: Child,
    stdin: ChildStdin,
    stdout: Lines<BufReader<ChildStdout>>,
}

/// What a contender reports when it stops.
#[derive(Debug, Deserialize)]
pub(crate) struct WorkReport {
    /// When its first job started, in microseconds of the Unix epoch.
    pub(crate) first: u64,
    /// For each job, if recorded: its account, when it was sent, and when it started.
    pub(crate) starts: Vec<(u32, u64, u64)>,
}

impl WorkerProcess {
    /// Starts the contender with this many slots, ready to work.
    pub(crate) async fn ready(
        database: &BenchDatabase<'_>,
        slots: u16,
        jobs: u32,
        record: bool,
    ) -> anyhow::Result<Self> {
        let mut command = command(database.contender, &database.url);
        command.args(["work", "--slots", &slots.to_string(), "--jobs", &jobs.to_string()]);
        if record {
            command.arg("--record");
        }
        let mut child = command.stderr(log(database.contender)?).spawn().context("starting the contender")?;
        let stdin = child.stdin.take().context("no stdin")?;
        let stdout = BufReader::new(child.stdout.take().context("no stdout")?).lines();
        let mut worker = Self { child, stdin, stdout };
        worker.expect_line("ready", REPLY_TIMEOUT).await?;
        Ok(worker)
    }

    /// Tells it to begin.
    pub(crate) async fn go(&mut self) -> anyhow::Result<()> {
        Ok(self.stdin.write_all(b"go\n").await?)
    }

    /// Waits until it has run the given number of jobs; returns whether it has.
    pub(crate) async fn wait_until_ran(&mut self, timeout: Duration) -> anyhow::Result<bool> {
        match tokio::time::timeout(timeout, self.stdout.next_line()).await {
            Err(_too_long) => Ok(false),
            Ok(line) => match line?.as_deref() {
                Some("ran") => Ok(true),
                Some(other) => bail!("expected \"ran\", got {other:?}"),
                None => bail!("it exited early: see its log in bench/target"),
            },
        }
    }

    /// Stops it and returns its report.
    pub(crate) async fn stop(mut self) -> anyhow::Result<WorkReport> {
        drop(self.stdin);
        let report = async {
            let mut last = None;
            while let Some(line) = self.stdout.next_line().await? {
                last = Some(line);
            }
            self.child.wait().await?;
            let last = last.context("it exited without a report")?;
            serde_json::from_str(&last).with_context(|| format!("invalid report: {last:?}"))
        };
        timeout(REPLY_TIMEOUT, report).await.context("it did not stop in time")?
    }

    async fn expect_line(&mut self, expected: &str, timeout: Duration) -> anyhow::Result<()> {
        let line = tokio::time::timeout(timeout, self.stdout.next_line())
            .await
            .with_context(|| format!("timed out waiting for {expected:?}"))??;
        ensure!(line.as_deref() == Some(expected), "expected {expected:?}, got {line:?}");
        Ok(())
    }
}

/// The contender's program: it ends with this process, or when its stdin ends.
fn command(contender: &Contender, url: &str) -> Command {
    let (program, arguments) = contender.program();
    let mut command = Command::new(program);
    command.args(arguments).env("DATABASE_URL", url).envs(contender.environment.iter().copied());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// The file for a contender's error output.
fn log(contender: &Contender) -> anyhow::Result<Stdio> {
    let path = bench_dir().join("target").join(contender.database()).with_extension("log");
    Ok(OpenOptions::new().create(true).append(true).open(path)?.into())
}

async fn run_to_end(mut command: Command) -> anyhow::Result<String> {
    let mut child = command.spawn().context("starting the contender")?;
    // Keep stdin open until it is done: the end of stdin would stop it.
    let _stdin = child.stdin.take();
    let output = timeout(COMMAND_TIMEOUT, child.wait_with_output()).await.context("it did not finish in time")??;
    let stderr = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "it failed: {}", stderr.trim());
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
