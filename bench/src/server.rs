//! A Postgres of the benchmark's own, with every promise kept: durability is on.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail, ensure};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

/// What differs from Postgres' defaults, for everybody alike.
pub(crate) const SETTINGS: &[(&str, &str)] = &[
    ("fsync", "on"),
    ("full_page_writes", "on"),
    ("synchronous_commit", "on"),
    ("shared_buffers", "1GB"),
    ("max_connections", "300"),
    // No checkpoint falls into a measurement but the one before it.
    ("max_wal_size", "16GB"),
    ("checkpoint_timeout", "30min"),
    ("track_activity_query_size", "16kB"),
    ("pg_stat_statements.track", "top"),
];

/// A running Postgres. It and its data are gone when this is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    home: PathBuf,
    programs: PathBuf,
    /// A pool to its database `postgres`.
    pub(crate) admin: PgPool,
}

impl Server {
    /// Starts it. Its data lies on a disk, not in memory.
    pub(crate) fn start() -> anyhow::Result<Self> {
        let programs = find_programs()?;
        let home = PathBuf::from(format!("/var/tmp/tintype-bench.{}", std::process::id()));
        std::fs::create_dir(&home).with_context(|| format!("creating {}", home.display()))?;
        let admin = PgPoolOptions::new().max_connections(4).connect_lazy(&url_in(&home, "postgres"))?;
        // From here on, dropping it cleans up.
        let server = Self { home, programs, admin };
        if is_root()? {
            run(Command::new("chown").arg("postgres").arg(&server.home))?;
        }
        let data = server.home.join("data");
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
            .arg(server.home.join("log"))
            .args(["-w", "start", "-o"])
            .arg(server.options())
            .status_quietly();
        ensure!(
            start?,
            "Postgres does not start: {}",
            std::fs::read_to_string(server.home.join("log")).unwrap_or_default()
        );
        Ok(server)
    }

    /// Where one of its databases is.
    pub(crate) fn url(&self, database: &str) -> String {
        url_in(&self.home, database)
    }

    /// A folder that is gone with it, and that everybody may enter.
    pub(crate) fn folder(&self) -> &Path {
        &self.home
    }

    /// The process above all of its others.
    pub(crate) fn pid(&self) -> anyhow::Result<u32> {
        let noted = std::fs::read_to_string(self.home.join("data/postmaster.pid"))?;
        noted.lines().next().and_then(|line| line.trim().parse().ok()).context("Postgres has no process")
    }

    /// Where its write-ahead log and data are read and written.
    fn options(&self) -> String {
        let mut options = format!("-k {} -c listen_addresses=", self.home.display());
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
        let asked = Command::new(self.programs.join("pg_config")).arg("--pkglibdir").output();
        let folder = asked.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default();
        Path::new(&folder).join("pg_stat_statements.so").exists()
            || self.programs.join("../lib/pg_stat_statements.so").exists()
    }

    /// One of its programs, run as who may: never as root.
    fn program(&self, name: &str) -> anyhow::Result<Command> {
        let path = self.programs.join(name);
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
        // Nothing of it is wanted any more, so nothing is done about what fails.
        if let Ok(mut stop) = self.program("pg_ctl") {
            let _ = stop.arg("-D").arg(self.home.join("data")).args(["-m", "immediate", "stop"]).status_quietly();
        }
        let _ = std::fs::remove_dir_all(&self.home);
    }
}

fn url_in(home: &Path, database: &str) -> String {
    format!("postgres://postgres@localhost/{database}?host={}", home.display().to_string().replace('/', "%2F"))
}

/// `PG_BIN_DIR` alone where it is set, else the newest that is installed.
fn find_programs() -> anyhow::Result<PathBuf> {
    let mut found = match std::env::var_os("PG_BIN_DIR") {
        Some(set) => vec![PathBuf::from(set)],
        None => installed(),
    };
    found.retain(|folder| folder.join("initdb").exists() && folder.join("postgres").exists());
    found.into_iter().next().context("no PostgreSQL server found: run ./bootstrap, or set PG_BIN_DIR")
}

fn installed() -> Vec<PathBuf> {
    let list = "ls -d /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql*/bin \
        /usr/local/opt/postgresql*/bin 2>/dev/null | sort -rV";
    let listed = Command::new("sh").args(["-c", list]).output();
    let listed = listed.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    listed.lines().map(PathBuf::from).collect()
}

/// Whether we are root.
pub(crate) fn is_root() -> anyhow::Result<bool> {
    let id = Command::new("id").arg("-u").output().context("asking who we are")?;
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
    /// Runs it without a word, and answers whether it succeeded.
    fn status_quietly(&mut self) -> anyhow::Result<bool>;
}

impl Quietly for Command {
    fn status_quietly(&mut self) -> anyhow::Result<bool> {
        Ok(self.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status()?.success())
    }
}
