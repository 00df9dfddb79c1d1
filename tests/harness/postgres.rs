//! A Postgres server of the test's own, which it can crash, restart, fill and replicate.

use std::fs::{Permissions, create_dir, set_permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::sys::wait::waitpid;
use nix::unistd::{Pid, User, geteuid};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::TEST_TIMEOUT;
use crate::server::admin_connection;

/// How often the state of a standby is read: the server notifies of no change to it.
const STANDBY_POLL: Duration = Duration::from_millis(20);

/// A Postgres server. Dropping it stops it, and removes its data.
pub struct PostgresServer {
    /// The URL of its maintenance database.
    pub url: String,
    running: Option<Child>,
    log: JoinSet<()>,
    mounts: Vec<PathBuf>,
    directory: TempDir,
}

/// When a commit on the primary is acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replication {
    /// When the standby has stored it.
    Synchronous,
    /// When the primary has.
    Asynchronous,
}

impl PostgresServer {
    /// Creates a cluster, and starts its server.
    pub async fn start() -> Self {
        let directory = directory();
        let mut initdb = command("initdb", directory.path());
        initdb.args(["-D", "data", "-U", "postgres", "--auth=trust", "-E", "UTF8", "--no-locale", "--no-sync"]);
        Self::of(initdb, directory).await
    }

    /// Copies the cluster, and starts a standby that streams its changes.
    pub async fn start_standby(&self, replication: Replication) -> Self {
        let directory = directory();
        let name = directory.path().file_name().and_then(|name| name.to_str()).expect("a plain name").to_owned();
        let primary = format!("host={} user=postgres application_name={name}", self.directory.path().display());
        let mut copy = command("pg_basebackup", directory.path());
        copy.args(["-D", "data", "-d", &primary, "--write-recovery-conf", "--checkpoint=fast", "--no-sync"]);
        let standby = Self::of(copy, directory).await;
        let mut admin = admin_connection(&self.url).await;
        if replication == Replication::Synchronous {
            self.execute(&format!("alter system set synchronous_standby_names = '\"{name}\"'")).await;
            self.execute("select pg_reload_conf()").await;
        }
        let streaming = async {
            while !streams(&mut admin, &name, replication).await {
                sleep(STANDBY_POLL).await;
            }
        };
        timeout(TEST_TIMEOUT, streaming).await.expect("the standby streams in time");
        standby
    }

    /// Makes a standby a primary, and waits until it is one.
    pub async fn promote(&self) {
        self.execute("select pg_promote(true)").await;
    }

    /// Executes a statement in the maintenance database.
    pub async fn execute(&self, sql: &str) {
        let mut admin = PgConnection::connect(&self.url).await.expect("a connection to the server");
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut admin).await.expect("the statement succeeds");
    }

    /// Runs the program that creates the cluster, and starts its server.
    async fn of(mut create: Command, directory: TempDir) -> Self {
        let output = timeout(TEST_TIMEOUT, create.output()).await.expect("it exits in time").expect("it runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let socket = directory.path().to_str().expect("a plain path").replace('/', "%2F");
        let url = format!("postgres://postgres@localhost/postgres?host={socket}");
        let mut server = Self { url, running: None, log: JoinSet::new(), mounts: Vec::new(), directory };
        server.restart().await;
        server
    }

    /// Starts the server after a [crash](Self::crash), and waits until it accepts connections.
    /// Its log goes to the test's standard error.
    pub async fn restart(&mut self) {
        let mut postgres = command("postgres", self.directory.path());
        let directory = self.directory.path().to_str().expect("a plain path");
        // Its data survives a crash of the server, but not one of the machine.
        let settings = ["listen_addresses=", "fsync=off", "max_connections=100", "lc_messages=C"];
        postgres.args(["-D", "data", "-k", directory]).args(settings.iter().flat_map(|setting| ["-c", setting]));
        let mut child = postgres.stderr(Stdio::piped()).spawn().expect("postgres starts");
        let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
        let (ready, mut is_ready) = watch::channel(false);
        self.log.spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                eprintln!("postgres: {line}");
                if line.contains("ready to accept ") {
                    ready.send_replace(true);
                }
            }
        });
        self.running = Some(child);
        timeout(TEST_TIMEOUT, is_ready.wait_for(|ready| *ready)).await.expect("ready in time").expect("postgres runs");
    }

    /// Returns the path of a program of this server's version, such as `psql`.
    pub fn program(&self, name: &str) -> PathBuf {
        programs().join(name)
    }

    /// Whether any file of the server contains a text: tables, indexes or the write-ahead log.
    pub async fn stores(&self, text: &str) -> bool {
        let grep = Command::new("grep").args(["-rqaF", "--", text]).arg(self.directory.path()).status();
        match timeout(TEST_TIMEOUT, grep).await.expect("grep exits in time").expect("grep runs").code() {
            Some(0) => true,
            Some(1) => false,
            other => panic!("grep failed: {other:?}"),
        }
    }

    /// Stops the server at once, as a crash does.
    pub async fn crash(&mut self) {
        let mut child = self.running.take().expect("the server runs");
        stop_immediately(&child);
        timeout(TEST_TIMEOUT, child.wait()).await.expect("postgres exits in time").expect("postgres exits");
    }

    /// Mounts a disk of this size for the server. Returns its path, or why it cannot be mounted.
    pub async fn mount_disk(&mut self, bytes: u32) -> Result<PathBuf, String> {
        let disk = self.directory.path().join("disk");
        create_dir(&disk).expect("a directory");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={bytes}"), "tmpfs"]).arg(&disk);
        let mounted = mount.output().await.map_err(|error| error.to_string())?;
        if !mounted.status.success() {
            return Err(String::from_utf8_lossy(&mounted.stderr).into_owned());
        }
        give_to_postgres(&disk);
        self.mounts.push(disk.clone());
        Ok(disk)
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        if let Some(pid) = self.running.as_ref().and_then(stop_immediately) {
            let _exited = waitpid(pid, None);
        }
        for disk in &self.mounts {
            let _unmounted = std::process::Command::new("umount").arg(disk).status();
        }
    }
}

