//! Our own binaries as processes: started, signalled, and gone when the test ends.

use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, User};
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::PATIENCE;

/// A running process. Dropping it kills it.
pub struct Process {
    child: Child,
    _place: Option<TempDir>,
}

/// How a command ended.
#[derive(Debug)]
pub struct Output {
    /// Its exit code.
    pub code: Option<i32>,
    /// What it said.
    pub stdout: String,
    /// What it complained of.
    pub stderr: String,
}

/// One of the workspace's binaries, as this build made it.
pub fn binary(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test has a path");
    let folder = test.parent().and_then(Path::parent).expect("target/<profile>/deps");
    let binary = folder.join(name);
    assert!(binary.exists(), "{} is not built: run tests by `just test`", binary.display());
    binary
}

/// Runs a command to its end.
pub async fn run(binary: &Path, args: &[&str], env: &[(&str, &str)]) -> Output {
    let output = command(binary, args, env).stdin(Stdio::null()).output();
    let output = timeout(PATIENCE, output).await.expect("in time").expect("the command runs");
    Output {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

fn command(binary: &Path, args: &[&str], env: &[(&str, &str)]) -> Command {
    let mut command = Command::new(binary);
    command.args(args).env_remove("DATABASE_URL").envs(env.iter().copied()).kill_on_drop(true);
    command
}

impl Process {
    /// Starts a process whose complaints go where the test's go.
    pub fn start(binary: &Path, args: &[&str], env: &[(&str, &str)]) -> Self {
        let mut command = command(binary, args, env);
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        Self { child: command.spawn().expect("the process starts"), _place: None }
    }

    /// Starts a process as another user, from a place that every user can get to.
    pub fn start_as(user: &str, name: &str, env: &[(&str, &str)]) -> Self {
        let user = User::from_name(user).ok().flatten().expect("such a user");
        let place = tempfile::tempdir_in("/tmp").expect("a folder");
        set_permissions(place.path(), Permissions::from_mode(0o755)).expect("our folder");
        let copy = place.path().join(name);
        std::fs::copy(binary(name), &copy).expect("a copy");
        let mut command = command(&copy, &[], env);
        command.uid(user.uid.as_raw()).gid(user.gid.as_raw()).current_dir("/");
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        Self { child: command.spawn().expect("the process starts"), _place: Some(place) }
    }

    /// Its id.
    pub fn id(&self) -> i32 {
        self.child.id().and_then(|id| i32::try_from(id).ok()).expect("a running process has an id")
    }

    /// Whether it runs.
    pub fn runs(&mut self) -> bool {
        self.child.try_wait().expect("it can be waited for").is_none()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.id()), signal).expect("the process is there");
    }

    /// The first line that it prints.
    pub async fn first_line(&mut self) -> String {
        use tokio::io::{AsyncBufReadExt, BufReader};

        let mut line = String::new();
        let stdout = self.child.stdout.as_mut().expect("stdout is piped");
        timeout(PATIENCE, BufReader::new(stdout).read_line(&mut line)).await.expect("in time").expect("a line");
        line
    }

    /// Waits for its end, and answers its exit code; `None` where a signal ended it.
    pub async fn ended(&mut self) -> Option<i32> {
        timeout(PATIENCE, self.child.wait()).await.expect("it ends").expect("it can be waited for").code()
    }
}
