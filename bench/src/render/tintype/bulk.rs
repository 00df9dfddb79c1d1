//! Bulk calls: batches are submitted, then each result is waited for and fetched.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::accounts::Keys;
use super::{call, job_body, job_type};
use crate::render::config::{DriverConfig, Outcome, Target};
use crate::render::http::Http;

/// The maximum number of jobs per call.
const MAX_BATCH: usize = 20;

/// The maximum number of jobs: more are not needed for a stable figure.
const MAX_JOBS: f64 = 1_000.0;

/// Renders as many jobs as take this long at this rate. The n-th job has the n-th key; each account submits its jobs at
/// once.
pub(super) async fn run(
    host: &str,
    keys: &Keys,
    config: &Arc<DriverConfig>,
    rate: f64,
    time: Duration,
) -> anyhow::Result<Outcome> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is within bounds")]
    let jobs = (rate * time.as_secs_f64()).clamp(4.0, MAX_JOBS).ceil() as usize;
    let mut by_account: HashMap<Arc<str>, Vec<usize>> = HashMap::new();
    for number in config.first..config.first + jobs {
        let key = keys.get(number % keys.len()).context("no accounts")?;
        by_account.entry(Arc::clone(key)).or_default().push(number);
    }
    let start = Instant::now();
    let mut accounts = JoinSet::new();
    for (key, numbers) in by_account {
        accounts.spawn(account(Http::new(host), key, Arc::clone(config), numbers));
    }
    let mut outcome = Outcome::default();
    while let Some(part) = accounts.join_next().await {
        outcome.merge(part??);
    }
    outcome.seconds = start.elapsed().as_secs_f64();
    // Single renders are not timed.
    outcome.millis.clear();
    Ok(outcome)
}

/// Submits all jobs of an account, then fetches their results in order.
async fn account(
    mut http: Http,
    key: Arc<str>,
    config: Arc<DriverConfig>,
    numbers: Vec<usize>,
) -> anyhow::Result<Outcome> {
    let target = |number: usize| config.targets.get(number % config.targets.len()).context("no targets");
    let targets: Vec<&Target> = numbers.into_iter().map(target).collect::<Result<_, _>>()?;
    let mut submitted = Vec::new();
    for batch in targets.chunks(MAX_BATCH) {
        submitted.extend(submit(&mut http, &key, &config, batch).await?.into_iter().zip(batch.iter().copied()));
    }
    let mut outcome = Outcome::default();
    for (job, target) in submitted {
        let file = fetch(&mut http, &key, &job).await;
        outcome.add(&config, target, 0.0, file);
    }
    Ok(outcome)
}

async fn submit(http: &mut Http, key: &str, config: &DriverConfig, batch: &[&Target]) -> anyhow::Result<Vec<String>> {
    let entry = |target: &&Target| {
        let mut entry = job_body(config.output, target);
        if let Some(fields) = entry.as_object_mut() {
            fields.insert("type".to_owned(), job_type(config.output).into());
        }
        entry
    };
    let body = json!({ "jobs": batch.iter().map(entry).collect::<Vec<_>>() }).to_string();
    let response = call(http, key, "POST /v1/bulk", body.as_bytes()).await?.expect(202)?;
    let response: Value = serde_json::from_slice(&response)?;
    let jobs = response.get("jobs").and_then(Value::as_array).context("no jobs")?;
    let id = |entry: &Value| entry.get("job_id").and_then(Value::as_str).map(str::to_owned);
    jobs.iter().map(|entry| id(entry).with_context(|| format!("not accepted: {entry}"))).collect()
}

async fn fetch(http: &mut Http, key: &str, job: &str) -> anyhow::Result<Vec<u8>> {
    call(http, key, &format!("GET /v1/jobs/{job}?wait_s=60"), b"").await?.expect(200)?;
    call(http, key, &format!("GET /v1/jobs/{job}/result"), b"").await?.expect(200)
}
