//! A program that is killed, paused and started again, with its log in a file.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use harness::binary;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::io::AsyncReadExt;
use tokio::process::{Child, ChildStderr, Command};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// How long a program may take to exit after SIGTERM: its grace period and the API's drain, with room.
const EXIT_TIMEOUT: Duration = Duration::from_secs(90);

/// A program. Dropping it kills it.
pub(super) struct Program {
    /// What messages call it, such as `worker 2`.
    pub(super) name: String,
    binary: PathBuf,
    env: Vec<(String, String)>,
    log: PathBuf,
    child: Child,
    reader: JoinSet<()>,
}

impl Program {
    pub(super) fn start(name: &str, program: &str, env: &[(&str, &str)], logs: &Path) -> Self {
        let env: Vec<_> = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let (binary, log) = (binary(program), logs.join(format!("{}.log", name.replace(' ', "-"))));
        let (child, reader) = spawn(&binary, &env, &log);
        Self { name: name.to_owned(), binary, env, log, child, reader }
    }

    /// Starts it again after it has exited.
    pub(super) fn start_again(&mut self) {
        (self.child, self.reader) = spawn(&self.binary, &self.env, &self.log);
    }

    /// Returns its process id, `None` once it has exited.
    pub(super) fn id(&self) -> Option<i32> {
        self.child.id().and_then(|id| i32::try_from(id).ok())
    }

    /// Returns how it ended, if it did.
    pub(super) fn exit(&mut self) -> Option<String> {
        self.child.try_wait().expect("a child can be waited for").map(|status| status.to_string())
    }

    /// Sends it a signal, if it is running.
    pub(super) fn signal(&self, signal: Signal) {
        let _exited = self.id().map(|id| kill(Pid::from_raw(id), signal));
    }

    /// Waits until it exits, and returns its exit code. Kills it if it does not exit in time.
    pub(super) async fn exited(&mut self) -> Result<Option<i32>, String> {
        match timeout(EXIT_TIMEOUT, self.child.wait()).await {
            Ok(status) => Ok(status.expect("a child can be waited for").code()),
            Err(_late) => {
                self.child.kill().await.expect("a child can be killed");
                Err(format!("{} did not exit within {} s", self.name, EXIT_TIMEOUT.as_secs()))
            }
        }
    }

    /// Closes the pipe that its log goes to, as a log collector that crashes does.
    pub(super) async fn close_log(&mut self) {
        self.reader.shutdown().await;
    }
}

fn spawn(binary: &Path, env: &[(String, String)], log: &Path) -> (Child, JoinSet<()>) {
    let mut command = Command::new(binary);
    command.envs(env.iter().map(|(name, value)| (name, value))).env("NO_COLOR", "1");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().expect("the program starts");
    let stderr = child.stderr.take().expect("a pipe");
    let log = OpenOptions::new().create(true).append(true).open(log).expect("a log");
    let mut reader = JoinSet::new();
    reader.spawn(copy(stderr, log));
    (child, reader)
}

async fn copy(mut from: ChildStderr, mut to: File) {
    let mut buffer = [0; 8192];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        to.write_all(&buffer[..length]).expect("a log that can be written");
    }
}
