//! The raw loops: what Chromium costs when nobody else takes part. A driver, as peers' are, in a process of its own.
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

use super::order::{Browsers, Order, Outcome, Page};
use browser::Browser;
pub(crate) use browser::FAST;
use page::Slot;

/// A render that takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// Serves the runner: the order is in a file, "go" comes by stdin.
pub(crate) async fn serve(order: &Path) -> anyhow::Result<()> {
    let order: Arc<Order> = Arc::new(serde_json::from_slice(&std::fs::read(order)?)?);
    let (browsers, mut slots) = launch(&order).await?;
    let next = Arc::new(AtomicUsize::new(order.first));
    let warm = next.load(Ordering::Relaxed) + order.warm;
    let warmed = run(&order, &mut slots, &next, Until::Target(warm)).await?;
    ensure!(!warmed.millis.is_empty(), "nothing renders: {}", warmed.faults.first().cloned().unwrap_or_default());
    say("ready")?;
    // Nothing else is to do meanwhile: the next word may be waited for on this thread.
    for line in std::io::stdin().lock().lines() {
        let seconds: f64 = line?.strip_prefix("go ").context("an unknown word")?.parse()?;
        let until = Until::Time(Instant::now() + Duration::from_secs_f64(seconds));
        say(&serde_json::to_string(&run(&order, &mut slots, &next, until).await?)?)?;
    }
    drop(browsers);
    Ok(())
}

fn say(line: &str) -> std::io::Result<()> {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{line}")?;
    stdout.flush()
}

async fn launch(order: &Arc<Order>) -> anyhow::Result<(Vec<Arc<Browser>>, Vec<Slot>)> {
    let mut browsers = Vec::new();
    let mut slots = Vec::new();
    for number in 0..order.at_once {
        if browsers.is_empty() || order.manner.browsers == Browsers::PerSlot {
            let folder = order.folder.join(format!("browser-{number}"));
            browsers.push(Arc::new(Browser::launch(order, &folder).await?));
        }
        let browser = browsers.last().context("no browser")?;
        slots.push(match order.manner.page {
            Page::Fresh => Slot::fresh(Arc::clone(browser)),
            Page::Reused | Page::Given => Slot::reused(Arc::clone(browser)).await?,
        });
    }
    Ok((browsers, slots))
}

/// When a slot begins no more renders.
#[derive(Debug, Clone, Copy)]
enum Until {
    /// At this target.
    Target(usize),
    /// At this time.
    Time(Instant),
}

/// Lets all slots render.
async fn run(
    order: &Arc<Order>,
    slots: &mut Vec<Slot>,
    next: &Arc<AtomicUsize>,
    until: Until,
) -> anyhow::Result<Outcome> {
    let begun = Instant::now();
    let mut running = JoinSet::new();
    for slot in slots.drain(..) {
        running.spawn(turns(Arc::clone(order), slot, Arc::clone(next), until));
    }
    let mut outcome = Outcome::default();
    while let Some(ended) = running.join_next().await {
        let (slot, part) = ended?;
        outcome.add(part);
        slots.push(slot);
    }
    outcome.seconds = begun.elapsed().as_secs_f64();
    Ok(outcome)
}

async fn turns(order: Arc<Order>, mut slot: Slot, next: Arc<AtomicUsize>, until: Until) -> (Slot, Outcome) {
    let mut outcome = Outcome::default();
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let over = match until {
            Until::Target(last) => number >= last,
            Until::Time(end) => Instant::now() >= end,
        };
        let Some(target) = order.targets.get(number % order.targets.len()).filter(|_| !over) else { break };
        let started = Instant::now();
        let rendered = tokio::time::timeout(PATIENCE, slot.render(&order, target)).await;
        let file = rendered.map_err(anyhow::Error::from).and_then(|file| file);
        let failed = file.is_err();
        outcome.note(&order, target, started.elapsed().as_secs_f64() * 1000.0, file);
        if failed {
            break;
        }
    }
    (slot, outcome)
}
