//! What every story of the darkroom stands on.

use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use harness::inspect::Tree;
use harness::{Dns, Network, Orphans, Picture, Process, Proxy, Service, apart, picture, story};
use nix::sys::signal::Signal;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

pub(crate) const RED: [u8; 3] = [255, 0, 0];
pub(crate) const GREEN: [u8; 3] = [0, 255, 0];
pub(crate) const BLUE: [u8; 3] = [0, 0, 255];

/// Beyond its own timeout, so much may a job take: three times what is promised.
const SLACK: i64 = 15;

/// Processes and files ring no bell: so often they are looked at.
const TICK: Duration = Duration::from_millis(20);

/// How a worker keeps its browsers in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Each in a network namespace of its own.
    Namespaces,
    /// By their flags alone.
    Flags,
}

/// A service, and where it is.
pub(crate) struct Room<'a> {
    pub(crate) service: &'a Service,
    pub(crate) network: &'a Network,
    pub(crate) dns: Dns,
    mode: Mode,
    temp: TempDir,
}

pub(crate) fn tell(mode: Mode, happen: impl AsyncFnOnce(&Room<'_>)) {
    apart(async |network| {
        story(async |service| {
            let temp = tempfile::tempdir_in("/tmp").expect("a folder");
            set_permissions(temp.path(), Permissions::from_mode(0o777)).expect("our folder");
            happen(&Room { service, network, dns: Dns::open().await, mode, temp }).await;
        })
        .await;
    });
}

impl Room<'_> {
    /// Starts a worker.
    pub(crate) async fn worker(&self, slots: u16) -> Process {
        self.worker_with(slots, &[]).await
    }

    pub(crate) async fn worker_with(&self, slots: u16, with: &[(&str, &str)]) -> Process {
        let resolver = self.dns.address();
        self.service.worker_process_with(slots, &[&self.environment(&resolver), with].concat()).await
    }

    /// Starts a worker that is not root, whoever the test is. The database's socket is
    /// closed to it, so it goes by another way.
    pub(crate) async fn worker_as(&self, user: &str, slots: u16) -> (Process, Proxy) {
        let proxy = Proxy::to(&self.service.database_url).await;
        let resolver = self.dns.address();
        let with = [&self.environment(&resolver)[..], &[("DATABASE_URL", proxy.url())]].concat();
        (self.service.worker_process_as(user, slots, &with).await, proxy)
    }

    fn environment<'a>(&'a self, resolver: &'a str) -> [(&'a str, &'a str); 3] {
        let mode = match self.mode {
            Mode::Namespaces => "TINTYPE_REQUIRE_NETNS",
            Mode::Flags => "TINTYPE_NO_NETNS",
        };
        let temp = self.temp.path().to_str().expect("a plain path");
        [(mode, "true"), ("TINTYPE_RESOLVER", resolver), ("TMPDIR", temp)]
    }

    /// Whether each browser is to have a network namespace of its own.
    pub(crate) fn has_namespaces(&self) -> bool {
        self.mode == Mode::Namespaces
    }

    /// Asks for a job, and answers its id.
    pub(crate) async fn ask(&self, key: &str, kind: &str, mut body: Value) -> String {
        body["async"] = json!(true);
        let answer = self.service.post(key, &format!("/v1/{kind}"), &body).await;
        assert_eq!(answer.status, 202, "{}", answer.json());
        answer.json()["job_id"].as_str().expect("a job_id").to_owned()
    }

    /// Asks for a screenshot, and answers how the job ended.
    pub(crate) async fn shoot(&self, key: &str, body: Value) -> Value {
        let job = self.ask(key, "screenshot", body).await;
        self.service.ended(key, &job).await
    }

    /// The picture of a job that completed.
    pub(crate) async fn picture(&self, key: &str, job: &Value) -> Picture {
        assert_eq!(job["status"], "completed", "{job}");
        let result = self.service.get(key, job["result_url"].as_str().expect("a path")).await;
        assert_eq!(result.status, 200, "{}", result.json());
        picture(&result.bytes)
    }

    /// Renders a well-behaved page, and looks at it.
    pub(crate) async fn assert_renders(&self, key: &str) {
        let job = self.shoot(key, json!({"url": self.service.site.page("/flag")})).await;
        let flag = self.picture(key, &job).await;
        flag.assert_colour((640, 100), RED);
        flag.assert_colour((640, 620), BLUE);
    }

    /// No job took longer, from its start, than its own timeout and some slack.
    pub(crate) async fn assert_in_time(&self, timeout_ms: i64) {
        let longest = "select coalesce(max(ceil(extract(epoch from completed_at - started_at))), 0)::bigint from job";
        let longest = self.service.count(longest).await;
        assert!(longest <= timeout_ms / 1000 + SLACK, "a job held its slot for {longest} s");
    }

    /// How many directories of browsers there are.
    pub(crate) fn directories(&self) -> usize {
        let entries = std::fs::read_dir(self.temp.path()).expect("our folder");
        entries.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with("tintype-browser-")).count()
    }

    /// The names of all files that the worker and its browsers keep.
    pub(crate) fn files(&self) -> Vec<String> {
        let (mut folders, mut files) = (vec![self.temp.path().to_owned()], Vec::new());
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    folders.push(entry.path());
                }
                files.push(entry.path().display().to_string());
            }
        }
        files
    }

    /// Has a worker stop, and sees that nothing of it is left.
    pub(crate) async fn leave(&self, mut worker: Process) {
        assert!(worker.runs(), "the worker lives");
        assert!(self.directories() > 0, "its browsers live where we look");
        let orphans = Orphans::adopt(worker.id());
        worker.signal(Signal::SIGTERM);
        assert_eq!(worker.ended().await, Some(0));
        orphans.gone().await;
        let left = std::fs::read_dir(self.temp.path()).expect("our folder").flatten();
        let left: Vec<_> = left.map(|entry| entry.file_name()).collect();
        assert!(left.is_empty(), "the worker left {left:?}");
    }
}

/// Looks at a worker's processes until a look finds what it looks for.
pub(crate) async fn seen<T>(worker: &Process, look: impl Fn(&Tree) -> Option<T>) -> T {
    let found = async {
        loop {
            if let Some(found) = look(&Tree::below(worker.id())) {
                return found;
            }
            sleep(TICK).await;
        }
    };
    timeout(harness::PATIENCE, found).await.expect("what was looked for never came")
}

/// The classes of what a job was kept from.
pub(crate) fn blocked(job: &Value) -> Vec<&str> {
    let Some(blocked) = job["blocked"].as_array() else { return Vec::new() };
    blocked.iter().map(|entry| entry["class"].as_str().expect("a class")).collect()
}

/// Fails the test unless a job failed with one of these codes.
pub(crate) fn assert_failed(job: &Value, codes: &[&str]) {
    let code = job["error_code"].as_str().unwrap_or_default();
    assert!(job["status"] == "failed" && codes.contains(&code), "not one of {codes:?}: {job}");
}
