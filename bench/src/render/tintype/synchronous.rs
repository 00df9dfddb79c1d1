//! Synchronous calls: each waits for its file.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::accounts::Keys;
use super::{call, job_body, job_type};
use crate::render::config::{DriverConfig, Outcome};
use crate::render::http::Http;

/// When callers stop.
#[derive(Debug, Clone, Copy)]
pub(super) enum Stop {
    /// After this time.
    Time(Duration),
    /// After this many jobs.
    Jobs(usize),
}

/// Makes calls at the given concurrency. The n-th job has the n-th key.
pub(super) async fn run(
    host: &str,
    keys: &Keys,
    config: &Arc<DriverConfig>,
    at_once: usize,
    stop: Stop,
) -> anyhow::Result<Outcome> {
    let start = Instant::now();
    let next = Arc::new(AtomicUsize::new(config.first));
    let until = match stop {
        Stop::Time(time) => Until { end: Some(start + time), number: usize::MAX },
        Stop::Jobs(jobs) => Until { end: None, number: config.first + jobs },
    };
    let mut callers = JoinSet::new();
    for _caller in 0..at_once {
        let http = Http::new(host);
        callers.spawn(run_slot(http, Arc::clone(keys), Arc::clone(config), Arc::clone(&next), until));
    }
    let mut outcome = Outcome::default();
    while let Some(part) = callers.join_next().await {
        outcome.merge(part?);
    }
    outcome.seconds = start.elapsed().as_secs_f64();
    Ok(outcome)
}

/// The time or the number of the job at which a caller stops.
#[derive(Debug, Clone, Copy)]
struct Until {
    end: Option<Instant>,
    number: usize,
}

async fn run_slot(
    mut http: Http,
    keys: Keys,
    config: Arc<DriverConfig>,
    next: Arc<AtomicUsize>,
    until: Until,
) -> Outcome {
    let mut outcome = Outcome::default();
    let line = format!("POST /v1/{}", job_type(config.output));
    while until.end.is_none_or(|end| Instant::now() < end) && outcome.faults.len() < 20 {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= until.number {
            break;
        }
        let target = config.targets.get(number % config.targets.len());
        let (Some(target), Some(key)) = (target, keys.get(number % keys.len())) else { break };
        let started = Instant::now();
        let body = job_body(config.output, target).to_string();
        let file = call(&mut http, key, &line, body.as_bytes()).await.and_then(|response| response.expect(200));
        outcome.add(&config, target, started.elapsed().as_secs_f64() * 1000.0, file);
    }
    outcome
}
