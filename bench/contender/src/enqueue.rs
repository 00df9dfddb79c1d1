//! Enqueueing: as fast as possible, or at a rate.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use tokio::io::AsyncReadExt;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use crate::args::EnqueueArgs;
use crate::{Contender, Job};

/// Enqueues the jobs that the arguments specify, and prints how long that took, in seconds. Stops
/// when stdin ends.
pub(crate) async fn enqueue<C: Contender>(contender: Arc<C>, args: EnqueueArgs) -> anyhow::Result<()> {
    let start = Instant::now();
    let done = async {
        match args.rate {
            None => at_full_speed(contender, args).await,
            Some(rate) => at_rate(contender, args, rate).await,
        }
    };
    tokio::select! {
        done = done => done?,
        () = end_of_stdin() => anyhow::bail!("stdin ended before all jobs were enqueued"),
    }
    println!("{}", serde_json::json!({ "seconds": start.elapsed().as_secs_f64() }));
    // One of Tokio's threads may still be reading stdin, which would delay a return from main.
    std::process::exit(0);
}

/// Runs one task per connection. Each starts its next call when the previous one returns.
async fn at_full_speed<C: Contender>(contender: Arc<C>, args: EnqueueArgs) -> anyhow::Result<()> {
    let calls = args.jobs.div_ceil(args.by.max(1));
    let next = Arc::new(AtomicU32::new(0));
    let mut callers = JoinSet::new();
    for _ in 0..args.connections.min(calls) {
        let (contender, args, next) = (contender.clone(), args.clone(), next.clone());
        callers.spawn(async move {
            loop {
                let call = next.fetch_add(1, Ordering::Relaxed);
                if call >= calls {
                    return anyhow::Ok(());
                }
                one_call(&*contender, &args, call).await?;
            }
        });
    }
    while let Some(caller) = callers.join_next().await {
        caller.context("an enqueuing task panicked")??;
    }
    Ok(())
}

/// Starts a call at each tick without waiting for earlier ones; at most one per connection is in
/// flight.
async fn at_rate<C: Contender>(contender: Arc<C>, args: EnqueueArgs, rate: f64) -> anyhow::Result<()> {
    let calls = args.jobs.div_ceil(args.by.max(1));
    let mut ticks = tokio::time::interval(Duration::from_secs_f64(f64::from(args.by) / rate));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let free = Arc::new(Semaphore::new(args.connections as usize));
    let mut callers = JoinSet::new();
    for call in 0..calls {
        ticks.tick().await;
        let permit = free.clone().acquire_owned().await?;
        let (contender, args) = (contender.clone(), args.clone());
        callers.spawn(async move {
            let _permit = permit;
            one_call(&*contender, &args, call).await
        });
        while let Some(caller) = callers.try_join_next() {
            caller.context("an enqueuing task panicked")??;
        }
    }
    while let Some(caller) = callers.join_next().await {
        caller.context("an enqueuing task panicked")??;
    }
    Ok(())
}

async fn one_call<C: Contender>(contender: &C, args: &EnqueueArgs, call: u32) -> anyhow::Result<()> {
    let account = args.from + call % args.accounts.max(1);
    let count = args.by.min(args.jobs - call * args.by);
    let jobs: Vec<Job> = (0..count).map(|_| Job::now(account)).collect();
    contender.enqueue(account, &jobs).await
}

/// Returns when the parent process ends, or closes stdin.
pub(crate) async fn end_of_stdin() {
    let mut rest = Vec::new();
    // Treat an error of stdin as its end.
    let _ = tokio::io::stdin().read_to_end(&mut rest).await;
}
