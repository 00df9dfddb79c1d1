//! What every contender speaks: `setup`, `enqueue` and `work`, with JSON out.
//!
//! A contender is a program of its own, so that no queue shares a process, a pool or a
//! version of a library with another. A Rust one implements [`Contender`] and calls
//! [`run`]; one of another language speaks the same lines:
//!
//! ```text
//! setup --accounts A                                   makes the tables, and A accounts
//! enqueue --jobs N --by B --accounts A --from F --connections C [--rate R]
//!                                                      → {"seconds": 1.5}
//! work --slots S [--jobs N] [--record]                 → ready, ← go, → ran (after N jobs);
//!                                                      at the end of stdin it stops, and
//!                                                      → {"first": 1.5e9, "starts": […]}
//! ```

mod args;
mod enqueue;
mod job;
mod work;

pub use job::Job;
pub use work::{Slots, Starts};

use std::future::Future;
use std::ops::Range;
use std::sync::Arc;

use anyhow::Context;
use clap::Parser;

use args::{Args, Command};

/// How many bytes a job's options have, as JSON.
pub const OPTIONS_BYTES: usize = 256;

/// A queue that can be measured.
#[expect(async_fn_in_trait, reason = "only what is said to be `Send` is spawned")]
pub trait Contender: Send + Sync + Sized + 'static {
    /// Connects to its database.
    async fn connect(url: &str, connections: u32) -> anyhow::Result<Self>;

    /// How many connections it may have for so many slots: one for each and a few for its
    /// housekeeping, but no more than help on a small machine.
    fn connections(slots: u16) -> u32 {
        u32::from(slots).min(16) + 4
    }

    /// Makes its tables, and accounts where it has them.
    async fn setup(&self, accounts: u32) -> anyhow::Result<()>;

    /// Fetches what enqueueing for these accounts needs, so that it is not measured.
    async fn know(&self, accounts: Range<u32>) -> anyhow::Result<()> {
        let _ = accounts;
        Ok(())
    }

    /// Enqueues jobs of one account, in the way that its documentation recommends for so many.
    fn enqueue(&self, account: u32, jobs: &[Job]) -> impl Future<Output = anyhow::Result<()>> + Send;

    /// Works until it is told to stop: calls [`Starts::run`] for each job.
    async fn work(&self, slots: Slots, starts: Arc<Starts>) -> anyhow::Result<()>;
}

/// Does what the command line says, with the contender `C`.
pub async fn run<C: Contender>() -> anyhow::Result<()> {
    let args = Args::parse();
    match args.command {
        Command::Setup { accounts } => {
            let contender = C::connect(&args.database_url, 8).await.context("connecting")?;
            contender.setup(accounts).await.context("setting up")
        }
        Command::Enqueue(order) => {
            let contender = C::connect(&args.database_url, order.connections).await.context("connecting")?;
            contender.know(order.from..order.from + order.accounts).await.context("getting to know the accounts")?;
            enqueue::enqueue(Arc::new(contender), order).await
        }
        Command::Work(shift) => {
            let contender = C::connect(&args.database_url, C::connections(shift.slots)).await.context("connecting")?;
            work::work(contender, shift).await
        }
    }
}
