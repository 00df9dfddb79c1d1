//! A service whose workers are processes in an isolated network, with a DNS server and a
//! directory of their own: for tests of egress and of browsers.

use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use nix::sys::signal::Signal;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

use crate::processes::ProcessTree;
use crate::{
    DecodedImage, Descendants, DnsServer, Network, Process, Proxy, Service, TEST_TIMEOUT, in_own_network, with_service,
};

/// What the built-in pages are coloured with.
pub const RED: [u8; 3] = [255, 0, 0];
/// See [`RED`].
pub const GREEN: [u8; 3] = [0, 255, 0];
/// See [`RED`].
pub const BLUE: [u8; 3] = [0, 0, 255];

/// How far a job may exceed its own timeout, in seconds: three times what is promised.
const TOLERANCE: i64 = 15;

/// Processes and files send no notification, so they are polled.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// How a worker confines its browsers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Isolation {
    /// Each in a network namespace of its own.
    Namespaces,
    /// By the browser's flags alone.
    Flags,
}

/// A service and its surroundings.
pub struct Sandbox<'a> {
    /// The service.
    pub service: &'a Service,
    /// The network that everything runs in.
    pub network: &'a Network,
    /// The resolver of the workers.
    pub dns: DnsServer,
    isolation: Isolation,
    temp: TempDir,
}

/// Runs a test with one kind of isolation.
pub fn with_sandbox(isolation: Isolation, test: impl AsyncFnOnce(&Sandbox<'_>)) {
    in_own_network(async |network| {
        with_service(async |service| {
            let temp = tempfile::tempdir_in("/tmp").expect("a directory");
            set_permissions(temp.path(), Permissions::from_mode(0o777)).expect("our directory");
            test(&Sandbox { service, network, dns: DnsServer::start().await, isolation, temp }).await;
        })
        .await;
    });
}

impl Sandbox<'_> {
    /// Starts a worker.
    pub async fn worker(&self, slots: u16) -> Process {
        self.worker_with(slots, &[]).await
    }

    /// Starts a worker with more environment variables.
    pub async fn worker_with(&self, slots: u16, env: &[(&str, &str)]) -> Process {
        let resolver = self.dns.address();
        self.service.worker_process_with(slots, &[&self.environment(&resolver), env].concat()).await
    }

    /// Starts a worker as another user. It connects to the database through a proxy, because
    /// it may not use the database's socket.
    pub async fn worker_as(&self, user: &str, slots: u16) -> (Process, Proxy) {
        let proxy = Proxy::to(&self.service.database_url).await;
        let resolver = self.dns.address();
        let env = [&self.environment(&resolver)[..], &[("DATABASE_URL", proxy.url())]].concat();
        (self.service.worker_process_as(user, slots, &env).await, proxy)
    }

    fn environment<'a>(&'a self, resolver: &'a str) -> [(&'a str, &'a str); 3] {
        let isolation = match self.isolation {
            Isolation::Namespaces => "TINTYPE_REQUIRE_NETNS",
            Isolation::Flags => "TINTYPE_NO_NETNS",
        };
        let temp = self.temp.path().to_str().expect("a UTF-8 path");
        [(isolation, "true"), ("TINTYPE_RESOLVER", resolver), ("TMPDIR", temp)]
    }

    /// Whether each browser must have a network namespace of its own.
    pub fn has_namespaces(&self) -> bool {
        self.isolation == Isolation::Namespaces
    }

    /// Submits a job to `/v1/{kind}`, and returns its id.
    pub async fn submit(&self, key: &str, kind: &str, body: Value) -> String {
        self.service.submit(key, kind, body).await
    }

    /// Submits a screenshot, waits until it has ended, and returns the job.
    pub async fn screenshot(&self, key: &str, body: Value) -> Value {
        self.service.screenshot(key, body).await
    }

    /// Returns the image of a completed job.
    pub async fn image(&self, key: &str, job: &Value) -> DecodedImage {
        self.service.image(key, job).await
    }

    /// Renders a harmless page, and checks its image.
    pub async fn assert_renders(&self, key: &str) {
        let job = self.screenshot(key, json!({"url": self.service.site.page("/flag")})).await;
        let flag = self.image(key, &job).await;
        flag.assert_colour((640, 100), RED);
        flag.assert_colour((640, 620), BLUE);
    }

    /// Asserts that no job took longer, from its start, than its own timeout and a tolerance.
    pub async fn assert_within_timeout(&self, timeout_ms: i64) {
        let longest = "select coalesce(max(ceil(extract(epoch from completed_at - started_at))), 0)::bigint from job";
        let longest = self.service.scalar(longest).await;
        assert!(longest <= timeout_ms / 1000 + TOLERANCE, "a job occupied its slot for {longest} s");
    }

    /// Returns the number of directories of browsers.
    pub fn browser_directories(&self) -> usize {
        let entries = std::fs::read_dir(self.temp.path()).expect("our directory");
        entries.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with("tintype-browser-")).count()
    }

    /// Returns the names of all files of the worker and its browsers.
    pub fn files(&self) -> Vec<String> {
        let (mut directories, mut files) = (vec![self.temp.path().to_owned()], Vec::new());
        while let Some(directory) = directories.pop() {
            for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    directories.push(entry.path());
                }
                files.push(entry.path().display().to_string());
            }
        }
        files
    }

    /// Returns the size of all files of the worker and its browsers, in bytes.
    pub fn file_bytes(&self) -> u64 {
        let length = |path: &String| std::fs::symlink_metadata(path).map_or(0, |meta| meta.len());
        self.files().iter().map(length).sum()
    }

    /// Stops a worker, and asserts that it leaves no process and no file.
    pub async fn stop_worker(&self, mut worker: Process) {
        assert!(worker.is_running(), "the worker is running");
        assert!(self.browser_directories() > 0, "the browsers' directories are where this test looks for them");
        let descendants = Descendants::of(worker.id());
        worker.signal(Signal::SIGTERM);
        assert_eq!(worker.wait().await, Some(0));
        descendants.wait_until_exited().await;
        let files = std::fs::read_dir(self.temp.path()).expect("our directory").flatten();
        let files: Vec<_> = files.map(|entry| entry.file_name()).collect();
        assert!(files.is_empty(), "the worker left {files:?}");
    }
}

/// Waits until `check` finds a value among a worker's processes.
pub async fn wait_for_processes<T>(worker: &Process, check: impl Fn(&ProcessTree) -> Option<T>) -> T {
    let found = async {
        loop {
            if let Some(found) = check(&ProcessTree::below(worker.id())) {
                return found;
            }
            sleep(POLL_INTERVAL).await;
        }
    };
    timeout(TEST_TIMEOUT, found).await.expect("the condition was not met in time")
}

/// Returns the classes of the requests that were blocked in a job.
pub fn blocked(job: &Value) -> Vec<&str> {
    let Some(blocked) = job["blocked"].as_array() else { return Vec::new() };
    blocked.iter().map(|entry| entry["class"].as_str().expect("a class")).collect()
}

/// Asserts that a job failed with one of these codes.
pub fn assert_failed(job: &Value, codes: &[&str]) {
    let code = job["error_code"].as_str().unwrap_or_default();
    assert!(job["status"] == "failed" && codes.contains(&code), "not one of {codes:?}: {job}");
}
