//! The command line.

use clap::{Parser, Subcommand};

/// A contender of the queue benchmark. The runner calls it.
#[derive(Debug, Parser)]
pub(crate) struct Args {
    /// Its database.
    #[arg(long, env, hide_env_values = true)]
    pub(crate) database_url: String,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Makes the tables.
    Setup {
        /// How many accounts there are, numbered from 0.
        #[arg(long, default_value_t = 1)]
        accounts: u32,
    },
    /// Enqueues jobs, and prints how long it took.
    Enqueue(Order),
    /// Works off jobs.
    Work(Shift),
}

/// What is to be enqueued.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Order {
    /// How many.
    #[arg(long)]
    pub(crate) jobs: u32,
    /// How many in one call.
    #[arg(long, default_value_t = 1)]
    pub(crate) by: u32,
    /// How many accounts take turns, call by call.
    #[arg(long, default_value_t = 1)]
    pub(crate) accounts: u32,
    /// The number of the first of them.
    #[arg(long, default_value_t = 0)]
    pub(crate) from: u32,
    /// How many calls at once, at most.
    #[arg(long, default_value_t = 8)]
    pub(crate) connections: u32,
    /// How many jobs a second; as fast as it goes where this is missing.
    #[arg(long)]
    pub(crate) rate: Option<f64>,
}

/// How is to be worked.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Shift {
    /// How many jobs at once.
    #[arg(long)]
    pub(crate) slots: u16,
    /// After how many jobs it says `ran`.
    #[arg(long, default_value_t = 0)]
    pub(crate) jobs: u64,
    /// Whether each job's start is told at the end.
    #[arg(long)]
    pub(crate) record: bool,
}
