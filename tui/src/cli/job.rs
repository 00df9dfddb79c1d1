//! `tintype job`: lists and shows jobs.

use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::Subcommand;
use domain::id::JobId;
use domain::job::{self, Job, JobOrigin, JobSummary, ListFilter, Trail};
use serde::Serialize;

use super::actor::ActorArgs;
use super::error::CommandError;
use super::jobs::{Changed, cancel, retry};
use crate::output::OutputFormat;
use crate::output::format::{self, sanitize, timestamp};
use crate::output::table::{Align, table};
use crate::result_file;
use crate::target::Target;

/// Show, retry, cancel, open and save jobs.
#[derive(Debug, Subcommand)]
pub(crate) enum JobCommand {
    /// List the newest jobs
    List {
        /// Only jobs of this account
        #[arg(long, value_name = "NAME")]
        account: Option<String>,
        /// The largest number of jobs
        #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(i64).range(1..=10_000))]
        limit: i64,
        /// Only jobs that the request with this `X-Request-Id` submitted
        ///
        /// Searches the last 24 hours, or around the time of an id that the API has given.
        #[arg(long, value_name = "ID")]
        request_id: Option<String>,
        /// Only jobs of the last N hours
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
        hours: Option<u16>,
    },
    /// Show everything about a job
    Show {
        /// The job's id
        id: JobId,
    },
    /// Submit failed jobs again, as new ones
    ///
    /// They are debited again. Jobs with headers, cookies or credentials cannot be submitted again: these were deleted
    /// when the job ended.
    Retry {
        /// The jobs' ids
        #[arg(required = true, num_args = 1..=1000)]
        ids: Vec<JobId>,
        #[command(flatten)]
        actor: ActorArgs,
    },
    /// Cancel unfinished jobs, and refund them
    Cancel {
        /// The jobs' ids
        #[arg(required = true, num_args = 1..=1000)]
        ids: Vec<JobId>,
        #[command(flatten)]
        actor: ActorArgs,
    },
    /// Save the result of a job, and open it in a viewer
    Open {
        /// The job's id
        id: JobId,
    },
    /// Save the result of a job to a new file
    Save {
        /// The job's id
        id: JobId,
        /// The file [default: the id, with the extension of the result's type]
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

/// Lists jobs, or shows one.
pub(crate) async fn run(target: &Target, format: OutputFormat, command: JobCommand) -> Result<(), CommandError> {
    let db = target.connect().await?;
    match command {
        JobCommand::List { account, limit, request_id, hours } => {
            let filter = ListFilter { account: account.as_deref(), request_id: request_id.as_deref(), hours };
            let jobs = job::list(&db, filter, limit).await?;
            format.print(&jobs, || describe_list(&jobs))?;
        }
        JobCommand::Show { id } => {
            let job = job::show(&db, id).await?.ok_or(CommandError::NoSuchJob(id))?;
            let origin = job::origin(&db, id).await?.ok_or(CommandError::NoSuchJob(id))?;
            let trail = job::trail(&db, id).await?.ok_or(CommandError::NoSuchJob(id))?;
            let shown = Shown { job, origin, trail };
            format.print(&shown, || describe(&shown))?;
        }
        JobCommand::Retry { ids, actor } => {
            let changed = retry(&db, &actor.actor(), &ids).await?;
            format.print(&changed, || changed.describe("submitted again"))?;
        }
        JobCommand::Cancel { ids, actor } => {
            let changed: Changed = cancel(&db, &actor.actor(), &ids).await?;
            format.print(&changed, || changed.describe("cancelled"))?;
        }
        JobCommand::Open { id } => {
            let saved = result_file::open(&db, id).await?;
            format.print(&saved, || saved.describe())?;
        }
        JobCommand::Save { id, output } => {
            let saved = result_file::save(&db, id, output.as_deref()).await?;
            format.print(&saved, || saved.describe())?;
        }
    }
    Ok(())
}

/// Everything about a job, and where it comes from.
#[derive(Debug, Serialize)]
struct Shown {
    #[serde(flatten)]
    job: Job,
    #[serde(flatten)]
    origin: JobOrigin,
    trail: Trail,
}

fn describe_list(jobs: &[JobSummary]) -> String {
    if jobs.is_empty() {
        return "no jobs".to_owned();
    }
    let headings = [
        ("job", Align::Left),
        ("account", Align::Left),
        ("type", Align::Left),
        ("state", Align::Left),
        ("attempt", Align::Right),
        ("submitted", Align::Left),
        ("duration", Align::Right),
        ("error", Align::Left),
    ];
    let row = |job: &JobSummary| {
        [
            job.id.to_string(),
            sanitize(&job.account),
            job.kind.name().to_owned(),
            job.state.name().to_owned(),
            job.attempt.to_string(),
            timestamp(job.created_at),
            job.completed_at.map(|end| duration(job.created_at, end)).unwrap_or_default(),
            job.error_code.as_ref().map(|code| sanitize(code.name())).unwrap_or_default(),
        ]
    };
    table(headings, &jobs.iter().map(row).collect::<Vec<_>>())
}

fn describe(Shown { job, origin, trail }: &Shown) -> String {
    let fields = [
        ("job", Some(job.id.to_string())),
        ("account", Some(job.account.to_string())),
        ("type", Some(job.kind.name().to_owned())),
        ("state", Some(job.state.name().to_owned())),
        ("attempt", Some(job.attempt.to_string())),
        ("submitted", Some(timestamp(job.created_at))),
        ("started", job.started_at.map(timestamp)),
        ("ended", job.completed_at.map(timestamp)),
        ("duration", job.completed_at.map(|end| duration(job.created_at, end))),
        ("expires", job.expires_at.map(timestamp)),
        ("key", Some(origin.key.to_string())),
        ("request", origin.request_id.clone()),
        ("trace", origin.traceparent.clone()),
        ("worker", origin.worker.map(|id| worker(&id.to_string(), origin.worker_name.as_deref()))),
        ("batch", job.batch.map(|batch| batch.to_string())),
        ("reference", job.reference.clone()),
        ("error", job.error_code.as_ref().map(|code| code.name().to_owned())),
        ("message", job.error_message.clone()),
        ("timings", job.timings.and_then(|timings| serde_json::to_string(&timings).ok())),
        ("blocked", (!job.blocked.is_empty()).then(|| serde_json::to_string(&job.blocked).ok()).flatten()),
        ("status", job.report.target_status.map(|status| status.to_string())),
        ("final URL", job.report.final_url.clone()),
        ("browser", job.report.browser.clone()),
        (
            "warnings",
            (!job.report.warnings.is_empty()).then(|| serde_json::to_string(&job.report.warnings).ok()).flatten(),
        ),
        ("options", Some(job.options.to_string())),
    ];
    let lines = fields.into_iter().filter_map(|(name, value)| Some(format!("{name:<10} {}", sanitize(&value?))));
    let event = |event: &job::TrailEvent| {
        let by = event.actor.as_ref().map(|actor| format!(" by {actor}")).unwrap_or_default();
        format!("{:<10} {} {} {}{}", "event", timestamp(event.at), event.kind, sanitize(&event.message), sanitize(&by))
    };
    let moved = |moved: &job::TrailMovement| {
        format!("{:<10} {} {} {}", "credits", timestamp(moved.at), moved.kind, moved.amount)
    };
    let lines = lines.chain(trail.events.iter().map(event)).chain(trail.ledger.iter().map(moved));
    lines.collect::<Vec<_>>().join("\n")
}

fn worker(id: &str, name: Option<&str>) -> String {
    name.map_or_else(|| id.to_owned(), |name| format!("{id} ({name})"))
}

/// The time from submission to the end, with tenths of a second below 10 s.
fn duration(start: DateTime<Utc>, end: DateTime<Utc>) -> String {
    let elapsed = (end - start).to_std().unwrap_or_default();
    if elapsed < Duration::from_secs(10) { format!("{:.1}s", elapsed.as_secs_f64()) } else { format::duration(elapsed) }
}
