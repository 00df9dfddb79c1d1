//! A Postgres for the benchmark only, with durability on.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail, ensure};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

/// Settings that differ from Postgres' defaults, the same for all contenders.
pub(crate) const SETTINGS: &[(&str, &str)] = &[
    ("fsync", "on"),
    ("full_page_writes", "on"),
    ("synchronous_commit", "on"),
    ("shared_buffers", "1GB"),
    ("max_connections", "300"),
    // No checkpoint falls into a measurement except the one before it.
    ("max_wal_size", "16GB"),
    ("checkpoint_timeout", "30min"),
    ("track_activity_query_size", "16kB"),
    ("pg_stat_statements.track", "top"),
];

/// A running Postgres. It is stopped and its data is removed when this is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    dir: PathBuf,
    bin_dir: PathBuf,
    /// A pool to its database `postgres`.
    pub(crate) admin: PgPool,
}

impl Server {
    /// Starts it. Its data is on a disk, not in memory.
    pub(crate) fn start() -> anyhow::Result<Self> {
        let bin_dir = find_bin_dir()?;
        let dir = PathBuf::from(format!("/var/tmp/tintype-bench.{}", std::process::id()));
        std::fs::create_dir(&dir).with_context(|| format!("creating {}", dir.display()))?;
        let admin = PgPoolOptions::new().max_connections(4).connect_lazy(&url_in(&dir, "postgres"))?;
        // From here on, dropping it cleans up.
        let server = Self { dir, bin_dir, admin };
        if is_root()? {
            run(Command::new("chown").arg("postgres").arg(&server.dir))?;
        }
        let data = server.dir.join("data");
        run(server.program("initdb")?.arg("-D").arg(&data).args([
            "-U",
            "postgres",
            "--auth=trust",
            "-E",
            "UTF8",
            "--no-locale",
        ]))?;
        let start = server
            .program("pg_ctl")?
            .arg("-D")
            .arg(&data)
            .arg("-l")
            .arg(server.dir.join("log"))
            .args(["-w", "start", "-o"])
            .arg(server.options())
            .status_quietly();
        ensure!(
            start?,
            "Postgres did not start: {}",
            std::fs::read_to_string(server.dir.join("log")).unwrap_or_default()
        );
        Ok(server)
    }

    /// Returns the URL of one of its databases.
    pub(crate) fn url(&self, database: &str) -> String {
        url_in(&self.dir, database)
    }

    /// Returns a directory that is removed with it, and that every user may enter.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Returns the directory of Postgres' programs.
    pub(crate) fn bin_dir(&self) -> &Path {
        &self.bin_dir
    }

    /// The root of its processes.
    pub(crate) fn pid(&self) -> anyhow::Result<u32> {
        let pid_file = std::fs::read_to_string(self.dir.join("data/postmaster.pid"))?;
        pid_file.lines().next().and_then(|line| line.trim().parse().ok()).context("no process id in postmaster.pid")
    }

    /// Returns the options of its command line: its socket and settings.
    fn options(&self) -> String {
        let mut options = format!("-k {} -c listen_addresses=", self.dir.display());
        for (name, value) in SETTINGS {
            options += " -c ";
            options += name;
            options += "=";
            options += value;
        }
        if self.has_statistics() {
            options += " -c shared_preload_libraries=pg_stat_statements";
        }
        options
    }

    /// Whether Postgres' contributed extensions are installed.
    fn has_statistics(&self) -> bool {
        let output = Command::new(self.bin_dir.join("pg_config")).arg("--pkglibdir").output();
        let dir = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default();
        Path::new(&dir).join("pg_stat_statements.so").exists()
            || self.bin_dir.join("../lib/pg_stat_statements.so").exists()
    }

    /// Returns one of its programs, to be run as an unprivileged user: Postgres refuses root.
    fn program(&self, name: &str) -> anyhow::Result<Command> {
        let path = self.bin_dir.join(name);
        let mut command = if is_root()? {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]).arg(path);
            command
        } else {
            Command::new(path)
        };
        command.current_dir("/").stdin(Stdio::null());
        Ok(command)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Errors are ignored: nothing of it is needed any more.
        if let Ok(mut stop) = self.program("pg_ctl") {
            let _ = stop.arg("-D").arg(self.dir.join("data")).args(["-m", "immediate", "stop"]).status_quietly();
        }
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

fn url_in(dir: &Path, database: &str) -> String {
    format!("postgres://postgres@localhost/{database}?host={}", dir.display().to_string().replace('/', "%2F"))
}

/// Returns `PG_BIN_DIR` where it is set, or else the newest installed version.
fn find_bin_dir() -> anyhow::Result<PathBuf> {
    let mut found = match std::env::var_os("PG_BIN_DIR") {
        Some(set) => vec![PathBuf::from(set)],
        None => installed(),
    };
    found.retain(|dir| dir.join("initdb").exists() && dir.join("postgres").exists());
    found.into_iter().next().context("no PostgreSQL server found: run ./bootstrap, or set PG_BIN_DIR")
}

fn installed() -> Vec<PathBuf> {
    let list = "ls -d /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql*/bin \
        /usr/local/opt/postgresql*/bin 2>/dev/null | sort -rV";
    let listed = Command::new("sh").args(["-c", list]).output();
    let listed = listed.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    listed.lines().map(PathBuf::from).collect()
}

/// Whether this process runs as root.
pub(crate) fn is_root() -> anyhow::Result<bool> {
    let id = Command::new("id").arg("-u").output().context("running id -u")?;
    Ok(id.stdout.trim_ascii() == b"0")
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("running {command:?}"))?;
    if !output.status.success() {
        bail!("{command:?} failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}

trait Quietly {
    /// Runs it without output, and returns whether it succeeded.
    fn status_quietly(&mut self) -> anyhow::Result<bool>;
}

impl Quietly for Command {
    fn status_quietly(&mut self) -> anyhow::Result<bool> {
        Ok(self.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status()?.success())
    }
}
