//! The raw loops: what Chromium alone costs. A driver like those of the peers, in a process of its own.
//!
//! ```text
//! raw ──► page      a page, fresh or reused: navigate, load, capture
//!     ──► browser   the browser, and its protocol over a pipe
//! ```

mod browser;
mod page;

use std::io::{BufRead, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use tokio::task::JoinSet;

use super::config::{Browsers, DriverConfig, Outcome, Page};
use browser::Browser;
pub(crate) use browser::SPEED_FLAGS;
use page::Slot;

/// A render that takes longer has failed.
const RENDER_TIMEOUT: Duration = Duration::from_secs(30);

/// Serves the runner: the configuration is in a file, `go` arrives on stdin.
pub(crate) async fn serve(config: &Path) -> anyhow::Result<()> {
    let config: Arc<DriverConfig> = Arc::new(serde_json::from_slice(&std::fs::read(config)?)?);
    let (browsers, mut slots) = launch(&config).await?;
    let next = Arc::new(AtomicUsize::new(config.first));
    let warm = next.load(Ordering::Relaxed) + config.warm;
    let warmed = run(&config, &mut slots, &next, StopCondition::Target(warm)).await?;
    ensure!(!warmed.millis.is_empty(), "no page renders: {}", warmed.faults.first().cloned().unwrap_or_default());
    print_line("ready")?;
    // Reading blocks this thread, which has nothing else to do.
    for line in std::io::stdin().lock().lines() {
        let seconds: f64 = line?.strip_prefix("go ").context("unknown command")?.parse()?;
        let stop = StopCondition::Time(Instant::now() + Duration::from_secs_f64(seconds));
        print_line(&serde_json::to_string(&run(&config, &mut slots, &next, stop).await?)?)?;
    }
    drop(browsers);
    Ok(())
}

fn print_line(line: &str) -> std::io::Result<()> {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{line}")?;
    stdout.flush()
}

async fn launch(config: &Arc<DriverConfig>) -> anyhow::Result<(Vec<Arc<Browser>>, Vec<Slot>)> {
    let mut browsers = Vec::new();
    let mut slots = Vec::new();
    for number in 0..config.at_once {
        if browsers.is_empty() || config.raw.browsers == Browsers::PerSlot {
            let dir = config.dir.join(format!("browser-{number}"));
            browsers.push(Arc::new(Browser::launch(config, &dir).await?));
        }
        let browser = browsers.last().context("no browser")?;
        slots.push(match config.raw.page {
            Page::Fresh => Slot::fresh(Arc::clone(browser)),
            Page::Reused | Page::Supplied => Slot::reused(Arc::clone(browser)).await?,
        });
    }
    Ok((browsers, slots))
}

/// When a slot stops rendering.
#[derive(Debug, Clone, Copy)]
enum StopCondition {
    /// After this many pages.
    Target(usize),
    /// At this time.
    Time(Instant),
}

/// Runs all slots.
async fn run(
    config: &Arc<DriverConfig>,
    slots: &mut Vec<Slot>,
    next: &Arc<AtomicUsize>,
    stop: StopCondition,
) -> anyhow::Result<Outcome> {
    let start = Instant::now();
    let mut tasks = JoinSet::new();
    for slot in slots.drain(..) {
        tasks.spawn(run_slot(Arc::clone(config), slot, Arc::clone(next), stop));
    }
    let mut outcome = Outcome::default();
    while let Some(ended) = tasks.join_next().await {
        let (slot, part) = ended?;
        outcome.merge(part);
        slots.push(slot);
    }
    outcome.seconds = start.elapsed().as_secs_f64();
    Ok(outcome)
}

async fn run_slot(
    config: Arc<DriverConfig>,
    mut slot: Slot,
    next: Arc<AtomicUsize>,
    stop: StopCondition,
) -> (Slot, Outcome) {
    let mut outcome = Outcome::default();
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let is_over = match stop {
            StopCondition::Target(last) => number >= last,
            StopCondition::Time(end) => Instant::now() >= end,
        };
        let Some(target) = config.targets.get(number % config.targets.len()).filter(|_| !is_over) else { break };
        let started = Instant::now();
        let rendered = tokio::time::timeout(RENDER_TIMEOUT, slot.render(&config, target)).await;
        let file = rendered.map_err(anyhow::Error::from).and_then(|file| file);
        let failed = file.is_err();
        outcome.add(&config, target, started.elapsed().as_secs_f64() * 1000.0, file);
        if failed {
            break;
        }
    }
    (slot, outcome)
}
