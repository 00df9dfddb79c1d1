//! One turn of one case: start it, warm it up, let it render, see what that cost.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::browserless::Browserless;
use super::driver::Driver;
use super::order::{Browsers, Flags, Manner, Order, Outcome, Page, Speed, Target};
use super::peers::Peer;
use super::plan::{Case, Who};
use super::process::{Moment, Roots, Spent};
use super::world::World;
use crate::table::percentile;

/// More of the machine than this may nobody else use while a turn counts.
const FOREIGN: f64 = 0.05;

/// What one turn cost.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Turn {
    /// How many good renders.
    pub(crate) renders: usize,
    /// From the first to the last.
    pub(crate) seconds: f64,
    /// Good renders a second.
    pub(crate) rate: f64,
    /// Milliseconds of processors for each, in browsers.
    pub(crate) browser_ms: f64,
    /// In Postgres.
    pub(crate) postgres_ms: f64,
    /// In everything else of the contender.
    pub(crate) rest_ms: f64,
    /// The middle of the durations, where renders were waited for one by one.
    pub(crate) p50_ms: Option<f64>,
    /// What 95 of 100 do not exceed.
    pub(crate) p95_ms: Option<f64>,
    /// Of a file, on average.
    pub(crate) bytes: f64,
    /// Of the browsers, for each render at a time: megabytes.
    pub(crate) memory_mb: f64,
    /// Which part of the machine others used.
    pub(crate) foreign: f64,
    /// What was wrong with renders that do not count.
    pub(crate) faults: Vec<String>,
}

impl Turn {
    /// Whether it does not count, since others kept the machine busy.
    pub(crate) fn is_void(&self) -> bool {
        self.foreign > FOREIGN
    }
}

/// Takes a turn.
pub(crate) async fn take(world: &mut World, case: Case, seconds: f64) -> anyhow::Result<Turn> {
    let order = Arc::new(order(world, case)?);
    let taken = match case.who {
        Who::Raw(_) => with_driver(world, &world.raw_program(), &order, seconds).await,
        Who::Peer(Peer::Browserless) => with_browserless(world, &order, seconds).await,
        Who::Peer(peer) => with_driver(world, &world.peers.program(peer), &order, seconds).await,
        Who::Tintype { call, accounts, .. } => {
            world.tintype.with_slots(case.at_once, &world.trial).await?;
            let rate = world.tintype.warm(accounts, &order).await?;
            let roots = world.tintype.roots();
            let rendering = world.tintype.go(call, accounts, &order, rate, seconds);
            observe(world, roots, &order, rendering, seconds).await
        }
    };
    // What a driver left behind is of no use to the next.
    let _ = std::fs::remove_dir_all(&order.folder);
    taken
}

async fn with_driver(
    world: &World,
    program: &[std::path::PathBuf],
    order: &Arc<Order>,
    seconds: f64,
) -> anyhow::Result<Turn> {
    let mut driver = Driver::ready(program, order).await?;
    let roots = Roots::new(vec![driver.pid()], &world.tintype.chromium);
    let turn = observe(world, roots, order, driver.go(seconds), seconds).await;
    driver.end().await;
    turn
}

async fn with_browserless(world: &World, order: &Arc<Order>, seconds: f64) -> anyhow::Result<Turn> {
    let server = Browserless::ready(&world.peers.program(Peer::Browserless), order).await?;
    let roots = Roots::new(vec![server.pid()], &world.tintype.chromium);
    let turn = observe(world, roots, order, server.go(order, seconds), seconds).await;
    server.end().await;
    turn
}

/// Looks at the processes before, during and after.
async fn observe(
    world: &World,
    roots: Roots,
    order: &Order,
    rendering: impl Future<Output = anyhow::Result<Outcome>>,
    seconds: f64,
) -> anyhow::Result<Turn> {
    // Ours, and what we started: whatever else is busy is foreign.
    let all = Roots { pids: vec![std::process::id(), world.tintype.postgres], ..roots.clone() };
    let before = Moment::tidied(&roots)?;
    let begun = std::time::Instant::now();
    let memory = async {
        tokio::time::sleep(Duration::from_secs_f64(seconds * 0.6)).await;
        Moment::now().map(|now| now.browser_memory(&roots))
    };
    let (outcome, memory) = tokio::join!(rendering, memory);
    let (outcome, after) = (outcome?, Moment::tidied(&roots)?);
    let spent = after.spent(&roots).since(before.spent(&roots));
    let known = after.spent(&all).since(before.spent(&all)).whole();
    let processors =
        std::thread::available_parallelism().map_or(1.0, |it| f64::from(u16::try_from(it.get()).unwrap_or(1)));
    let foreign = (after.busy() - before.busy() - known) / (begun.elapsed().as_secs_f64() * 1000.0 * processors);
    Ok(turn(&outcome, spent, memory?, order.at_once, foreign))
}

#[expect(clippy::cast_precision_loss, reason = "far fewer than that")]
fn turn(outcome: &Outcome, spent: Spent, memory: f64, at_once: usize, foreign: f64) -> Turn {
    let renders = outcome.bytes.len();
    let each = |whole: f64| whole / renders as f64;
    let one_by_one = |part: f64| Some(percentile(&outcome.millis, part)).filter(|it| it.is_finite());
    Turn {
        renders,
        seconds: outcome.seconds,
        rate: renders as f64 / outcome.seconds,
        browser_ms: each(spent.browser),
        postgres_ms: each(spent.postgres),
        rest_ms: each(spent.rest),
        p50_ms: one_by_one(0.5),
        p95_ms: one_by_one(0.95),
        bytes: each(outcome.bytes.iter().sum::<usize>() as f64),
        memory_mb: memory / at_once as f64,
        foreign: foreign.max(0.0),
        faults: outcome.faults.clone(),
    }
}

/// What is rendered: the same pages in the same order for everybody, from another site on at every turn.
fn order(world: &mut World, case: Case) -> anyhow::Result<Order> {
    let manner = match case.who {
        Who::Raw(manner) => manner,
        Who::Peer(_) | Who::Tintype { .. } => {
            Manner { page: Page::Fresh, browsers: Browsers::One, speed: Speed::Usual, flags: Flags::Safe }
        }
    };
    let given = case.who.is_given();
    let targets: anyhow::Result<Vec<Target>> =
        (0..super::site::SITES).map(|site| world.target(case.kind, site, given)).collect();
    let turn = world.next_turn();
    Ok(Order {
        chromium: world.tintype.chromium.clone(),
        flags: world.tintype.flags.clone(),
        folder: world.folder.join(format!("turn-{turn}")),
        manner,
        at_once: case.at_once,
        output: case.kind.output(),
        least_bytes: case.kind.least_bytes(),
        targets: targets?,
        first: turn * 67,
        warm: case.at_once * 2,
    })
}
