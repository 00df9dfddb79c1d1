//! `tintype health`: whether the service works, for scripts, containers and people.

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use domain::health::{ServiceHealth, health};
use domain::{Db, db};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use service::health::PartStatus;
use tokio::time::{Instant, sleep, timeout};

use super::error::CommandError;
use crate::output::OutputFormat;
use crate::output::format::{duration, sanitize, seconds};
use crate::target::{Target, TargetError};

/// How long one look at the service may take.
const LOOK_TIMEOUT: Duration = Duration::from_secs(5);

/// The pause between two looks while a healthy service is waited for.
const LOOK_INTERVAL: Duration = Duration::from_millis(500);

/// The options of `tintype health`.
#[derive(Debug, Args)]
pub(crate) struct HealthArgs {
    /// Wait up to this many seconds until the service is healthy
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    #[arg(value_parser = clap::value_parser!(u32).range(..=86_400))]
    wait: u32,
    /// The longest wait of a job for a worker, in seconds, that counts as healthy
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    max_wait: u32,
    /// Ask the API or worker at this URL, such as `http://127.0.0.1:8080`, instead of the database
    #[arg(long, value_name = "URL")]
    url: Option<String>,
}

/// Whether the service works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Healthy,
    Degraded,
    Down,
}

/// A part of the service, and its state.
#[derive(Debug, Serialize, Deserialize)]
struct Part {
    #[serde(skip)]
    name: String,
    status: PartStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

/// Prints the state of each part. The exit code is 0 if all of them work, 1 if the service works in a
/// way that an operator should know about, and 2 if it is down or the check
/// could not run.
pub(crate) async fn run(target: &Target, format: OutputFormat, args: &HealthArgs) -> Result<ExitCode, CommandError> {
    let deadline = Instant::now() + Duration::from_secs(args.wait.into());
    let (mut parts, mut verdict);
    loop {
        parts = look(target, args).await;
        verdict = parts.iter().map(|part| Verdict::of(part.status)).max().unwrap_or(Verdict::Down);
        if verdict == Verdict::Healthy || Instant::now() >= deadline {
            break;
        }
        sleep(LOOK_INTERVAL).await;
    }
    let by_name: Map<String, Value> = parts.iter().map(|part| (part.name.clone(), json!(part))).collect();
    format.print(&json!({ "status": verdict, "parts": by_name }), || describe(&parts))?;
    Ok(match verdict {
        Verdict::Healthy => ExitCode::SUCCESS,
        Verdict::Degraded => ExitCode::from(1),
        Verdict::Down => ExitCode::from(2),
    })
}

async fn look(target: &Target, args: &HealthArgs) -> Vec<Part> {
    let (name, look) = match &args.url {
        Some(url) => ("api", futures_util::future::Either::Left(ask(url))),
        None => ("database", futures_util::future::Either::Right(read(target, args.max_wait))),
    };
    let late = || vec![Part::failed(name, format!("no response within {} s", LOOK_TIMEOUT.as_secs()))];
    timeout(LOOK_TIMEOUT, look).await.unwrap_or_else(|_elapsed| late())
}

/// Asks a process for its readiness.
async fn ask(url: &str) -> Vec<Part> {
    let ready = format!("{}/health/ready", url.trim_end_matches('/'));
    let (status, body) = match service::http::get(&ready, LOOK_TIMEOUT).await {
        Ok(response) => response,
        Err(error) => return vec![Part::failed("api", error.to_string())],
    };
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let mut parts = vec![match body.get("status").and_then(Value::as_str) {
        Some("ready") if status == 200 => Part::ok("api"),
        Some(state) => Part::failed("api", state.replace('_', " ")),
        None => Part::failed("api", format!("{ready} returned {status}, and no state")),
    }];
    for (name, part) in body.get("parts").and_then(Value::as_object).into_iter().flatten() {
        // A later version may have a status that this one does not know.
        let unknown = || Part { name: name.clone(), status: PartStatus::Unknown, message: Some(part.to_string()) };
        let part = serde_json::from_value::<Part>(part.clone()).unwrap_or_else(|_| unknown());
        parts.push(Part { name: name.clone(), ..part });
    }
    if parts.first().is_some_and(|process| process.status == PartStatus::Ok) {
        // The process says that it is ready, whatever it does not know.
        for part in parts.iter_mut().filter(|part| part.status == PartStatus::Unknown) {
            part.status = PartStatus::Degraded;
        }
    }
    parts
}

/// Reads the state of the service from the database.
async fn read(target: &Target, max_wait: u32) -> Vec<Part> {
    let db = match target.connect_to_any_schema().await {
        Ok(db) => db,
        Err(error) => return vec![Part::failed("database", chain(error))],
    };
    let mut parts = vec![Part::ok("database")];
    match state(&db).await {
        Ok(health) => parts.extend([Part::ok("schema"), fleet(&health), queue(&health, max_wait), expiry(&health)]),
        Err(error) => parts.push(Part::failed("schema", chain(error))),
    }
    parts
}

async fn state(db: &Db) -> Result<ServiceHealth, CommandError> {
    let schema = db::schema_state(db).await?;
    if schema.is_usable() { Ok(health(db).await?) } else { Err(TargetError::Schema(schema).into()) }
}

fn fleet(health: &ServiceHealth) -> Part {
    match health.alive_workers {
        0 => Part::degraded("fleet", "no worker is alive: jobs wait, and nothing expires".to_owned()),
        _ => Part::ok("fleet"),
    }
}

fn queue(health: &ServiceHealth, max_wait: u32) -> Part {
    match health.oldest_wait_s {
        Some(wait) if wait > f64::from(max_wait) => {
            Part::degraded("queue", format!("a job has waited for {}: start more workers", duration(seconds(wait))))
        }
        Some(_) | None => Part::ok("queue"),
    }
}

fn expiry(health: &ServiceHealth) -> Part {
    match health.oldest_expired_s {
        Some(age) if age > health.expected_expired_s => {
            let age = duration(seconds(age));
            Part::degraded("expiry", format!("a result that expired {age} ago is still stored: see `tintype events`"))
        }
        Some(_) | None => Part::ok("expiry"),
    }
}

fn describe(parts: &[Part]) -> String {
    let line = |part: &Part| {
        let status = serde_json::to_value(part.status).unwrap_or_default();
        let message = part.message.as_ref().map(|message| format!(": {}", sanitize(message))).unwrap_or_default();
        format!("{:<10}{}{message}", sanitize(&part.name), status.as_str().unwrap_or_default())
    };
    parts.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn chain(error: impl Into<anyhow::Error>) -> String {
    format!("{:#}", error.into())
}

impl Part {
    fn ok(name: &str) -> Self {
        Self { name: name.to_owned(), status: PartStatus::Ok, message: None }
    }

    fn degraded(name: &str, message: String) -> Self {
        Self { name: name.to_owned(), status: PartStatus::Degraded, message: Some(message) }
    }

    fn failed(name: &str, message: String) -> Self {
        Self { name: name.to_owned(), status: PartStatus::Failed, message: Some(message) }
    }
}

impl Verdict {
    fn of(status: PartStatus) -> Self {
        match status {
            PartStatus::Ok => Self::Healthy,
            PartStatus::Degraded => Self::Degraded,
            PartStatus::Failed | PartStatus::Unknown => Self::Down,
        }
    }
}