async fn streams(admin: &mut PgConnection, standby: &str, replication: Replication) -> bool {
    let streams = sqlx::query_scalar(
        "select exists (select from pg_stat_replication
                        where application_name = $1 and state = 'streaming' and (sync_state = 'sync' or $2))",
    );
    let streams = streams.bind(standby).bind(replication == Replication::Asynchronous);
    streams.fetch_one(admin).await.expect("the state of the standby")
}

fn directory() -> TempDir {
    let directory = tempfile::Builder::new().prefix("tintype-pg.").tempdir_in("/tmp").expect("a short path");
    give_to_postgres(directory.path());
    directory
}

/// Requests an immediate shutdown.
fn stop_immediately(child: &Child) -> Option<Pid> {
    let pid = Pid::from_raw(child.id()?.try_into().ok()?);
    kill(pid, Signal::SIGQUIT).ok()?;
    Some(pid)
}

/// A program of Postgres, which refuses to run as root.
fn command(program: &str, directory: &Path) -> Command {
    let mut command = Command::new(programs().join(program));
    command.current_dir(directory).stdin(Stdio::null()).stdout(Stdio::null());
    if let Some(user) = user() {
        command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
    }
    command
}

/// Returns the user to run Postgres as if this process is root.
fn user() -> Option<User> {
    geteuid().is_root().then(|| User::from_name("postgres").ok().flatten().expect("a user named postgres"))
}

fn give_to_postgres(directory: &Path) {
    set_permissions(directory, Permissions::from_mode(0o700)).expect("our directory");
    if let Some(user) = user() {
        chown(directory, Some(user.uid.as_raw()), Some(user.gid.as_raw())).expect("root may change the owner");
    }
}

/// Returns `PG_BIN_DIR`, or the directory of the newest version that is installed, like
/// `tools/with-postgres`.
fn programs() -> PathBuf {
    if let Some(named) = std::env::var_os("PG_BIN_DIR") {
        return named.into();
    }
    let mut found: Vec<(u32, PathBuf)> = ["/usr/lib/postgresql", "/usr", "/opt/homebrew/opt", "/usr/local/opt"]
        .iter()
        .filter_map(|directory| std::fs::read_dir(directory).ok())
        .flatten()
        .filter_map(|entry| {
            let directory = entry.ok()?.path();
            let version = directory.file_name()?.to_str()?.trim_start_matches(|letter: char| !letter.is_ascii_digit());
            Some((version.parse().unwrap_or(0), directory.join("bin")))
        })
        .filter(|(_, bin)| bin.join("initdb").exists() && bin.join("postgres").exists())
        .collect();
    found.sort();
    found.pop().expect("PostgreSQL's server is installed: run ./bootstrap, or set PG_BIN_DIR").1
}
