//! One round of one case: start, warm up, render, and measure the cost.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::browserless::Browserless;
use super::config::{Browsers, DriverConfig, Flags, Outcome, Page, RawOptions, Speed, Target};
use super::driver::Driver;
use super::environment::Environment;
use super::groups::Member;
use super::peers::Peer;
use super::plan::{Case, Renderer};
use super::process::{CpuTime, ProcessSnapshot, Roots};
use crate::table::percentile;

/// The share of the machine that others may use while a round counts.
const MAX_FOREIGN_SHARE: f64 = 0.05;

/// Up to how many browsers are measured while they render: it takes a millisecond of processor time for each of their
/// processes, and some browsers end with the round.
const MAX_MEASURED_BROWSERS: usize = 8;

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
    /// The peak memory of all browsers, in MB.
    pub(crate) peak_mb: f64,
    /// The number of browsers at that moment.
    pub(crate) browsers: usize,
    /// The share of the machine that others used.
    pub(crate) foreign: f64,
    /// How many documents took Tintype's static lane.
    pub(crate) in_lane: Option<f64>,
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
        Renderer::SetContent(peer) => {
            with_driver(environment, &environment.peers.set_content_program(peer), &config, seconds).await
        }
        Renderer::Tintype(tintype) => {
            environment.tintype.prepare(tintype, case.at_once, &environment.probe).await?;
            let rate = environment.tintype.warm(tintype, &config).await?;
            let roots = environment.tintype.roots();
            let lane_uses = environment.tintype.lane_uses().await?;
            let rendering = environment.tintype.go(tintype, &config, rate, seconds);
            let round = observe(environment, roots, &config, rendering, seconds).await?;
            let in_lane = environment.tintype.lane_uses().await?.zip(lane_uses).map(|(after, before)| after - before);
            Ok(Round { in_lane, ..round })
        }
    };
    if let Some(groups) = &environment.groups {
        groups.kill(Member::Peer);
    }
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
    let mut driver = Driver::ready(program, config, environment.groups.as_deref()).await?;
    let roots = Roots::new(vec![driver.pid()], &environment.tintype.chromium, Member::Peer);
    let round = observe(environment, roots, config, driver.go(seconds), seconds).await;
    driver.stop().await;
    round
}

async fn with_browserless(
    environment: &Environment,
    config: &Arc<DriverConfig>,
    seconds: f64,
) -> anyhow::Result<Round> {
    let program = environment.peers.program(Peer::Browserless);
    let server = Browserless::ready(&program, config, environment.groups.as_deref()).await?;
    let roots = Roots::new(vec![server.pid()], &environment.tintype.chromium, Member::Peer);
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
    let groups = environment.groups.as_deref();
    let at_start = Memory::of(&roots)?;
    let before = ProcessSnapshot::after_reaping(&roots, groups)?;
    let start = std::time::Instant::now();
    let during = async {
        tokio::time::sleep(Duration::from_secs_f64(seconds * 0.6)).await;
        if at_start.browsers > MAX_MEASURED_BROWSERS { Ok(at_start) } else { Memory::of(&roots) }
    };
    let (outcome, during) = tokio::join!(rendering, during);
    let (outcome, after) = (outcome?, ProcessSnapshot::after_reaping(&roots, groups)?);
    let elapsed = start.elapsed().as_secs_f64();
    let cpu_time = after.cpu_time(&roots).since(before.cpu_time(&roots));
    // Everything else is foreign.
    let postgres = environment.tintype.postgres;
    let accounted = after.accounted_millis(&roots, postgres) - before.accounted_millis(&roots, postgres);
    let processors =
        std::thread::available_parallelism().map_or(1.0, |it| f64::from(u16::try_from(it.get()).unwrap_or(1)));
    let foreign = (after.busy_millis() - before.busy_millis() - accounted) / (elapsed * 1000.0 * processors);
    let during = during?;
    let peak = at_start.max(during).max(Memory::of(&roots)?);
    let memory_mb = during.mb / f64::from(u32::try_from(config.at_once)?);
    Ok(summarize(&outcome, &Cost { cpu_time, memory_mb, peak, foreign }))
}

/// What the processes of a round used.
#[derive(Debug)]
struct Cost {
    cpu_time: CpuTime,
    memory_mb: f64,
    peak: Memory,
    foreign: f64,
}

/// The memory of all browsers of a contender at one moment.
#[derive(Debug, Clone, Copy)]
struct Memory {
    mb: f64,
    browsers: usize,
}

impl Memory {
    fn of(roots: &Roots) -> anyhow::Result<Self> {
        let now = ProcessSnapshot::now()?;
        Ok(Self { mb: now.browser_memory(roots), browsers: now.count_browsers(roots) })
    }

    fn max(self, other: Self) -> Self {
        if other.mb > self.mb { other } else { self }
    }
}

#[expect(clippy::cast_precision_loss, reason = "the numbers are small")]
fn summarize(outcome: &Outcome, cost: &Cost) -> Round {
    let renders = outcome.bytes.len();
    // Clock ticks make the processor time of a contender without browsers a little more than its group's.
    let each = |whole: f64| whole.max(0.0) / renders as f64;
    let one_by_one = |part: f64| Some(percentile(&outcome.millis, part)).filter(|it| it.is_finite());
    Round {
        renders,
        seconds: outcome.seconds,
        rate: renders as f64 / outcome.seconds,
        browser_ms: each(cost.cpu_time.browser),
        postgres_ms: each(cost.cpu_time.postgres),
        rest_ms: each(cost.cpu_time.rest),
        p50_ms: one_by_one(0.5),
        p95_ms: one_by_one(0.95),
        bytes: each(outcome.bytes.iter().sum::<usize>() as f64),
        memory_mb: cost.memory_mb,
        peak_mb: cost.peak.mb,
        browsers: cost.peak.browsers,
        foreign: cost.foreign.max(0.0),
        in_lane: None,
        faults: outcome.faults.clone(),
    }
}

/// Returns the pages: the same in the same order for all, starting at another site in every round.
fn config(environment: &mut Environment, case: Case) -> anyhow::Result<DriverConfig> {
    let raw = match case.renderer {
        Renderer::Raw(raw) => raw,
        Renderer::Peer(_) | Renderer::SetContent(_) | Renderer::Tintype(_) => {
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
