//! Contenders as running programs.

use std::fs::OpenOptions;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

use crate::contenders::{Contender, home};
use crate::ground::Ground;

/// How long a contender may take to set up, or to enqueue.
const LONGEST: Duration = Duration::from_mins(10);

/// How long a contender may take to connect, or to stop.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is to be enqueued.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    /// How many jobs.
    pub(crate) jobs: u32,
    /// How many by one call.
    pub(crate) by: u32,
    /// How many accounts take turns.
    pub(crate) accounts: u32,
    /// The first of them.
    pub(crate) from: u32,
    /// How many calls at once.
    pub(crate) connections: u32,
    /// Jobs a second; `None` is as fast as it goes.
    pub(crate) rate: Option<f64>,
}

impl Default for Order {
    fn default() -> Self {
        Self { jobs: 0, by: 1, accounts: 1, from: 0, connections: 8, rate: None }
    }
}

/// Makes the contender's tables.
pub(crate) async fn setup(contender: &Contender, url: &str, accounts: u32) -> anyhow::Result<()> {
    let mut command = command(contender, url);
    command.args(["setup", "--accounts", &accounts.to_string()]);
    finish(command).await.map(drop)
}

/// Enqueues, and answers how many seconds it took.
pub(crate) async fn enqueue(ground: &Ground<'_>, order: &Order) -> anyhow::Result<f64> {
    #[derive(Deserialize)]
    struct Enqueued {
        seconds: f64,
    }
    let mut command = command(ground.contender, &ground.url);
    command.arg("enqueue");
    let numbers = [
        ("--jobs", order.jobs),
        ("--by", order.by),
        ("--accounts", order.accounts),
        ("--from", order.from),
        ("--connections", order.connections),
    ];
    for (name, number) in numbers {
        command.args([name, &number.to_string()]);
    }
    if let Some(rate) = order.rate {
        command.args(["--rate", &rate.to_string()]);
    }
    let enqueued: Enqueued = serde_json::from_str(&finish(command).await?)?;
    Ok(enqueued.seconds)
}

/// A contender at work.
#[derive(Debug)]
pub(crate) struct Working {
    child: Child,
    stdin: ChildStdin,
    stdout: Lines<BufReader<ChildStdout>>,
}

/// What a contender tells when it stops.
#[derive(Debug, Deserialize)]
pub(crate) struct Worked {
    /// When its first job started, in microseconds of the Unix epoch.
    pub(crate) first: u64,
    /// Of each job, if they were to be told: its account, when it was sent, when it started.
    pub(crate) starts: Vec<(u32, u64, u64)>,
}

impl Working {
    /// Starts the contender with so many slots, ready to work.
    pub(crate) async fn ready(ground: &Ground<'_>, slots: u16, jobs: u32, record: bool) -> anyhow::Result<Self> {
        let mut command = command(ground.contender, &ground.url);
        command.args(["work", "--slots", &slots.to_string(), "--jobs", &jobs.to_string()]);
        if record {
            command.arg("--record");
        }
        let mut child = command.stderr(log(ground.contender)?).spawn().context("starting it")?;
        let stdin = child.stdin.take().context("no stdin")?;
        let stdout = BufReader::new(child.stdout.take().context("no stdout")?).lines();
        let mut working = Self { child, stdin, stdout };
        working.says("ready", PATIENCE).await?;
        Ok(working)
    }

    /// Lets it work.
    pub(crate) async fn go(&mut self) -> anyhow::Result<()> {
        Ok(self.stdin.write_all(b"go\n").await?)
    }

    /// Waits until it has run as many jobs as it was told; answers whether it has.
    pub(crate) async fn ran(&mut self, patience: Duration) -> anyhow::Result<bool> {
        match timeout(patience, self.stdout.next_line()).await {
            Err(_too_long) => Ok(false),
            Ok(line) => match line?.as_deref() {
                Some("ran") => Ok(true),
                Some(other) => bail!("it said {other:?} instead of \"ran\""),
                None => bail!("it ended before its time: its complaints are in bench/target"),
            },
        }
    }

    /// Stops it, and hears what it has to tell.
    pub(crate) async fn stop(mut self) -> anyhow::Result<Worked> {
        drop(self.stdin);
        let tell = async {
            let mut last = None;
            while let Some(line) = self.stdout.next_line().await? {
                last = Some(line);
            }
            self.child.wait().await?;
            let last = last.context("it ended without a word")?;
            serde_json::from_str(&last).with_context(|| format!("its last word was {last:?}"))
        };
        timeout(PATIENCE, tell).await.context("it does not stop")?
    }

    async fn says(&mut self, word: &str, patience: Duration) -> anyhow::Result<()> {
        let line =
            timeout(patience, self.stdout.next_line()).await.with_context(|| format!("it never said {word}"))??;
        ensure!(line.as_deref() == Some(word), "it said {line:?} instead of {word:?}");
        Ok(())
    }
}

/// The contender's program: it ends with us, or when its stdin does.
fn command(contender: &Contender, url: &str) -> Command {
    let (program, arguments) = contender.program();
    let mut command = Command::new(program);
    command.args(arguments).env("DATABASE_URL", url).envs(contender.environment.iter().copied());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// Where a contender's complaints go while it works.
fn log(contender: &Contender) -> anyhow::Result<Stdio> {
    let path = home().join("target").join(contender.database()).with_extension("log");
    Ok(OpenOptions::new().create(true).append(true).open(path)?.into())
}

async fn finish(mut command: Command) -> anyhow::Result<String> {
    let mut child = command.spawn().context("starting it")?;
    // Kept open until it is done: the end of its stdin would end it.
    let _stdin = child.stdin.take();
    let output = timeout(LONGEST, child.wait_with_output()).await.context("it never ended")??;
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "it failed: {}", complaint.trim());
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
