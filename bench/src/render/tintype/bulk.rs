//! Bulk calls: batches are submitted, then each result is waited for and fetched.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{call, job, verb};
use crate::render::http::Http;
use crate::render::order::{Order, Outcome, Target};

/// The most that one call takes.
const BATCH: usize = 20;

/// More than this many jobs are not needed to tell.
const MOST: f64 = 1_000.0;

/// Renders as many jobs as take so long at such a rate, the same number for each account.
pub(super) async fn run(
    host: &str,
    keys: &[String],
    order: &Arc<Order>,
    rate: f64,
    time: Duration,
) -> anyhow::Result<Outcome> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is within bounds")]
    let jobs = (rate * time.as_secs_f64()).clamp(4.0, MOST).ceil() as usize;
    let each = jobs.div_ceil(keys.len());
    let begun = Instant::now();
    let mut accounts = JoinSet::new();
    for (number, key) in keys.iter().enumerate() {
        let first = order.first + number * each;
        accounts.spawn(account(Http::new(host), key.clone(), Arc::clone(order), first, each));
    }
    let mut outcome = Outcome::default();
    while let Some(part) = accounts.join_next().await {
        outcome.add(part??);
    }
    outcome.seconds = begun.elapsed().as_secs_f64();
    // Nobody waited for a single one.
    outcome.millis.clear();
    Ok(outcome)
}

/// Submits all of an account's jobs, then fetches them in order.
async fn account(mut http: Http, key: String, order: Arc<Order>, first: usize, jobs: usize) -> anyhow::Result<Outcome> {
    let targets: Vec<&Target> = order.targets.iter().cycle().skip(first % order.targets.len()).take(jobs).collect();
    let mut submitted = Vec::new();
    for batch in targets.chunks(BATCH) {
        submitted.extend(submit(&mut http, &key, &order, batch).await?.into_iter().zip(batch.iter().copied()));
    }
    let mut outcome = Outcome::default();
    for (job, target) in submitted {
        let file = fetch(&mut http, &key, &job).await;
        outcome.note(&order, target, 0.0, file);
    }
    Ok(outcome)
}

async fn submit(http: &mut Http, key: &str, order: &Order, batch: &[&Target]) -> anyhow::Result<Vec<String>> {
    let entry = |target: &&Target| {
        let mut entry = job(order.output, target);
        if let Some(fields) = entry.as_object_mut() {
            fields.insert("type".to_owned(), verb(order.output).into());
        }
        entry
    };
    let body = json!({ "jobs": batch.iter().map(entry).collect::<Vec<_>>() }).to_string();
    let answer = call(http, key, "POST /v1/bulk", body.as_bytes()).await?.expect(202)?;
    let answer: Value = serde_json::from_slice(&answer)?;
    let jobs = answer.get("jobs").and_then(Value::as_array).context("no jobs")?;
    let id = |entry: &Value| entry.get("job_id").and_then(Value::as_str).map(str::to_owned);
    jobs.iter().map(|entry| id(entry).with_context(|| format!("not accepted: {entry}"))).collect()
}

async fn fetch(http: &mut Http, key: &str, job: &str) -> anyhow::Result<Vec<u8>> {
    call(http, key, &format!("GET /v1/jobs/{job}?wait_s=60"), b"").await?.expect(200)?;
    call(http, key, &format!("GET /v1/jobs/{job}/result"), b"").await?.expect(200)
}
