//! The service: two APIs, three workers, a primary and its standby.

use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::Db;
use domain::key::NewKey;
use harness::fixtures::actor;
use harness::{Database, PostgresServer, Proxy, Replication, SECRET_KEY};
use secrecy::ExposeSecret;
use tempfile::TempDir;
use tokio::process::Command;
use tokio::time::{Instant, sleep};

use super::program::Program;
use crate::faults::clocks::clock;

const APIS: usize = 2;
const WORKERS: usize = 3;

/// The size of the disk of a worker's browsers.
const DISK: &str = "size=128m,mode=1777";

/// How often a part is asked whether it is there again.
const POLL: Duration = Duration::from_millis(100);

/// A program and its way to the database.
pub(super) struct Member {
    pub(super) program: Program,
    pub(super) proxy: Proxy,
    /// An API's URL.
    pub(super) url: Option<String>,
    /// A worker's directory for temporary files.
    pub(super) disk: Option<PathBuf>,
}

/// The service, and what it runs on. APIs come first among its members.
pub(super) struct Fleet {
    pub(super) members: Vec<Member>,
    pub(super) primary: PostgresServer,
    /// `None` after a failover, until a new one streams.
    pub(super) standby: Option<PostgresServer>,
    /// Whether the disks of workers are small ones, which can be filled.
    pub(super) has_small_disks: bool,
    address: Proxy,
    database: Database,
    directory: Option<TempDir>,
}

impl Fleet {
    pub(super) async fn start() -> Self {
        let primary = PostgresServer::start().await;
        let standby = Some(primary.start_standby(Replication::Synchronous).await);
        let address = Proxy::to(&primary.url).await;
        let database = Database::create_at(address.url()).await;
        let directory = tempfile::Builder::new().prefix("tintype-chaos.").tempdir_in("/tmp").expect("a directory");
        set_permissions(directory.path(), Permissions::from_mode(0o755)).expect("our directory");
        eprintln!("chaos: logs are in {}", directory.path().display());
        let mut fleet = Self {
            members: Vec::new(),
            primary,
            standby,
            has_small_disks: true,
            address,
            database,
            directory: Some(directory),
        };
        fleet.start_members().await;
        fleet
    }

    async fn start_members(&mut self) {
        let directory = self.directory().to_owned();
        // The clocks of one API and one worker are wrong all the time.
        let (fast, slow) = (clock(&directory, "fast.so", "600").await, clock(&directory, "slow.so", "-600").await);
        for number in 1..=APIS {
            let skew = if number == APIS { fast.as_path() } else { Path::new("") };
            let member = self.start_api(number, skew).await;
            self.members.push(member);
        }
        for number in 1..=WORKERS {
            let skew = if number == WORKERS { slow.as_path() } else { Path::new("") };
            let member = self.start_worker(number, skew).await;
            self.members.push(member);
        }
        for member in &self.members {
            self.wait_until_ready(member, Instant::now() + harness::TEST_TIMEOUT).await.expect("a first start");
        }
    }

    async fn start_api(&self, number: usize, skew: &Path) -> Member {
        let (proxy, listen) = (Proxy::to(&self.database.url).await, free_address());
        proxy.retarget(&self.primary.url);
        let env = [
            ("DATABASE_URL", proxy.url()),
            ("TINTYPE_LISTEN", &listen),
            ("TINTYPE_SECRET_KEY", SECRET_KEY),
            ("LD_PRELOAD", skew.to_str().expect("a plain path")),
        ];
        let program = Program::start(&format!("api {number}"), "tintype-api", &env, self.directory());
        Member { program, proxy, url: Some(format!("http://{listen}")), disk: None }
    }

    async fn start_worker(&mut self, number: usize, skew: &Path) -> Member {
        let proxy = Proxy::to(&self.database.url).await;
        proxy.retarget(&self.primary.url);
        let disk = self.directory().join(format!("disk-{number}"));
        std::fs::create_dir(&disk).expect("a directory");
        set_permissions(&disk, Permissions::from_mode(0o1777)).expect("our directory");
        self.has_small_disks &= mount(&disk).await;
        let name = format!("chaos-{number}");
        let env = [
            ("DATABASE_URL", proxy.url()),
            ("TINTYPE_WORKER_NAME", &name),
            ("TINTYPE_SLOTS", "1"),
            ("TINTYPE_GRACE", "5"),
            ("TINTYPE_SECRET_KEY", SECRET_KEY),
            ("TMPDIR", disk.to_str().expect("a plain path")),
            ("LD_PRELOAD", skew.to_str().expect("a plain path")),
        ];
        let program = Program::start(&format!("worker {number}"), "tintype-worker", &env, self.directory());
        Member { program, proxy, url: None, disk: Some(disk) }
    }

    /// Creates an account with credits, and returns a key of it.
    pub(super) async fn account(&self, name: &str, credits: i64) -> String {
        let db = &self.database.db;
        domain::account::create(db, &actor(), name, credits).await.expect("an account");
        let key = domain::key::create(db, &actor(), &NewKey::new(name)).await.expect("a key").key;
        key.expose_secret().to_owned()
    }

    pub(super) fn api_urls(&self) -> Vec<String> {
        self.members.iter().filter_map(|member| member.url.clone()).collect()
    }

    /// Returns a connection pool of its own, which no earlier fault has broken.
    pub(super) async fn connect(&self) -> Db {
        domain::db::connect(&self.database.url, 4).await.expect("a connection to the healed database")
    }

    /// Moves every address to the server that is the primary now.
    pub(super) fn retarget(&self) {
        for proxy in self.members.iter().map(|member| &member.proxy).chain([&self.address]) {
            proxy.retarget(&self.primary.url);
        }
    }

    /// Waits until an API is ready, or a worker has registered since the last heartbeat. Returns what is missing.
    pub(super) async fn wait_until_ready(&self, member: &Member, deadline: Instant) -> Result<(), String> {
        while !self.is_ready(member).await {
            if Instant::now() > deadline {
                return Err(format!("{} is not ready", member.program.name));
            }
            sleep(POLL).await;
        }
        Ok(())
    }

    async fn is_ready(&self, member: &Member) -> bool {
        if let Some(url) = &member.url {
            let ready = reqwest::Client::new().get(format!("{url}/health/ready")).timeout(10 * POLL).send().await;
            return ready.is_ok_and(|response| response.status().is_success());
        }
        let Ok(db) = domain::db::connect(&self.database.url, 1).await else { return false };
        let beat = "select exists (select from worker where name = $1 and beat_at > now() - interval '5 s')";
        let name = member.program.name.replace("worker ", "chaos-");
        let beat = sqlx::query_scalar(beat).bind(name).fetch_one(&db).await;
        db.close().await;
        beat.unwrap_or(false)
    }

    fn directory(&self) -> &Path {
        self.directory.as_ref().expect("it is there until the end").path()
    }

    /// Keeps the logs, for the reader of a verdict.
    pub(super) fn keep_logs(&mut self) {
        drop(self.directory.take().map(TempDir::keep));
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        for disk in self.members.iter().filter_map(|member| member.disk.as_ref()) {
            let _not_mounted = std::process::Command::new("umount")
                .arg("--lazy")
                .arg(disk)
                .stderr(std::process::Stdio::null())
                .status();
        }
    }
}

async fn mount(disk: &Path) -> bool {
    let mount = Command::new("mount").args(["-t", "tmpfs", "-o", DISK, "tmpfs"]).arg(disk).output().await;
    mount.is_ok_and(|mount| mount.status.success())
}

fn free_address() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").to_string()
}
