//! The protocol of every contender: `setup`, `enqueue` and `work`, with JSON output.
//!
//! A contender is a separate program, so that no queue shares a process, a pool or a
//! library version with another. A contender in Rust implements [`Contender`] and calls
//! [`run`]; one in another language implements the same commands:
//!
//! ```text
//! setup --accounts A                                   creates the tables, and A accounts
//! enqueue --jobs N --by B --accounts A --from F --connections C [--rate R]
//!                                                      → {"seconds": 1.5}
//! work --slots S [--jobs N] [--record]                 → ready, ← go, → ran (after N jobs);
//!                                                      at the end of stdin it stops, and
//!                                                      → {"first": 1.5e9, "starts": […]}
//! audit                                                → ["a violated invariant"]; only Tintype
//! ```

mod args;
mod enqueue;
mod job;
mod work;

pub use job::Job;
pub use work::{Recorder, Slots};

use std::future::Future;
use std::ops::Range;
use std::sync::Arc;

use anyhow::Context;
use clap::Parser;

use args::{Args, Command};

/// The size of a job's options as JSON, in bytes.
pub const OPTIONS_BYTES: usize = 256;

/// A queue that can be measured.
#[expect(async_fn_in_trait, reason = "only futures declared `Send` are spawned")]
pub trait Contender: Send + Sync + Sized + 'static {
    /// Connects to its database.
    async fn connect(url: &str, connections: u32) -> anyhow::Result<Self>;

    /// Returns how many connections it may use for this many slots: one for each and a few for its
    /// maintenance, but no more than help on a small machine.
    fn connections(slots: u16) -> u32 {
        u32::from(slots).min(16) + 4
    }

    /// Creates its tables, and accounts if it has them.
    async fn setup(&self, accounts: u32) -> anyhow::Result<()>;

    /// Fetches what enqueueing for these accounts needs, so that this is not measured.
    async fn load_accounts(&self, accounts: Range<u32>) -> anyhow::Result<()> {
        let _ = accounts;
        Ok(())
    }

    /// Enqueues jobs of one account, as its documentation recommends for this many.
    fn enqueue(&self, account: u32, jobs: &[Job]) -> impl Future<Output = anyhow::Result<()>> + Send;

    /// Checks the invariants of its database, and returns what is violated.
    async fn audit(&self) -> anyhow::Result<Vec<String>> {
        anyhow::bail!("this contender has no audit")
    }

    /// Works until told to stop: calls [`Recorder::run`] for each job.
    async fn work(&self, slots: Slots, recorder: Arc<Recorder>) -> anyhow::Result<()>;
}

/// Runs the command line, with the contender `C`.
pub async fn run<C: Contender>() -> anyhow::Result<()> {
    let Args { database_url, command } = Args::parse();
    match command {
        Command::Setup { accounts } => {
            let contender = C::connect(&database_url, 8).await.context("connecting")?;
            contender.setup(accounts).await.context("setting up")
        }
        Command::Enqueue(args) => {
            let contender = C::connect(&database_url, args.connections).await.context("connecting")?;
            contender.load_accounts(args.from..args.from + args.accounts).await.context("loading the accounts")?;
            enqueue::enqueue(Arc::new(contender), args).await
        }
        Command::Work(args) => {
            let contender = C::connect(&database_url, C::connections(args.slots)).await.context("connecting")?;
            work::work(contender, args).await
        }
        Command::Audit => {
            let contender = C::connect(&database_url, 1).await.context("connecting")?;
            println!("{}", serde_json::json!(contender.audit().await?));
            Ok(())
        }
    }
}
