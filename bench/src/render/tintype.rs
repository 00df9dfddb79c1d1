//! Tintype, end to end: an API, a worker and accounts, on the benchmark's Postgres.

mod bulk;
mod program;
mod synchronous;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use serde_json::{Map, Value, json};
use tokio::process::Child;

use super::browserless::free_port;
use super::config::{DriverConfig, Outcome, Target};
use super::http::Http;
use super::kind::{Output, VIEWPORT};
use super::process::{ProcessSnapshot, Roots};
use crate::server::Server;
pub(crate) use program::Programs;

/// The number of accounts where there are many.
pub(crate) const ACCOUNTS: usize = 50;

/// How long it may take to be ready.
const STARTUP_TIMEOUT: Duration = Duration::from_mins(1);

/// How long it is warmed up.
const WARM_UP: Duration = Duration::from_millis(700);

/// Flags for the proxy or for a browser's directory; the raw loops have all others.
const TINTYPE_ONLY_FLAGS: [&str; 5] =
    ["--proxy-server", "--proxy-bypass-list", "--host-resolver-rules", "--user-data-dir", "--remote-debugging-"];

/// How Tintype is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    /// Synchronously, with as many concurrent calls as there are slots.
    Synchronous,
    /// Synchronously, with twice as many concurrent calls, so that jobs wait for slots and no slot for a job.
    Queued,
    /// In batches, after which the results are fetched.
    Bulk,
}

/// A running Tintype.
#[derive(Debug)]
pub(crate) struct Tintype {
    programs: Programs,
    host: String,
    api: Child,
    worker: Child,
    slots: usize,
    keys: Vec<String>,
    /// The root of Postgres' processes.
    pub(crate) postgres: u32,
    /// The browser's binary, the same for all contenders.
    pub(crate) chromium: PathBuf,
    /// The flags of its browsers, without those in [`TINTYPE_ONLY_FLAGS`].
    pub(crate) flags: Vec<String>,
}

impl Tintype {
    /// Starts it, allowed to reach the sites at this port, and waits for its first render, of `target`.
    pub(crate) async fn start(
        server: &Server,
        programs: Programs,
        slots: usize,
        target: &Target,
    ) -> anyhow::Result<Self> {
        crate::database::execute(&server.admin, "create database tintype").await?;
        programs.cli(&["migrate"]).await?;
        let mut keys = Vec::new();
        for number in 0..ACCOUNTS {
            let name = format!("bench-{number}");
            programs.cli(&["account", "create", &name, "--credits", "100000000"]).await?;
            let created: Value =
                serde_json::from_str(&programs.cli(&["key", "create", "--account", &name, "--json"]).await?)?;
            keys.push(created.get("key").and_then(Value::as_str).context("no key in the output")?.to_owned());
        }
        let host = format!("127.0.0.1:{}", free_port()?);
        let api = programs.api(&host)?;
        let worker = programs.worker(slots)?;
        let (chromium, flags) = (PathBuf::new(), Vec::new());
        let postgres = server.pid()?;
        let mut tintype = Self { programs, host, api, worker, slots, keys, postgres, chromium, flags };
        tintype.wait_until_rendering(target).await?;
        (tintype.chromium, tintype.flags) = tintype.browser()?;
        Ok(tintype)
    }

    /// Its processes.
    pub(crate) fn roots(&self) -> Roots {
        let ours = [self.api.id(), self.worker.id(), Some(self.postgres)];
        Roots::new(ours.into_iter().flatten().collect(), &self.chromium)
    }

    /// Gives its worker this many slots, by starting another worker if necessary.
    pub(crate) async fn set_slots(&mut self, slots: usize, target: &Target) -> anyhow::Result<()> {
        if self.slots == slots {
            return Ok(());
        }
        if let Some(pid) = self.worker.id() {
            let mut stop = tokio::process::Command::new("kill");
            stop.arg(pid.to_string()).status().await?;
        }
        self.worker.wait().await?;
        self.worker = self.programs.worker(slots)?;
        self.slots = slots;
        self.wait_until_rendering(target).await
    }

    /// Warms it up, and returns its renders per second.
    pub(crate) async fn warm(&self, accounts: usize, config: &Arc<DriverConfig>) -> anyhow::Result<f64> {
        let keys = self.keys.get(..accounts).context("not enough accounts")?;
        let warmed = synchronous::run(&self.host, keys, config, self.slots, WARM_UP).await?;
        let why = || warmed.faults.first().cloned().unwrap_or_default();
        ensure!(!warmed.millis.is_empty(), "no page renders: {}", why());
        #[expect(clippy::cast_precision_loss, reason = "the number is small")]
        let rendered = warmed.millis.len() as f64;
        Ok(rendered / warmed.seconds)
    }

