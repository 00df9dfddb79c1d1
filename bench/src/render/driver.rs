//! Drivers as running programs: the raw loops, and peers that are libraries.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, ensure};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

use super::config::{DriverConfig, Outcome};
use super::groups::{Groups, Member};
use super::process::ProcessSnapshot;
use crate::server::is_root;

/// How long a driver may take to launch its browser and warm up, and to stop.
const DRIVER_TIMEOUT: Duration = Duration::from_mins(1);

/// The user of the browsers if this process is root, the same as Tintype's.
const SETPRIV_ARGS: [&str; 4] = ["--reuid=nobody", "--regid=nogroup", "--clear-groups", "--"];

/// A driver that is ready.
#[derive(Debug)]
pub(crate) struct Driver {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: Lines<BufReader<ChildStdout>>,
    pid: u32,
}

/// Returns a program to be run as a user that may run a browser: never root.
pub(crate) fn unprivileged(program: &Path) -> anyhow::Result<Command> {
    if !is_root()? {
        return Ok(Command::new(program));
    }
    let mut command = Command::new("setpriv");
    command.args(SETPRIV_ARGS).arg(program);
    Ok(command)
}

/// Creates a directory for such a program.
pub(crate) fn create_owned_dir(dir: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(dir)?;
    if is_root()? {
        let status = std::process::Command::new("chown").arg("nobody:nogroup").arg(dir).status()?;
        ensure!(status.success(), "chown to nobody failed");
    }
    Ok(())
}

impl Driver {
    /// Starts it with a configuration, and waits until it has warmed up.
    pub(crate) async fn ready(
        program: &[PathBuf],
        config: &DriverConfig,
        groups: Option<&Groups>,
    ) -> anyhow::Result<Self> {
        create_owned_dir(&config.dir)?;
        let file = config.dir.join("config.json");
        std::fs::write(&file, serde_json::to_vec(config)?)?;
        let (first, arguments) = program.split_first().context("no program")?;
        let mut command = unprivileged(first)?;
        command.args(arguments).arg(file).current_dir(&config.dir);
        Self::start(command, &config.dir, groups).await
    }

    /// Starts it, and waits until it prints that it is ready.
    pub(crate) async fn start(mut command: Command, dir: &Path, groups: Option<&Groups>) -> anyhow::Result<Self> {
        let log = std::fs::File::create(dir.join("log"))?;
        command.env("HOME", dir).env("TMPDIR", dir);
        if let Some(groups) = groups {
            command = groups.command(Member::Peer, &command);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log).kill_on_drop(true);
        let mut child = command.spawn().context("starting the driver")?;
        let pid = child.id().context("it exited")?;
        let stdin = child.stdin.take();
        let stdout = BufReader::new(child.stdout.take().context("no stdout")?).lines();
        let mut driver = Self { child, stdin, stdout, pid };
        if let Err(error) = driver.wait_until_ready().await {
            let output = std::fs::read_to_string(dir.join("log")).unwrap_or_default();
            let why = output.lines().find(|line| line.contains("Error:")).or(output.lines().next()).unwrap_or_default();
            driver.stop().await;
            return Err(error.context(why.trim().to_owned()));
        }
        Ok(driver)
    }

    /// The root of its processes.
    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// Lets it render for the given time.
    pub(crate) async fn go(&mut self, seconds: f64) -> anyhow::Result<Outcome> {
        let stdin = self.stdin.as_mut().context("it is already stopping")?;
        stdin.write_all(format!("go {seconds}\n").as_bytes()).await?;
        let message = self.read_message().await?;
        serde_json::from_str(&message).with_context(|| format!("invalid report: {message:?}"))
    }

    /// Sends a line, and returns the message that comes back.
    pub(crate) async fn ask(&mut self, line: &str) -> anyhow::Result<String> {
        let stdin = self.stdin.as_mut().context("it is already stopping")?;
        stdin.write_all(format!("{line}\n").as_bytes()).await?;
        self.read_message().await
    }

    /// Stops it, and kills whatever does not stop by itself.
    pub(crate) async fn stop(mut self) {
        drop(self.stdin.take());
        // A process that has not ended by then is killed when it is dropped.
        let _ = timeout(Duration::from_secs(5), self.child.wait()).await;
    }

    async fn wait_until_ready(&mut self) -> anyhow::Result<()> {
        let message = self.read_message().await?;
        ensure!(message == "ready", "expected \"ready\", got {message:?}");
        Ok(())
    }

    async fn read_message(&mut self) -> anyhow::Result<String> {
        // Ignore other output.
        loop {
            let line =
                timeout(DRIVER_TIMEOUT, self.stdout.next_line()).await.context("no output within a minute")??;
            let line = line.context("it exited")?;
            if line == "ready" || line.starts_with('{') {
                return Ok(line);
            }
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|ended| ended.is_some()) {
            return;
        }
        // By their process ids, which cannot have been reused: their parent is alive.
        let tree = ProcessSnapshot::now().map(|snapshot| snapshot.tree(&[self.pid])).unwrap_or_default();
        let mut kill = std::process::Command::new("kill");
        let _ = kill.arg("-KILL").args(tree.iter().map(u32::to_string)).stderr(Stdio::null()).status();
    }
}
