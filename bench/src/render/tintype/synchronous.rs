//! Synchronous calls: each waits for its file.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::{call, job_body, job_type};
use crate::render::config::{DriverConfig, Outcome};
use crate::render::http::Http;

/// Makes calls for the given time, at the given concurrency. Accounts take turns.
pub(super) async fn run(
    host: &str,
    keys: &[String],
    config: &Arc<DriverConfig>,
    at_once: usize,
    time: Duration,
) -> anyhow::Result<Outcome> {
    let keys: Arc<[String]> = keys.into();
    let next = Arc::new(AtomicUsize::new(config.first));
    let start = Instant::now();
    let mut callers = JoinSet::new();
    for _caller in 0..at_once {
        let http = Http::new(host);
        callers.spawn(run_slot(http, Arc::clone(&keys), Arc::clone(config), Arc::clone(&next), start + time));
    }
    let mut outcome = Outcome::default();
    while let Some(part) = callers.join_next().await {
        outcome.merge(part?);
    }
    outcome.seconds = start.elapsed().as_secs_f64();
    Ok(outcome)
}

async fn run_slot(
    mut http: Http,
    keys: Arc<[String]>,
    config: Arc<DriverConfig>,
    next: Arc<AtomicUsize>,
    end: Instant,
) -> Outcome {
    let mut outcome = Outcome::default();
    let line = format!("POST /v1/{}", job_type(config.output));
    while Instant::now() < end && outcome.faults.len() < 20 {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let target = config.targets.get(number % config.targets.len());
        let (Some(target), Some(key)) = (target, keys.get(number % keys.len())) else { break };
        let started = Instant::now();
        let body = job_body(config.output, target).to_string();
        let file = call(&mut http, key, &line, body.as_bytes()).await.and_then(|response| response.expect(200));
        outcome.add(&config, target, started.elapsed().as_secs_f64() * 1000.0, file);
    }
    outcome
}
