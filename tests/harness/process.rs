//! Our own binaries as processes, which are killed when the test ends.

use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, User};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::TEST_TIMEOUT;

/// A running process. Dropping it kills it.
pub struct Process {
    child: Child,
    _directory: Option<TempDir>,
}

/// The result of a command.
#[derive(Debug)]
pub struct Output {
    /// Its exit code, `None` if a signal ended it.
    pub code: Option<i32>,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

/// Returns the path of one of the workspace's binaries, of the same build as the test.
pub fn binary(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("the path of the test binary");
    let directory = test.parent().and_then(Path::parent).expect("target/<profile>/deps");
    let binary = directory.join(name);
    assert!(binary.exists(), "{} is not built: run the tests with `just test`", binary.display());
    binary
}

/// An address on which nothing listens.
pub fn free_address() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").to_string()
}

/// Runs a command until it exits.
pub async fn run(binary: &Path, args: &[&str], env: &[(&str, &str)]) -> Output {
    let output = command(binary, args, env).stdin(Stdio::null()).output();
    let output = timeout(TEST_TIMEOUT, output).await.expect("the command exits in time").expect("the command runs");
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
    /// Starts a process. Its standard error is the test's.
    pub fn start(binary: &Path, args: &[&str], env: &[(&str, &str)]) -> Self {
        let mut command = command(binary, args, env);
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        Self { child: command.spawn().expect("the process starts"), _directory: None }
    }

    /// Starts a process whose standard output and standard error are these.
    pub fn start_printing_to(
        (stdout, stderr): (impl Into<Stdio>, impl Into<Stdio>),
        binary: &Path,
        args: &[&str],
        env: &[(&str, &str)],
    ) -> Self {
        let mut command = command(binary, args, env);
        command.stdin(Stdio::null()).stdout(stdout).stderr(stderr);
        Self { child: command.spawn().expect("the process starts"), _directory: None }
    }

    /// Starts a process as another user, from a copy in a directory that every user can read.
    pub fn start_as(user: &str, name: &str, env: &[(&str, &str)]) -> Self {
        let user = User::from_name(user).ok().flatten().expect("such a user");
        let directory = tempfile::tempdir_in("/tmp").expect("a directory");
        set_permissions(directory.path(), Permissions::from_mode(0o755)).expect("a readable directory");
        let copy = directory.path().join(name);
        std::fs::copy(binary(name), &copy).expect("a copy");
        let mut command = command(&copy, &[], env);
        command.uid(user.uid.as_raw()).gid(user.gid.as_raw()).current_dir("/");
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        Self { child: command.spawn().expect("the process starts"), _directory: Some(directory) }
    }

    /// Returns its process id.
    pub fn id(&self) -> i32 {
        self.child.id().and_then(|id| i32::try_from(id).ok()).expect("a running process has an id")
    }

    /// Whether it is running.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("the process can be waited for").is_none()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.id()), signal).expect("the process exists");
    }

    /// Returns the first line of its standard output.
    pub async fn first_line(&mut self) -> String {
        let mut line = String::new();
        let stdout = self.child.stdout.as_mut().expect("standard output is piped");
        let read = timeout(TEST_TIMEOUT, BufReader::new(stdout).read_line(&mut line)).await;
        read.expect("the process prints in time").expect("a line");
        line
    }

    /// Reads its standard output until it contains a text.
    pub async fn until_printed(&mut self, text: &str) {
        let stdout = self.child.stdout.as_mut().expect("standard output is piped");
        let (mut printed, mut chunk) = (String::new(), [0; 4096]);
        let found = async {
            while !printed.contains(text) {
                let read = stdout.read(&mut chunk).await.expect("output");
                assert!(read > 0, "the process printed only {printed:?}");
                printed.push_str(&String::from_utf8_lossy(&chunk[..read]));
            }
        };
        timeout(TEST_TIMEOUT, found).await.expect("the process prints it in time");
    }

    /// Waits until it exits, and returns its exit code, `None` if a signal ended it.
    pub async fn wait(&mut self) -> Option<i32> {
        let status = timeout(TEST_TIMEOUT, self.child.wait()).await;
        status.expect("the process exits in time").expect("the process can be waited for").code()
    }
}
