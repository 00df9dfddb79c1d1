//! One round of one case: start, warm up, render, and measure the cost.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::browserless::Browserless;
use super::config::{Browsers, DriverConfig, Flags, Outcome, Page, RawOptions, Speed, Target};
use super::driver::Driver;
use super::environment::Environment;
use super::peers::Peer;
use super::plan::{Case, Renderer};
use super::process::{CpuTime, ProcessSnapshot, Roots};
use crate::table::percentile;

/// The share of the machine that others may use while a round counts.
const MAX_FOREIGN_SHARE: f64 = 0.05;

/// What one round measured.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Round {
    /// The number of good renders.
    pub(crate) renders: usize,
    /// The time from the first to the last.
    pub(crate) seconds: f64,
    /// Good renders per second.
    pub(crate) rate: f64,
    /// CPU-ms per render, in browsers.
    pub(crate) browser_ms: f64,
    /// CPU-ms per render, in Postgres.
    pub(crate) postgres_ms: f64,
    /// CPU-ms per render, in everything else of the contender.
    pub(crate) rest_ms: f64,
    /// The median duration, if renders were timed one by one.
    pub(crate) p50_ms: Option<f64>,
    /// The 95th percentile.
    pub(crate) p95_ms: Option<f64>,
    /// The average size of a file.
    pub(crate) bytes: f64,
    /// The memory of the browsers for each concurrent render, in MB.
    pub(crate) memory_mb: f64,
    /// The share of the machine that others used.
    pub(crate) foreign: f64,
    /// The errors of renders that do not count.
    pub(crate) faults: Vec<String>,
}

impl Round {
    /// Whether it is void because others used the machine.
    pub(crate) fn is_void(&self) -> bool {
        self.foreign > MAX_FOREIGN_SHARE
    }
}

/// Runs a round.
pub(crate) async fn run(environment: &mut Environment, case: Case, seconds: f64) -> anyhow::Result<Round> {
    let config = Arc::new(config(environment, case)?);
    let round = match case.renderer {
        Renderer::Raw(_) => with_driver(environment, &environment.raw_program(), &config, seconds).await,
        Renderer::Peer(Peer::Browserless) => with_browserless(environment, &config, seconds).await,
        Renderer::Peer(peer) => with_driver(environment, &environment.peers.program(peer), &config, seconds).await,
        Renderer::Tintype { call, accounts, .. } => {
            environment.tintype.set_slots(case.at_once, &environment.probe).await?;
            let rate = environment.tintype.warm(accounts, &config).await?;
            let roots = environment.tintype.roots();
            let rendering = environment.tintype.go(call, accounts, &config, rate, seconds);
            observe(environment, roots, &config, rendering, seconds).await
        }
    };
    // Remove what a driver left behind.
    let _ = std::fs::remove_dir_all(&config.dir);
    round
}

async fn with_driver(
    environment: &Environment,
    program: &[std::path::PathBuf],
    config: &Arc<DriverConfig>,
    seconds: f64,
) -> anyhow::Result<Round> {
    let mut driver = Driver::ready(program, config).await?;
    let roots = Roots::new(vec![driver.pid()], &environment.tintype.chromium);
    let round = observe(environment, roots, config, driver.go(seconds), seconds).await;
    driver.stop().await;
    round
}

async fn with_browserless(
    environment: &Environment,
    config: &Arc<DriverConfig>,
    seconds: f64,
) -> anyhow::Result<Round> {
    let server = Browserless::ready(&environment.peers.program(Peer::Browserless), config).await?;
    let roots = Roots::new(vec![server.pid()], &environment.tintype.chromium);
    let round = observe(environment, roots, config, server.go(config, seconds), seconds).await;
    server.stop().await;
    round
}

/// Reads the processes before, during and after.
async fn observe(
    environment: &Environment,
    roots: Roots,
    config: &DriverConfig,
    rendering: impl Future<Output = anyhow::Result<Outcome>>,
    seconds: f64,
) -> anyhow::Result<Round> {
    // This process and all that it started: everything else is foreign.
    let all = Roots { pids: vec![std::process::id(), environment.tintype.postgres], ..roots.clone() };
    let before = ProcessSnapshot::after_reaping(&roots)?;
    let start = std::time::Instant::now();
    let memory = async {
        tokio::time::sleep(Duration::from_secs_f64(seconds * 0.6)).await;
        ProcessSnapshot::now().map(|now| now.browser_memory(&roots))
    };
    let (outcome, memory) = tokio::join!(rendering, memory);
    let (outcome, after) = (outcome?, ProcessSnapshot::after_reaping(&roots)?);
    let cpu_time = after.cpu_time(&roots).since(before.cpu_time(&roots));
    let accounted = after.cpu_time(&all).since(before.cpu_time(&all)).total();
    let processors =
        std::thread::available_parallelism().map_or(1.0, |it| f64::from(u16::try_from(it.get()).unwrap_or(1)));
    let foreign = (after.busy_millis() - before.busy_millis() - accounted)
        / (start.elapsed().as_secs_f64() * 1000.0 * processors);
    Ok(summarize(&outcome, cpu_time, memory?, config.at_once, foreign))
}

#[expect(clippy::cast_precision_loss, reason = "the numbers are small")]
fn summarize(outcome: &Outcome, cpu_time: CpuTime, memory: f64, at_once: usize, foreign: f64) -> Round {
    let renders = outcome.bytes.len();
    let each = |whole: f64| whole / renders as f64;
    let one_by_one = |part: f64| Some(percentile(&outcome.millis, part)).filter(|it| it.is_finite());
    Round {
        renders,
        seconds: outcome.seconds,
        rate: renders as f64 / outcome.seconds,
        browser_ms: each(cpu_time.browser),
        postgres_ms: each(cpu_time.postgres),
        rest_ms: each(cpu_time.rest),
        p50_ms: one_by_one(0.5),
        p95_ms: one_by_one(0.95),
        bytes: each(outcome.bytes.iter().sum::<usize>() as f64),
        memory_mb: memory / at_once as f64,
        foreign: foreign.max(0.0),
        faults: outcome.faults.clone(),
    }
}

/// Returns the pages: the same in the same order for all, starting at another site in every round.
fn config(environment: &mut Environment, case: Case) -> anyhow::Result<DriverConfig> {
    let raw = match case.renderer {
        Renderer::Raw(raw) => raw,
        Renderer::Peer(_) | Renderer::Tintype { .. } => {
            RawOptions { page: Page::Fresh, browsers: Browsers::One, speed: Speed::Default, flags: Flags::Safe }
        }
    };
    let html = case.renderer.is_html();
    let targets: anyhow::Result<Vec<Target>> =
        (0..super::site::SITES).map(|site| environment.target(case.kind, site, html)).collect();
    let round = environment.next_round();
    Ok(DriverConfig {
        chromium: environment.tintype.chromium.clone(),
        flags: environment.tintype.flags.clone(),
        dir: environment.dir.join(format!("round-{round}")),
        raw,
        at_once: case.at_once,
        output: case.kind.output(),
        min_bytes: case.kind.min_bytes(),
        targets: targets?,
        first: round * 67,
        warm: case.at_once * 2,
    })
}
