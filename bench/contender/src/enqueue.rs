//! Enqueueing: as fast as it goes, or at a rate.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use tokio::io::AsyncReadExt;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use crate::args::Order;
use crate::{Contender, Job};

/// Enqueues what was ordered and prints how many seconds it took. Stops when stdin ends.
pub(crate) async fn enqueue<C: Contender>(contender: Arc<C>, order: Order) -> anyhow::Result<()> {
    let start = Instant::now();
    let done = async {
        match order.rate {
            None => at_full_speed(contender, order).await,
            Some(rate) => at_rate(contender, order, rate).await,
        }
    };
    tokio::select! {
        done = done => done?,
        () = end_of_stdin() => anyhow::bail!("stdin ended before all was enqueued"),
    }
    println!("{}", serde_json::json!({ "seconds": start.elapsed().as_secs_f64() }));
    // A thread of Tokio's may still read stdin, and would hold up a return from main.
    std::process::exit(0);
}

/// As many callers as connections, each with its next call when the last one is done.
async fn at_full_speed<C: Contender>(contender: Arc<C>, order: Order) -> anyhow::Result<()> {
    let calls = order.jobs.div_ceil(order.by.max(1));
    let next = Arc::new(AtomicU32::new(0));
    let mut callers = JoinSet::new();
    for _ in 0..order.connections.min(calls) {
        let (contender, order, next) = (contender.clone(), order.clone(), next.clone());
        callers.spawn(async move {
            loop {
                let call = next.fetch_add(1, Ordering::Relaxed);
                if call >= calls {
                    return anyhow::Ok(());
                }
                one_call(&*contender, &order, call).await?;
            }
        });
    }
    while let Some(caller) = callers.join_next().await {
        caller.context("a caller panicked")??;
    }
    Ok(())
}

/// A call at each tick, whether the last ones are done or not, up to one for each connection.
async fn at_rate<C: Contender>(contender: Arc<C>, order: Order, rate: f64) -> anyhow::Result<()> {
    let calls = order.jobs.div_ceil(order.by.max(1));
    let mut ticks = tokio::time::interval(Duration::from_secs_f64(f64::from(order.by) / rate));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let free = Arc::new(Semaphore::new(order.connections as usize));
    let mut callers = JoinSet::new();
    for call in 0..calls {
        ticks.tick().await;
        let permit = free.clone().acquire_owned().await?;
        let (contender, order) = (contender.clone(), order.clone());
        callers.spawn(async move {
            let _permit = permit;
            one_call(&*contender, &order, call).await
        });
        while let Some(caller) = callers.try_join_next() {
            caller.context("a caller panicked")??;
        }
    }
    while let Some(caller) = callers.join_next().await {
        caller.context("a caller panicked")??;
    }
    Ok(())
}

async fn one_call<C: Contender>(contender: &C, order: &Order, call: u32) -> anyhow::Result<()> {
    let account = order.from + call % order.accounts.max(1);
    let many = order.by.min(order.jobs - call * order.by);
    let jobs: Vec<Job> = (0..many).map(|_| Job::now(account)).collect();
    contender.enqueue(account, &jobs).await
}

/// Ends when whoever started this program ends, or closes its stdin.
pub(crate) async fn end_of_stdin() {
    let mut rest = Vec::new();
    // An error of stdin is its end, too.
    let _ = tokio::io::stdin().read_to_end(&mut rest).await;
}
