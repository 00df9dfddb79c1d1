//! Drivers as running programs: the raw loops, and peers that are libraries.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, ensure};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

use super::order::{Order, Outcome};
use super::process::Moment;
use crate::server::is_root;

/// How long a driver may take to launch its browser and to warm up, and to end.
const PATIENCE: Duration = Duration::from_mins(1);

/// Who browsers run as where we are root, as Tintype's do.
const NOBODY: [&str; 4] = ["--reuid=nobody", "--regid=nogroup", "--clear-groups", "--"];

/// A driver that is ready.
#[derive(Debug)]
pub(crate) struct Driver {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: Lines<BufReader<ChildStdout>>,
    pid: u32,
}

/// A program to be run as who may run a browser: never as root.
pub(crate) fn unprivileged(program: &Path) -> anyhow::Result<Command> {
    if !is_root()? {
        return Ok(Command::new(program));
    }
    let mut command = Command::new("setpriv");
    command.args(NOBODY).arg(program);
    Ok(command)
}

/// Makes a folder of such a program's own.
pub(crate) fn own_folder(folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)?;
    if is_root()? {
        let given = std::process::Command::new("chown").arg("nobody:nogroup").arg(folder).status()?;
        ensure!(given.success(), "a folder could not be given to nobody");
    }
    Ok(())
}

impl Driver {
    /// Starts it with an order, and waits until it has warmed up.
    pub(crate) async fn ready(program: &[PathBuf], order: &Order) -> anyhow::Result<Self> {
        own_folder(&order.folder)?;
        let file = order.folder.join("order.json");
        std::fs::write(&file, serde_json::to_vec(order)?)?;
        let (first, arguments) = program.split_first().context("no program")?;
        let mut command = unprivileged(first)?;
        command.args(arguments).arg(file).current_dir(&order.folder);
        Self::start(command, &order.folder).await
    }

    /// Starts it, and waits until it says that it is ready.
    pub(crate) async fn start(mut command: Command, folder: &Path) -> anyhow::Result<Self> {
        let log = std::fs::File::create(folder.join("log"))?;
        command.env("HOME", folder).env("TMPDIR", folder);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log).kill_on_drop(true);
        let mut child = command.spawn().context("starting it")?;
        let stdin = child.stdin.take();
        let stdout = BufReader::new(child.stdout.take().context("no stdout")?).lines();
        let pid = child.id().context("it is gone")?;
        let mut driver = Self { child, stdin, stdout, pid };
        if let Err(error) = driver.until_ready().await {
            let said = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
            let why = said.lines().find(|line| line.contains("Error:")).or(said.lines().next()).unwrap_or_default();
            driver.end().await;
            return Err(error.context(why.trim().to_owned()));
        }
        Ok(driver)
    }

    /// The process to look at, and all below it.
    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// Lets it render for so long.
    pub(crate) async fn go(&mut self, seconds: f64) -> anyhow::Result<Outcome> {
        let stdin = self.stdin.as_mut().context("it was told to end")?;
        stdin.write_all(format!("go {seconds}\n").as_bytes()).await?;
        let word = self.word().await?;
        serde_json::from_str(&word).with_context(|| format!("it said {word:?}"))
    }

    /// Ends it, and whatever of it does not end by itself.
    pub(crate) async fn end(mut self) {
        drop(self.stdin.take());
        // Who has not ended by then is killed as it is dropped.
        let _ = timeout(Duration::from_secs(5), self.child.wait()).await;
    }

    async fn until_ready(&mut self) -> anyhow::Result<()> {
        let word = self.word().await?;
        ensure!(word == "ready", "it said {word:?} instead of \"ready\"");
        Ok(())
    }

    async fn word(&mut self) -> anyhow::Result<String> {
        // What others print meanwhile is theirs.
        loop {
            let line = timeout(PATIENCE, self.stdout.next_line()).await.context("it said nothing for a minute")??;
            let line = line.context("it ended")?;
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
        // By their ids, which cannot have been given to others: their parent lives.
        let tree = Moment::now().map(|moment| moment.tree(&[self.pid])).unwrap_or_default();
        let mut kill = std::process::Command::new("kill");
        let _ = kill.arg("-KILL").args(tree.iter().map(u32::to_string)).stderr(Stdio::null()).status();
    }
}
