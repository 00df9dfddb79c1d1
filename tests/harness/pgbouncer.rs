//! A `PgBouncer` in front of Postgres, configured as little as possible.

use std::fs::{Permissions, set_permissions, write};
use std::os::unix::fs::{PermissionsExt, chown};
use std::process::Stdio;
use std::str::FromStr;

use nix::unistd::{User, geteuid};
use sqlx::postgres::PgConnectOptions;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::TEST_TIMEOUT;

/// Where Debian and other systems install it.
const PROGRAMS: [&str; 3] = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/opt/homebrew/bin/pgbouncer"];

/// A pooler. Dropping it stops it.
pub struct PgBouncer {
    port: u16,
    _child: Child,
    _log: JoinSet<()>,
    _directory: TempDir,
}

impl PgBouncer {
    /// Starts one in front of the server of this URL, with `pool_mode` set. Returns why it cannot.
    pub async fn start(server: &str, pool_mode: &str) -> Result<Self, String> {
        let program = PROGRAMS.into_iter().find(|program| std::path::Path::new(program).exists());
        let program = program.ok_or("pgbouncer is not installed")?;
        let directory = tempfile::tempdir_in("/tmp").expect("a directory");
        let port =
            std::net::TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
        let options = PgConnectOptions::from_str(server).expect("the URL of a server");
        let host = options.get_socket().map_or(options.get_host().to_owned(), |path| path.display().to_string());
        let users = directory.path().join("users.txt");
        write(&users, format!("\"{}\" \"\"\n", options.get_username())).expect("a file");
        let configuration = format!(
            "[databases]\n* = host={host} port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             unix_socket_dir =\nauth_type = trust\nauth_file = {}\npool_mode = {pool_mode}\n",
            options.get_port(),
            users.display(),
        );
        let file = directory.path().join("pgbouncer.ini");
        write(&file, configuration).expect("a file");
        let mut command = Command::new(program);
        command.arg(&file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
        if geteuid().is_root() {
            let user = User::from_name("postgres").ok().flatten().expect("a user named postgres");
            set_permissions(directory.path(), Permissions::from_mode(0o755)).expect("our directory");
            for path in [&users, &file] {
                chown(path, Some(user.uid.as_raw()), Some(user.gid.as_raw())).expect("root may change the owner");
            }
            command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
        }
        let mut child = command.spawn().map_err(|error| error.to_string())?;
        let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
        let started = async {
            while let Some(line) = lines.next_line().await.expect("a log") {
                eprintln!("pgbouncer: {line}");
                if line.contains("process up") {
                    return;
                }
            }
            panic!("pgbouncer exits");
        };
        timeout(TEST_TIMEOUT, started).await.expect("pgbouncer starts in time");
        let mut log = JoinSet::new();
        log.spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                eprintln!("pgbouncer: {line}");
            }
        });
        Ok(Self { port, _child: child, _log: log, _directory: directory })
    }

    /// Returns the URL of a database through it.
    pub fn url(&self, database_url: &str) -> String {
        let mut url = reqwest::Url::parse(database_url).expect("a URL");
        url.set_host(Some("127.0.0.1")).expect("a URL with a host");
        url.set_port(Some(self.port)).expect("a URL with a port");
        url.set_query(None);
        url.into()
    }
}
