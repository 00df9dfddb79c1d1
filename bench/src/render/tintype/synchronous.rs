//! Synchronous calls: each waits for its file.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::{call, job, verb};
use crate::render::http::Http;
use crate::render::order::{Order, Outcome};

/// Calls for so long, so many at once. Accounts take turns.
pub(super) async fn run(
    host: &str,
    keys: &[String],
    order: &Arc<Order>,
    at_once: usize,
    time: Duration,
) -> anyhow::Result<Outcome> {
    let keys: Arc<[String]> = keys.into();
    let next = Arc::new(AtomicUsize::new(order.first));
    let begun = Instant::now();
    let mut callers = JoinSet::new();
    for _caller in 0..at_once {
        let http = Http::new(host);
        callers.spawn(turns(http, Arc::clone(&keys), Arc::clone(order), Arc::clone(&next), begun + time));
    }
    let mut outcome = Outcome::default();
    while let Some(part) = callers.join_next().await {
        outcome.add(part?);
    }
    outcome.seconds = begun.elapsed().as_secs_f64();
    Ok(outcome)
}

async fn turns(
    mut http: Http,
    keys: Arc<[String]>,
    order: Arc<Order>,
    next: Arc<AtomicUsize>,
    end: Instant,
) -> Outcome {
    let mut outcome = Outcome::default();
    let line = format!("POST /v1/{}", verb(order.output));
    while Instant::now() < end && outcome.faults.len() < 20 {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let target = order.targets.get(number % order.targets.len());
        let (Some(target), Some(key)) = (target, keys.get(number % keys.len())) else { break };
        let started = Instant::now();
        let body = job(order.output, target).to_string();
        let file = call(&mut http, key, &line, body.as_bytes()).await.and_then(|answer| answer.expect(200));
        outcome.note(&order, target, started.elapsed().as_secs_f64() * 1000.0, file);
    }
    outcome
}
