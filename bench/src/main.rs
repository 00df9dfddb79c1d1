//! Benchmarks that compare Tintype with other tools in one run: `queue` on one Postgres, `render`, `fidelity` and `api`.
//!
//! ```text
//! main ──► install     builds contenders; one that does not build is a gap in the table
//!      ──► server      a Postgres of its own, durability on
//!      ──► section::*  the measurements, each on a fresh database (ground), by programs (program)
//!      ──► report      results/queue.md and results/queue.json
//! ```

mod api;
mod contenders;
mod database;
mod fidelity;
mod install;
mod multixact;
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

/// Benchmarks of Tintype
#[derive(Debug, Parser)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Compares the job queue with other queues
    Queue(QueueArgs),
    /// Compares rendering with raw Chromium and other tools that drive it
    Render(render::Args),
    /// Compares whether pages come out right
    Fidelity(fidelity::Args),
    /// Compares submitting over HTTP with Postgres alone
    Api(api::Args),
    /// Runs a raw loop, in a process of its own
    #[command(hide = true)]
    Drive {
        /// The configuration file
        config: std::path::PathBuf,
    },
}

#[derive(Debug, clap::Args)]
struct QueueArgs {
    /// A smoke test of a few minutes: one short run each. Do not quote its figures
    #[arg(long)]
    quick: bool,
    /// Only these contenders, by their names in the table
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Only these sections
    #[arg(long, value_delimiter = ',')]
    section: Vec<Section>,
    /// How many minutes the held transaction is held
    #[arg(long)]
    held_minutes: Option<f64>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let command = Args::parse().command;
    let (mut hangup, mut terminate) = (signal(SignalKind::hangup())?, signal(SignalKind::terminate())?);
    tokio::select! {
        done = Box::pin(run(command)) => done,
        _ = tokio::signal::ctrl_c() => anyhow::bail!("interrupted"),
        _ = hangup.recv() => anyhow::bail!("terminal closed"),
        _ = terminate.recv() => anyhow::bail!("terminated"),
    }
}

async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Queue(args) => Box::pin(queue(args)).await,
        Command::Render(args) => render::run(args).await,
        Command::Fidelity(args) => Box::pin(fidelity::run(args)).await,
        Command::Api(args) => Box::pin(api::run(args)).await,
        Command::Drive { config } => render::drive(&config).await,
    }
}

async fn queue(args: QueueArgs) -> anyhow::Result<()> {
    let start = Instant::now();
    let plan = Plan::new(args.quick, args.held_minutes);
    let chosen = choose(&args.only)?;
    let mut table = Table::default();
    let built = install::install_all(&chosen, &mut table).await;
    let server = Server::start()?;
    let mut ready = Vec::new();
    for contender in built {
        match database::prepare(&server, contender, plan.accounts).await {
            Ok(()) => ready.push(contender),
            Err(error) => table.add_gap(contender, None, &error),
        }
    }
    let run_info = report::RunInfo::of(&server, &plan, &ready).await?;
    let sections = if args.section.is_empty() { Section::ALL.to_vec() } else { args.section };
    for section in sections {
        Box::pin(section::measure(section, &server, &plan, &ready, &mut table)).await;
    }
    report::write(&table, &run_info, start.elapsed())?;
    ensure!(table.problems.is_empty(), "{}", table.problems.join("\n"));
    Ok(())
}

fn choose(only: &[String]) -> anyhow::Result<Vec<&'static Contender>> {
    for name in only {
        let known = || contenders::ALL.iter().map(|contender| contender.name).collect::<Vec<_>>().join(", ");
        ensure!(
            contenders::ALL.iter().any(|it| it.name == name),
            "unknown contender {name}; expected one of: {}",
            known()
        );
    }
    let chosen = contenders::ALL.iter().filter(|it| only.is_empty() || only.iter().any(|name| name == it.name));
    let chosen: Vec<_> = chosen.collect();
    chosen.first().context("no contender is selected")?;
    Ok(chosen)
}
