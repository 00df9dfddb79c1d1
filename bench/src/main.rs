//! Benchmarks of Tintype, side by side against others, in one run on one Postgres: `queue`, and `render` (there).
//!
//! ```text
//! main ──► install     builds contenders; who does not build is a gap in the table
//!      ──► server      a Postgres of its own, durability on
//!      ──► section::*  what is measured, each on fresh ground (ground), by programs (program)
//!      ──► report      results/queue.md and results/queue.json
//! ```

mod contenders;
mod ground;
mod install;
mod plan;
mod program;
mod render;
mod report;
mod section;
mod server;
mod table;

use std::time::Instant;

use anyhow::{Context, ensure};
use clap::{Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};

use contenders::Contender;
use plan::{Plan, Section};
use server::Server;
use table::Table;

/// Benchmarks of Tintype.
#[derive(Debug, Parser)]
struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// The job queue, against other queues on Postgres.
    Queue(QueueArgs),
    /// Rendering, against raw Chromium and other ways to drive it.
    Render(render::Args),
    /// Runs a raw loop, as a process of its own.
    #[command(hide = true)]
    Drive {
        /// What it is to render.
        order: std::path::PathBuf,
    },
}

#[derive(Debug, clap::Args)]
struct QueueArgs {
    /// A smoke run of a few minutes: one short run each. Its figures say little.
    #[arg(long)]
    quick: bool,
    /// Only these contenders, by their names in the table.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Only these sections.
    #[arg(long, value_delimiter = ',')]
    section: Vec<Section>,
    /// For how many minutes the held transaction is held.
    #[arg(long)]
    held_minutes: Option<f64>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let what = Args::parse().what;
    let (mut hangup, mut terminate) = (signal(SignalKind::hangup())?, signal(SignalKind::terminate())?);
    tokio::select! {
        done = Box::pin(run(what)) => done,
        _ = tokio::signal::ctrl_c() => anyhow::bail!("interrupted"),
        _ = hangup.recv() => anyhow::bail!("hung up"),
        _ = terminate.recv() => anyhow::bail!("terminated"),
    }
}

async fn run(what: What) -> anyhow::Result<()> {
    match what {
        What::Queue(args) => Box::pin(queue(args)).await,
        What::Render(args) => render::run(args).await,
        What::Drive { order } => render::drive(&order).await,
    }
}

async fn queue(args: QueueArgs) -> anyhow::Result<()> {
    let begun = Instant::now();
    let plan = Plan::new(args.quick, args.held_minutes);
    let chosen = choose(&args.only)?;
    let mut table = Table::default();
    let built = install::install_all(&chosen, &mut table).await;
    let server = Server::start()?;
    let mut ready = Vec::new();
    for contender in built {
        match ground::prepare(&server, contender, plan.accounts).await {
            Ok(()) => ready.push(contender),
            Err(error) => table.gap(contender, None, &error),
        }
    }
    let about = report::About::of(&server, &plan, &ready).await?;
    let sections = if args.section.is_empty() { Section::ALL.to_vec() } else { args.section };
    for section in sections {
        section::measure(section, &server, &plan, &ready, &mut table).await;
    }
    report::write(&table, &about, begun.elapsed())
}

fn choose(only: &[String]) -> anyhow::Result<Vec<&'static Contender>> {
    for name in only {
        let known = || contenders::ALL.iter().map(|contender| contender.name).collect::<Vec<_>>().join(", ");
        ensure!(
            contenders::ALL.iter().any(|it| it.name == name),
            "no contender is called {name}: there are {}",
            known()
        );
    }
    let chosen = contenders::ALL.iter().filter(|it| only.is_empty() || only.iter().any(|name| name == it.name));
    let chosen: Vec<_> = chosen.collect();
    chosen.first().context("nobody takes part")?;
    Ok(chosen)
}
