//! Takes a screenshot: submits a job, waits until it has ended, and downloads the file.

use std::env;

use anyhow::{Context, bail};
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let base = env::var("TINTYPE_URL").context("TINTYPE_URL is not set")?;
    let mut key = HeaderValue::try_from(env::var("TINTYPE_KEY").context("TINTYPE_KEY is not set")?)?;
    key.set_sensitive(true);
    let client = Client::builder().default_headers(HeaderMap::from_iter([("x-api-key".parse()?, key)])).build()?;
    let page = env::args().nth(1).context("usage: tintype-example URL")?;

    let body = json!({"url": page, "full_page": true, "async_mode": true});
    let mut job = call(client.post(format!("{base}/v1/screenshot")).json(&body)).await?;
    let poll_url = format!("{base}{}?wait_s=30", text(&job, "poll_url"));
    while ["queued", "processing"].contains(&text(&job, "status")) {
        job = call(client.get(&poll_url)).await?;
    }
    if text(&job, "status") == "failed" {
        bail!("{}: {}", text(&job, "error_code"), text(&job, "error_message"));
    }

    let file = client.get(format!("{base}{}", text(&job, "result_url"))).send().await?.error_for_status()?;
    tokio::fs::write("screenshot.png", file.bytes().await?).await?;
    Ok(())
}

/// Sends a request, and returns the JSON of its response. An error says what the service said.
async fn call(request: RequestBuilder) -> anyhow::Result<Value> {
    let response = request.send().await?;
    let status = response.status();
    let body: Value = response.json().await?;
    if !status.is_success() {
        bail!("{status}: {}: {}", text(&body["detail"], "code"), text(&body["detail"], "message"));
    }
    Ok(body)
}

fn text<'a>(object: &'a Value, field: &str) -> &'a str {
    object[field].as_str().unwrap_or_default()
}
