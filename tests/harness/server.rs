//! A Postgres of a test's own, to be stopped, filled and started again.

use std::fs::{Permissions, create_dir, set_permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use nix::sys::signal::{Signal, kill};
use nix::sys::wait::waitpid;
use nix::unistd::{Pid, User, geteuid};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::PATIENCE;

/// A Postgres server. Dropping it ends it, and removes what it kept.
pub struct Server {
    /// Where its first database is.
    pub url: String,
    running: Option<Child>,
    log: JoinSet<()>,
    disks: Vec<PathBuf>,
    home: TempDir,
}

impl Server {
    /// Makes a server, and starts it.
    pub async fn start() -> Self {
        let home = tempfile::Builder::new().prefix("tintype-pg.").tempdir_in("/tmp").expect("a short path");
        give(home.path());
        let mut initdb = command("initdb", home.path());
        initdb.args(["-D", "data", "-U", "postgres", "--auth=trust", "-E", "UTF8", "--no-locale", "--no-sync"]);
        let made = timeout(PATIENCE, initdb.output()).await.expect("in time").expect("initdb runs");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let socket = home.path().to_str().expect("a plain path").replace('/', "%2F");
        let url = format!("postgres://postgres@localhost/postgres?host={socket}");
        let mut server = Self { url, running: None, log: JoinSet::new(), disks: Vec::new(), home };
        server.start_again().await;
        server
    }

    /// Starts the server after a [crash](Self::crash), and waits until it answers. What it
    /// says goes where the test's complaints go.
    pub async fn start_again(&mut self) {
        let mut postgres = command("postgres", self.home.path());
        let home = self.home.path().to_str().expect("a plain path");
        // Durable against its own end, and not against the machine's.
        let settings = ["listen_addresses=", "fsync=off", "max_connections=100", "lc_messages=C"];
        postgres.args(["-D", "data", "-k", home]).args(settings.iter().flat_map(|setting| ["-c", setting]));
        let mut child = postgres.stderr(Stdio::piped()).spawn().expect("postgres starts");
        let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
        let (answers, mut answering) = watch::channel(false);
        self.log.spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                eprintln!("postgres: {line}");
                answers.send_if_modified(|answers| {
                    let ready = line.contains("ready to accept connections");
                    std::mem::replace(answers, *answers || ready) != *answers
                });
            }
        });
        self.running = Some(child);
        timeout(PATIENCE, answering.wait_for(|answers| *answers)).await.expect("in time").expect("postgres answers");
    }

    /// Ends the server at once, as a crash does: nothing is finished, nobody is told.
    pub async fn crash(&mut self) {
        let mut child = self.running.take().expect("the server runs");
        quit(&child);
        timeout(PATIENCE, child.wait()).await.expect("in time").expect("postgres ends");
    }

    /// Mounts a disk of so many bytes for the server, and answers where; or why it cannot.
    pub async fn disk(&mut self, bytes: u32) -> Result<PathBuf, String> {
        let disk = self.home.path().join("disk");
        create_dir(&disk).expect("a folder");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={bytes}"), "tmpfs"]).arg(&disk);
        let mounted = mount.output().await.map_err(|error| error.to_string())?;
        if !mounted.status.success() {
            return Err(String::from_utf8_lossy(&mounted.stderr).into_owned());
        }
        give(&disk);
        self.disks.push(disk.clone());
        Ok(disk)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(pid) = self.running.as_ref().and_then(quit) {
            let _ended = waitpid(pid, None);
        }
        for disk in &self.disks {
            let _gone = std::process::Command::new("umount").arg(disk).status();
        }
    }
}

/// Postgres's word for it is an immediate shutdown.
fn quit(child: &Child) -> Option<Pid> {
    let pid = Pid::from_raw(child.id()?.try_into().ok()?);
    kill(pid, Signal::SIGQUIT).ok()?;
    Some(pid)
}

/// A program of Postgres, run by whom it lets itself be run.
fn command(program: &str, home: &Path) -> Command {
    let mut command = Command::new(programs().join(program));
    command.current_dir(home).stdin(Stdio::null()).stdout(Stdio::null());
    if let Some(user) = user() {
        command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
    }
    command
}

/// Postgres refuses to be root.
fn user() -> Option<User> {
    geteuid().is_root().then(|| User::from_name("postgres").ok().flatten().expect("a user postgres, who owns servers"))
}

fn give(folder: &Path) {
    set_permissions(folder, Permissions::from_mode(0o700)).expect("our folder");
    if let Some(user) = user() {
        chown(folder, Some(user.uid.as_raw()), Some(user.gid.as_raw())).expect("root gives");
    }
}

/// `PG_BIN_DIR`, else the newest that is installed, as in `tools/with-postgres`.
fn programs() -> PathBuf {
    if let Some(named) = std::env::var_os("PG_BIN_DIR") {
        return named.into();
    }
    let mut found: Vec<(u32, PathBuf)> = ["/usr/lib/postgresql", "/usr", "/opt/homebrew/opt", "/usr/local/opt"]
        .iter()
        .filter_map(|folder| std::fs::read_dir(folder).ok())
        .flatten()
        .filter_map(|entry| {
            let folder = entry.ok()?.path();
            let version = folder.file_name()?.to_str()?.trim_start_matches(|letter: char| !letter.is_ascii_digit());
            Some((version.parse().unwrap_or(0), folder.join("bin")))
        })
        .filter(|(_, bin)| bin.join("initdb").exists() && bin.join("postgres").exists())
        .collect();
    found.sort();
    found.pop().expect("PostgreSQL's server is installed: run ./bootstrap, or set PG_BIN_DIR").1
}
