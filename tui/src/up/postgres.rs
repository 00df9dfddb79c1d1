//! A private Postgres: the machine's own programs, our data, a socket that only we reach.
//!
//! It listens on no port, so it is in nobody's way, and trusts whoever reaches its socket:
//! the folder that holds it lets in nobody but its owner (and root). `fsync` stays on.

mod connections;
mod ended;
mod initdb;
mod reach;
mod server;
mod socket;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::sys::signal::Signal;
use tokio::time::sleep;

use super::log::Log;
use super::program::{Environment, Owner, Program, ProgramError, args};
use super::service::{Ending, Hopeless, Service};
use crate::folder::Folder;

pub(crate) use ended::make_sure as make_sure_it_ended;
pub(crate) use socket::clear as clear_socket;

/// SIGINT rolls back what runs and closes in order; SIGQUIT leaves recovery to the next start.
const ENDING: Ending =
    Ending { asked_by: Signal::SIGINT, within: Duration::from_secs(30), hurried_by: Signal::SIGQUIT };
/// What Postgres left behind when it was killed takes a moment to go away.
const CHANCES: u32 = 3;

/// Why Postgres does not run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PostgresError {
    /// Install one, or name a database.
    #[error(
        "no PostgreSQL server of version {oldest} or newer is installed: ./bootstrap installs one, PG_BIN_DIR names the \
         folder of its programs, DATABASE_URL names a database to use instead",
        oldest = server::OLDEST
    )]
    NotInstalled,
    /// Install that version, or choose another folder.
    #[error(
        "{0} holds the data of PostgreSQL {1}, which is not installed: install it, or choose another data folder with --data"
    )]
    OtherVersion(PathBuf, u32),
    /// Open the folder, or choose another.
    #[error(
        "as root, Postgres runs as the user `postgres`, who may not enter {0}: choose {1}, or let it pass (chmod o+x)"
    )]
    OutOfReach(PathBuf, &'static str),
    /// Make or choose a user.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// See what it says.
    #[error("initdb could not make the database:\n{0}")]
    Initdb(String),
    /// See its log.
    #[error(transparent)]
    Hopeless(#[from] Hopeless),
    /// End it by hand.
    #[error("the Postgres that an earlier `tintype up` left behind (pid {0}) does not end")]
    Undead(i32),
    /// The system refused.
    #[error("Postgres cannot be set up in {0}")]
    Io(PathBuf, #[source] io::Error),
}

/// A Postgres that is ready to be started.
#[derive(Debug)]
pub(crate) struct Postgres {
    cluster: PathBuf,
    url: String,
    program: Program,
}

impl Postgres {
    /// Finds the programs, makes the database if there is none, and clears what an
    /// earlier one has left behind. There will be so many workers.
    pub(crate) async fn prepare(folder: &Folder, workers: u16) -> Result<Self, PostgresError> {
        let owner = Owner::of_postgres()?;
        let server = server::choose(folder)?;
        reach::check(&owner, folder.path(), "another data folder with --data").await?;
        reach::check(&owner, &server.bin, "other programs with PG_BIN_DIR").await?;
        let cluster = folder.join(server.cluster());
        let refused = |error| PostgresError::Io(cluster.clone(), error);
        initdb::make(&owner, &server, folder, &cluster).await?;
        ended::make_sure(&cluster).await?;
        let socket = socket::make(&owner, folder).map_err(refused)?;
        let program = Program {
            path: server.bin.join("postgres"),
            args: arguments(&cluster, &socket, workers),
            environment: Environment::Bare,
            owner,
            dies_by: "INT",
        };
        Ok(Self { url: url(&socket), cluster, program })
    }

    /// Where it will be.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Starts it.
    pub(crate) fn start(&self, log: Log) -> io::Result<Service> {
        Ok(Service::start("Postgres".to_owned(), self.program.clone(), ENDING, log)?.with_cluster(self.cluster.clone()))
    }

    /// Waits until it takes connections, however long it has to recover.
    pub(crate) async fn ready(&self, service: &mut Service) -> Result<(), PostgresError> {
        let refused = |error| PostgresError::Io(self.cluster.clone(), error);
        for chance in 1.. {
            let pid = service.pid();
            let ended = tokio::select! {
                ended = service.ended() => ended.map_err(refused)?,
                () = self.takes_connections(pid.map(i32::from)) => return Ok(()),
            };
            if chance == CHANCES {
                return Err(ended.into());
            }
            sleep(Duration::from_secs(1)).await;
            service.again().map_err(refused)?;
        }
        Ok(())
    }

    async fn takes_connections(&self, pid: Option<i32>) {
        while pid.is_none() || says_ready(&self.cluster) != pid {
            sleep(Duration::from_millis(20)).await;
        }
    }
}

/// The process that has written that it is ready: the first and eighth line of its file.
fn says_ready(cluster: &Path) -> Option<i32> {
    let text = fs::read_to_string(cluster.join("postmaster.pid")).ok()?;
    let ready = text.lines().nth(7)?.trim() == "ready";
    text.lines().next().filter(|_| ready)?.trim().parse().ok()
}

fn arguments(cluster: &Path, socket: &Path, workers: u16) -> Vec<std::ffi::OsString> {
    let quoted = socket.display().to_string().replace('"', "\"\"");
    let mut all = args(&[Path::new("-D"), cluster]);
    let directories = format!("unix_socket_directories=\"{quoted}\"");
    let connections = format!("max_connections={}", connections::enough(workers));
    let settings = ["listen_addresses=", "port=5432", "unix_socket_permissions=0700", "timezone=UTC"];
    for setting in settings.into_iter().chain([connections.as_str(), directories.as_str()]) {
        all.extend(args(&["-c", setting]));
    }
    all
}

/// The address of the database on a socket. It says all that the environment (PGPORT,
/// PGSSLMODE) could say otherwise.
fn url(socket: &Path) -> String {
    let mut host = String::new();
    for byte in socket.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' => host.push(char::from(*byte)),
            _ => host.extend(['%', hex(byte >> 4), hex(byte & 15)]),
        }
    }
    format!("postgres://postgres@localhost:5432/postgres?host={host}&sslmode=disable")
}

fn hex(digit: u8) -> char {
    char::from_digit(u32::from(digit), 16).unwrap_or('0').to_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::url;

    #[test]
    fn the_url_carries_any_path() {
        let url = url(Path::new("/home/b&b/my data/run"));

        assert_eq!(
            url,
            "postgres://postgres@localhost:5432/postgres?host=%2Fhome%2Fb%26b%2Fmy%20data%2Frun&sslmode=disable"
        );
    }
}
