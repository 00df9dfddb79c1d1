//! A private Postgres: the machine's own programs, our data, and a socket that only we reach.
//!
//! It listens on no port, so it conflicts with no other Postgres. It trusts every connection
//! on its socket: only its owner and root may enter the directory of the socket. `fsync`
//! stays on.

mod access;
mod capacity;
mod cluster;
mod error;
mod install;
mod socket;
pub(crate) mod stale;

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::db::DatabaseUrl;
use nix::sys::signal::Signal;
use tokio::time::sleep;

use super::child::{Child, CrashLoop, StopPolicy};
use super::log::Log;
use super::program::{Environment, Program, RunAs, args};
use crate::data_dir::DataDir;

use access::Remedy;

pub(crate) use error::PostgresError;
pub(crate) use socket::remove_dir as remove_socket_dir;

/// SIGINT rolls back open transactions and shuts down cleanly; after SIGQUIT, the next start
/// has to recover.
const STOP: StopPolicy =
    StopPolicy { signal: Signal::SIGINT, timeout: Duration::from_secs(30), force_signal: Signal::SIGQUIT };
/// How many times the start is tried: shared memory of a killed Postgres takes a moment to
/// disappear.
const MAX_START_ATTEMPTS: u32 = 3;
/// The delay between two attempts to start.
const RESTART_DELAY: Duration = Duration::from_secs(1);
/// How often readiness is checked.
const CHECK_INTERVAL: Duration = Duration::from_millis(20);

/// A Postgres that is ready to be started.
#[derive(Debug)]
pub(crate) struct Postgres {
    cluster: PathBuf,
    socket_dir: PathBuf,
    program: Program,
}

impl Postgres {
    /// Finds the programs, creates the cluster if there is none, and cleans up after an earlier
    /// run. The number of workers determines how many connections are allowed.
    pub(crate) async fn prepare(data_dir: &DataDir, workers: u16) -> Result<Self, PostgresError> {
        let run_as = RunAs::for_postgres()?;
        let install = install::choose(data_dir)?;
        access::check(&run_as, data_dir.path(), Remedy::OtherDataDir).await?;
        access::check(&run_as, &install.bin_dir, Remedy::OtherPrograms).await?;
        let cluster = data_dir.join(install.cluster_name());
        cluster::create(&run_as, &install, data_dir, &cluster).await?;
        stale::end_processes(&cluster).await?;
        let socket_dir =
            socket::create_dir(&run_as, data_dir).map_err(|error| PostgresError::Io(cluster.clone(), error))?;
        let program = Program {
            path: install.bin_dir.join("postgres"),
            args: arguments(&cluster, &socket_dir, workers),
            environment: Environment::Minimal,
            run_as,
            death_signal: "INT",
        };
        Ok(Self { cluster, socket_dir, program })
    }

    /// The URL of the database.
    pub(crate) fn database_url(&self) -> DatabaseUrl {
        let Ok(url) = socket::database_url(&self.socket_dir).parse();
        url
    }

    /// Starts the server.
    pub(crate) fn start(&self, log: Log) -> io::Result<Child> {
        let child = Child::start("Postgres".to_owned(), self.program.clone(), STOP, log)?;
        Ok(child.with_cluster(self.cluster.clone()))
    }

    /// Waits until the server accepts connections, however long recovery takes.
    pub(crate) async fn wait_until_ready(&self, child: &mut Child) -> Result<(), PostgresError> {
        let io_error = |error| PostgresError::Io(self.cluster.clone(), error);
        for attempt in 1.. {
            let pid = child.pid();
            let exit = tokio::select! {
                exit = child.wait() => exit.map_err(io_error)?,
                () = self.accepts_connections(pid.map(i32::from)) => return Ok(()),
            };
            if attempt == MAX_START_ATTEMPTS {
                return Err(CrashLoop(exit).into());
            }
            sleep(RESTART_DELAY).await;
            child.restart().map_err(io_error)?;
        }
        Ok(())
    }

    async fn accepts_connections(&self, pid: Option<i32>) {
        while pid.is_none() || ready_postmaster(&self.cluster) != pid {
            sleep(CHECK_INTERVAL).await;
        }
    }
}

/// The postmaster that has reported to be ready: line 1 of its file is the pid, and line 8 the
/// status.
fn ready_postmaster(cluster: &Path) -> Option<i32> {
    let text = fs::read_to_string(cluster.join("postmaster.pid")).ok()?;
    let is_ready = text.lines().nth(7)?.trim() == "ready";
    text.lines().next().filter(|_| is_ready)?.trim().parse().ok()
}

fn arguments(cluster: &Path, socket_dir: &Path, workers: u16) -> Vec<OsString> {
    let quoted = socket_dir.display().to_string().replace('"', "\"\"");
    let mut all = args(&[Path::new("-D"), cluster]);
    let directories = format!("unix_socket_directories=\"{quoted}\"");
    let connections = format!("max_connections={}", capacity::max_connections(workers));
    let settings = ["listen_addresses=", "port=5432", "unix_socket_permissions=0700", "timezone=UTC"];
    for setting in settings.into_iter().chain([connections.as_str(), directories.as_str()]) {
        all.extend(args(&["-c", setting]));
    }
    all
}
