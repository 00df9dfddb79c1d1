//! Tintype itself, end to end: an API, a worker, and accounts, on the benchmark's Postgres.

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
use super::http::Http;
use super::kind::{Output, VIEWPORT};
use super::order::{Order, Outcome, Target};
use super::process::{Moment, Roots};
use crate::server::Server;
pub(crate) use program::Programs;

/// How many accounts are many.
pub(crate) const ACCOUNTS: usize = 50;

/// How long it may take to be ready.
const PATIENCE: Duration = Duration::from_mins(1);

/// How long it is warmed up.
const WARM: Duration = Duration::from_millis(700);

/// Flags that are of Tintype's own wall, or of where a browser lives; all others the raw loops carry, too.
const OWN_FLAGS: [&str; 5] =
    ["--proxy-server", "--proxy-bypass-list", "--host-resolver-rules", "--user-data-dir", "--remote-debugging-"];

/// How Tintype is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    /// One by one: as many calls at once as there are slots.
    Synchronous,
    /// One by one: twice as many calls at once, so that jobs wait for slots and no slot for a job.
    Queued,
    /// By batches; then results are fetched.
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
    /// The process above its Postgres.
    pub(crate) postgres: u32,
    /// The binary of its browsers: everybody's.
    pub(crate) chromium: PathBuf,
    /// What its browsers are told, without what is its own.
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
        crate::ground::execute(&server.admin, "create database tintype").await?;
        programs.tool(&["migrate"]).await?;
        let mut keys = Vec::new();
        for number in 0..ACCOUNTS {
            let name = format!("bench-{number}");
            programs.tool(&["account", "create", &name, "--credits", "100000000"]).await?;
            let made: Value =
                serde_json::from_str(&programs.tool(&["key", "create", "--account", &name, "--json"]).await?)?;
            keys.push(made.get("key").and_then(Value::as_str).context("no key was made")?.to_owned());
        }
        let host = format!("127.0.0.1:{}", free_port()?);
        let api = programs.api(&host)?;
        let worker = programs.worker(slots)?;
        let (chromium, flags) = (PathBuf::new(), Vec::new());
        let postgres = server.pid()?;
        let mut tintype = Self { programs, host, api, worker, slots, keys, postgres, chromium, flags };
        tintype.until_it_renders(target).await?;
        (tintype.chromium, tintype.flags) = tintype.browser()?;
        Ok(tintype)
    }

    /// Its processes.
    pub(crate) fn roots(&self) -> Roots {
        let ours = [self.api.id(), self.worker.id(), Some(self.postgres)];
        Roots::new(ours.into_iter().flatten().collect(), &self.chromium)
    }

    /// Gives its worker so many slots: another worker, if it has not.
    pub(crate) async fn with_slots(&mut self, slots: usize, target: &Target) -> anyhow::Result<()> {
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
        self.until_it_renders(target).await
    }

    /// Warms it up, and answers how many it renders in a second.
    pub(crate) async fn warm(&self, accounts: usize, order: &Arc<Order>) -> anyhow::Result<f64> {
        let keys = self.keys.get(..accounts).context("there are not as many accounts")?;
        let warmed = synchronous::run(&self.host, keys, order, self.slots, WARM).await?;
        let why = || warmed.faults.first().cloned().unwrap_or_default();
        ensure!(!warmed.millis.is_empty(), "nothing renders: {}", why());
        #[expect(clippy::cast_precision_loss, reason = "a handful")]
        let rendered = warmed.millis.len() as f64;
        Ok(rendered / warmed.seconds)
    }

    /// Renders for so long, or as many in bulk as at this rate take so long.
    pub(crate) async fn go(
        &self,
        call: Call,
        accounts: usize,
        order: &Arc<Order>,
        rate: f64,
        seconds: f64,
    ) -> anyhow::Result<Outcome> {
        let keys = self.keys.get(..accounts).context("there are not as many accounts")?;
        let time = Duration::from_secs_f64(seconds);
        match call {
            Call::Synchronous => synchronous::run(&self.host, keys, order, self.slots, time).await,
            Call::Queued => synchronous::run(&self.host, keys, order, self.slots * 2, time).await,
            Call::Bulk => bulk::run(&self.host, keys, order, rate, time).await,
        }
    }

    async fn until_it_renders(&mut self, target: &Target) -> anyhow::Result<()> {
        let begun = Instant::now();
        let key = self.keys.first().context("there is no account")?;
        let (width, height) = VIEWPORT;
        let body = job(Output::Png { full: false, width, height }, target).to_string();
        loop {
            let tried = call(&mut Http::new(&self.host), key, "POST /v1/screenshot", body.as_bytes()).await;
            match tried.and_then(|answer| answer.expect(200)) {
                Ok(_rendered) => return Ok(()),
                Err(error) => {
                    ensure!(begun.elapsed() < PATIENCE, "Tintype does not render: {error:#}");
                    ensure!(self.worker.try_wait()?.is_none(), "its worker ended: see bench/target/tintype-worker.log");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    /// The binary of its worker's browser, and what that was told.
    fn browser(&self) -> anyhow::Result<(PathBuf, Vec<String>)> {
        let worker = self.worker.id().context("its worker is gone")?;
        for pid in Moment::now()?.tree(&[worker]) {
            let Ok(binary) = std::fs::read_link(format!("/proc/{pid}/exe")) else { continue };
            let told = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            let told: Vec<String> =
                told.split(|byte| *byte == 0).map(|it| String::from_utf8_lossy(it).into()).collect();
            let helps = told.iter().any(|flag| flag.contains("--type="));
            if !helps && binary.file_name().is_some_and(|name| name.to_string_lossy().contains("chrom")) {
                let kept = told.into_iter().skip(1).filter(|it| !it.is_empty());
                let kept = kept.filter(|flag| !OWN_FLAGS.iter().any(|own| flag.starts_with(own)));
                return Ok((binary, kept.collect()));
            }
        }
        anyhow::bail!("its worker has no browser")
    }
}

/// Calls the API with a key.
async fn call(http: &mut Http, key: &str, line: &str, body: &[u8]) -> anyhow::Result<super::http::Answer> {
    let headers = format!("X-API-Key: {key}\r\nContent-Type: application/json\r\n");
    http.ask(line, &headers, body).await
}

/// What is asked of it for a target. It waits for `load`, as everybody does.
fn job(output: Output, target: &Target) -> Value {
    let mut fields = Map::new();
    match &target.html {
        Some(html) => fields.insert("html".to_owned(), html.clone().into()),
        None => fields.insert("url".to_owned(), target.url.clone().into()),
    };
    fields.insert("wait_for".to_owned(), "load".into());
    let (width, height) = VIEWPORT;
    let more = match output {
        Output::Png { full, .. } => {
            json!({ "format": "png", "full_page": full, "viewport": { "width": width, "height": height } })
        }
        Output::Pdf => json!({ "format": "A4" }),
    };
    fields.extend(more.as_object().cloned().unwrap_or_default());
    Value::Object(fields)
}

/// What kind of job makes it.
fn verb(output: Output) -> &'static str {
    match output {
        Output::Png { .. } => "screenshot",
        Output::Pdf => "pdf",
    }
}
