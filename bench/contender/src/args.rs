//! The command line.

use clap::{Parser, Subcommand};

/// A contender of the queue benchmark. The runner calls it
#[derive(Debug, Parser)]
pub(crate) struct Args {
    /// Its database
    #[arg(long, env, hide_env_values = true)]
    pub(crate) database_url: String,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Creates the tables
    Setup {
        /// The number of accounts, numbered from 0
        #[arg(long, default_value_t = 1)]
        accounts: u32,
    },
    /// Enqueues jobs, and prints how long it took
    Enqueue(EnqueueArgs),
    /// Runs jobs
    Work(WorkArgs),
    /// Checks the invariants of the database, and prints what is violated as JSON
    Audit,
}

/// What to enqueue.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct EnqueueArgs {
    /// The number of jobs
    #[arg(long)]
    pub(crate) jobs: u32,
    /// Jobs per call
    #[arg(long, default_value_t = 1)]
    pub(crate) by: u32,
    /// The number of accounts, used in turn, one for each call
    #[arg(long, default_value_t = 1)]
    pub(crate) accounts: u32,
    /// The number of the first account
    #[arg(long, default_value_t = 0)]
    pub(crate) from: u32,
    /// Concurrent calls, at most
    #[arg(long, default_value_t = 8)]
    pub(crate) connections: u32,
    /// Jobs per second; as fast as possible if missing
    #[arg(long)]
    pub(crate) rate: Option<f64>,
}

/// How to work.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct WorkArgs {
    /// Concurrent jobs
    #[arg(long)]
    pub(crate) slots: u16,
    /// The number of jobs after which it prints `ran`
    #[arg(long, default_value_t = 0)]
    pub(crate) jobs: u64,
    /// Print the start of each job at the end
    #[arg(long)]
    pub(crate) record: bool,
}
