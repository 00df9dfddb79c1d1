//! Tintype, end to end: an API, a worker and accounts, on the benchmark's Postgres.

mod accounts;
mod bulk;
mod case;
mod load;
mod metrics;
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
use super::groups::Member;
use super::http::Http;
use super::kind::{Output, VIEWPORT};
use super::process::{ProcessSnapshot, Roots};
use crate::server::Server;
use accounts::Accounts;
pub(crate) use case::{Call, Input, PoolMemory, StaticLane, TintypeCase, WorkerSettings};
pub(crate) use load::{Load, Spread};
pub(crate) use program::Programs;
use synchronous::Stop;

/// How long it may take to be ready.
const STARTUP_TIMEOUT: Duration = Duration::from_mins(1);

/// How long it is warmed up.
const WARM_UP: Duration = Duration::from_millis(700);

/// Flags for the proxy or for a browser's directory; the raw loops have all others.
const TINTYPE_ONLY_FLAGS: [&str; 5] =
    ["--proxy-server", "--proxy-bypass-list", "--host-resolver-rules", "--user-data-dir", "--remote-debugging-"];

/// A running Tintype.
#[derive(Debug)]
pub(crate) struct Tintype {
    programs: Programs,
    host: String,
    metrics_host: String,
    api: Child,
    worker: Child,
    slots: usize,
    settings: WorkerSettings,
    /// How many accounts the worker may have browsers of.
    used_accounts: usize,
    accounts: Accounts,
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
        let mut accounts = Accounts::default();
        accounts.create(&programs, 1).await?;
        let host = format!("127.0.0.1:{}", free_port()?);
        let api = programs.api(&host)?;
        let settings = WorkerSettings::DEFAULT;
        let metrics_host = format!("127.0.0.1:{}", free_port()?);
        let worker = programs.worker(slots, settings, &metrics_host)?;
        let (chromium, flags) = (PathBuf::new(), Vec::new());
        let (postgres, used_accounts) = (server.pid()?, 1);
        let mut tintype = Self {
            programs,
            host,
            metrics_host,
            api,
            worker,
            slots,
            settings,
            used_accounts,
            accounts,
            postgres,
            chromium,
            flags,
        };
        tintype.wait_until_rendering(target).await?;
        (tintype.chromium, tintype.flags) = tintype.browser()?;
        Ok(tintype)
    }

    /// Its processes.
    pub(crate) fn roots(&self) -> Roots {
        let ours = [self.api.id(), self.worker.id(), Some(self.postgres)];
        Roots::new(ours.into_iter().flatten().collect(), &self.chromium, Member::Tintype)
    }

    /// Prepares it for a case: its accounts exist, and its worker has these settings and no browsers of accounts that
    /// the case does not use. Starts another worker if necessary.
    pub(crate) async fn prepare(&mut self, case: TintypeCase, slots: usize, target: &Target) -> anyhow::Result<()> {
        self.accounts.create(&self.programs, case.load.accounts).await?;
        let is_ready = self.slots == slots && self.settings == case.settings;
        if is_ready && self.used_accounts <= case.load.accounts {
            return Ok(());
        }
        if let Some(pid) = self.worker.id() {
            let mut stop = tokio::process::Command::new("kill");
            stop.arg(pid.to_string()).status().await?;
        }
        self.worker.wait().await?;
        self.worker = self.programs.worker(slots, case.settings, &self.metrics_host)?;
        (self.slots, self.settings, self.used_accounts) = (slots, case.settings, 1);
        self.wait_until_rendering(target).await
    }

    /// Warms it up, and returns its renders per second. Accounts that its worker does not know have one render each.
    pub(crate) async fn warm(&mut self, case: TintypeCase, config: &Arc<DriverConfig>) -> anyhow::Result<f64> {
        if self.used_accounts < case.load.accounts {
            let (keys, each) = (self.accounts.in_turn(case.load)?, Stop::Jobs(case.load.accounts));
            synchronous::run(&self.host, &keys, config, self.slots * 2, each).await?;
            self.used_accounts = case.load.accounts;
        }
        let keys = self.accounts.scheduled(case.load)?;
        let warmed = synchronous::run(&self.host, &keys, config, self.slots, Stop::Time(WARM_UP)).await?;
        let why = || warmed.faults.first().cloned().unwrap_or_default();
        ensure!(!warmed.millis.is_empty(), "no page renders: {}", why());
        #[expect(clippy::cast_precision_loss, reason = "the number is small")]
        let rendered = warmed.millis.len() as f64;
        Ok(rendered / warmed.seconds)
    }

    /// Renders for the given time; in bulk, as many jobs as take that long at this rate.
    pub(crate) async fn go(
        &self,
        case: TintypeCase,
        config: &Arc<DriverConfig>,
        rate: f64,
        seconds: f64,
    ) -> anyhow::Result<Outcome> {
        let keys = self.accounts.scheduled(case.load)?;
        let time = Duration::from_secs_f64(seconds);
        let synchronous = |calls| synchronous::run(&self.host, &keys, config, calls, Stop::Time(time));
        match case.call {
            Call::Synchronous => synchronous(self.slots).await,
            Call::Queued => synchronous(self.slots * 2).await,
            Call::Bulk => bulk::run(&self.host, &keys, config, rate, time).await,
        }
    }

    /// Returns how many documents have taken the static lane; `None` if the worker has none.
    pub(crate) async fn lane_uses(&self) -> anyhow::Result<Option<f64>> {
        let response = Http::new(&self.metrics_host).request("GET /metrics", "", b"").await?;
        Ok(metrics::sum(&String::from_utf8_lossy(&response.expect(200)?), "tintype_static_lane_total", "used"))
    }

    /// Returns the settings of cases that its worker does not know.
    pub(crate) async fn unknown_settings(&self) -> anyhow::Result<Vec<&'static str>> {
        self.programs.unknown_settings().await
    }

    /// Checks the invariants of its database, and returns what is violated.
    pub(crate) async fn audit(&self) -> anyhow::Result<Vec<String>> {
        self.programs.audit().await
    }

    /// Calls `/v1/{kind}`, and returns the status and the body.
    pub(crate) async fn post(&self, kind: &str, body: &Value) -> anyhow::Result<(u16, Vec<u8>)> {
        let key = self.accounts.first()?;
        let line = format!("POST /v1/{kind}");
        let response = call(&mut Http::new(&self.host), key, &line, body.to_string().as_bytes()).await?;
        Ok((response.status, response.body))
    }

    async fn wait_until_rendering(&mut self, target: &Target) -> anyhow::Result<()> {
        let start = Instant::now();
        let key = self.accounts.first()?;
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