    /// Renders for the given time; in bulk, as many jobs as take that long at this rate.
    pub(crate) async fn go(
        &self,
        call: Call,
        accounts: usize,
        config: &Arc<DriverConfig>,
        rate: f64,
        seconds: f64,
    ) -> anyhow::Result<Outcome> {
        let keys = self.keys.get(..accounts).context("not enough accounts")?;
        let time = Duration::from_secs_f64(seconds);
        match call {
            Call::Synchronous => synchronous::run(&self.host, keys, config, self.slots, time).await,
            Call::Queued => synchronous::run(&self.host, keys, config, self.slots * 2, time).await,
            Call::Bulk => bulk::run(&self.host, keys, config, rate, time).await,
        }
    }

    /// Calls `/v1/{kind}`, and returns the status and the body.
    pub(crate) async fn post(&self, kind: &str, body: &Value) -> anyhow::Result<(u16, Vec<u8>)> {
        let key = self.keys.first().context("no accounts")?;
        let line = format!("POST /v1/{kind}");
        let response = call(&mut Http::new(&self.host), key, &line, body.to_string().as_bytes()).await?;
        Ok((response.status, response.body))
    }

    async fn wait_until_rendering(&mut self, target: &Target) -> anyhow::Result<()> {
        let start = Instant::now();
        let key = self.keys.first().context("no accounts")?;
        let (width, height) = VIEWPORT;
        let body = job_body(Output::Png { full: false, width, height }, target).to_string();
        loop {
            let response = call(&mut Http::new(&self.host), key, "POST /v1/screenshot", body.as_bytes()).await;
            match response.and_then(|response| response.expect(200)) {
                Ok(_rendered) => return Ok(()),
                Err(error) => {
                    ensure!(start.elapsed() < STARTUP_TIMEOUT, "Tintype does not render: {error:#}");
                    ensure!(
                        self.worker.try_wait()?.is_none(),
                        "its worker exited: see bench/target/tintype-worker.log"
                    );
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    /// Returns the binary and the arguments of its worker's browser.
    fn browser(&self) -> anyhow::Result<(PathBuf, Vec<String>)> {
        let worker = self.worker.id().context("its worker exited")?;
        for pid in ProcessSnapshot::now()?.tree(&[worker]) {
            let Ok(binary) = std::fs::read_link(format!("/proc/{pid}/exe")) else { continue };
            let arguments = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            let arguments: Vec<String> =
                arguments.split(|byte| *byte == 0).map(|it| String::from_utf8_lossy(it).into()).collect();
            let is_helper = arguments.iter().any(|flag| flag.contains("--type="));
            if !is_helper && binary.file_name().is_some_and(|name| name.to_string_lossy().contains("chrom")) {
                let flags = arguments.into_iter().skip(1).filter(|it| !it.is_empty());
                let flags = flags.filter(|flag| !TINTYPE_ONLY_FLAGS.iter().any(|own| flag.starts_with(own)));
                return Ok((binary, flags.collect()));
            }
        }
        anyhow::bail!("no browser process below the worker")
    }
}

/// Calls the API with a key.
async fn call(http: &mut Http, key: &str, line: &str, body: &[u8]) -> anyhow::Result<super::http::Response> {
    let headers = format!("X-API-Key: {key}\r\nContent-Type: application/json\r\n");
    http.request(line, &headers, body).await
}

/// Returns the request for a target. It waits for `load`, as all contenders do.
fn job_body(output: Output, target: &Target) -> Value {
    let mut fields = Map::new();
    match &target.html {
        Some(html) => fields.insert("html".to_owned(), html.clone().into()),
        None => fields.insert("url".to_owned(), target.url.clone().into()),
    };
    fields.insert("wait_for".to_owned(), "load".into());
    let (width, height) = VIEWPORT;
    let options = match output {
        Output::Png { full, .. } => {
            json!({ "format": "png", "full_page": full, "viewport": { "width": width, "height": height } })
        }
        Output::Pdf => json!({ "format": "A4" }),
    };
    fields.extend(options.as_object().cloned().unwrap_or_default());
    Value::Object(fields)
}

/// Returns the last part of the path that submits a job of this output.
fn job_type(output: Output) -> &'static str {
    match output {
        Output::Png { .. } => "screenshot",
        Output::Pdf => "pdf",
    }
}
