//! Submits jobs over HTTP for a while.

use std::time::{Duration, Instant};

use anyhow::Context;
use tokio::task::JoinSet;

use crate::render::Http;

/// A body of 140 bytes, as clients send it.
const BODY: &str = r#"{"url": "https://example.com/some/page?with=a&query=too", "full_page": true, "viewport": {"width": 1280, "height": 800}, "async_mode": true}"#;

/// The rate and the latencies of submissions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Submitted {
    pub(super) per_second: f64,
    /// The median latency, in milliseconds.
    pub(super) p50: f64,
    pub(super) p99: f64,
}

/// Submits jobs with these keys in turn, over as many connections as are given.
pub(super) async fn submit_for(
    host: &str,
    keys: &[String],
    connections: usize,
    duration: Duration,
) -> anyhow::Result<Submitted> {
    let start = Instant::now();
    let mut clients = JoinSet::new();
    for client in 0..connections {
        clients.spawn(submit(host.to_owned(), keys.to_vec(), client, start + duration));
    }
    let mut millis = Vec::new();
    while let Some(submitted) = clients.join_next().await {
        millis.extend(submitted??);
    }
    let seconds = start.elapsed().as_secs_f64();
    millis.sort_by(f64::total_cmp);
    let at = |percent: usize| millis.get(millis.len() * percent / 100).copied().context("nothing was submitted");
    #[expect(clippy::cast_precision_loss, reason = "the number is small")]
    let per_second = millis.len() as f64 / seconds;
    Ok(Submitted { per_second, p50: at(50)?, p99: at(99)? })
}

async fn submit(host: String, keys: Vec<String>, client: usize, end: Instant) -> anyhow::Result<Vec<f64>> {
    let mut http = Http::new(&host);
    let mut millis = Vec::new();
    for key in keys.iter().cycle().skip(client) {
        let start = Instant::now();
        if start >= end {
            break;
        }
        let headers = format!("X-API-Key: {key}\r\nContent-Type: application/json\r\n");
        http.request("POST /v1/screenshot", &headers, BODY.as_bytes()).await?.expect(202)?;
        millis.push(start.elapsed().as_secs_f64() * 1000.0);
    }
    Ok(millis)
}
