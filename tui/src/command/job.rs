//! `tintype job`: what became of jobs.

use std::io;
use std::time::Duration;

use chrono::{DateTime, Utc};

use domain::job::{self, Job, Line};

use super::CommandError;
use crate::cli;
use crate::database::Source;
use crate::print::{self, Form, Lean, table};
use crate::text;

/// Lists jobs, or shows one.
pub(crate) async fn run(source: &Source, form: Form, command: cli::Job) -> Result<(), CommandError> {
    let db = source.connect().await?;
    match command {
        cli::Job::List { account, limit } => {
            let jobs = job::list(&db, account.as_deref(), limit).await?;
            match form {
                Form::Json => print::json(&jobs)?,
                Form::Text if jobs.is_empty() => print::line("no jobs")?,
                Form::Text => print::line(&list(&jobs))?,
            }
        }
        cli::Job::Show { id } => {
            let job = job::show(&db, id).await?.ok_or(CommandError::NoSuchJob(id))?;
            match form {
                Form::Json => print::json(&job)?,
                Form::Text => print::line(&show(&job)?)?,
            }
        }
    }
    Ok(())
}

fn list(jobs: &[Line]) -> String {
    let headings = [
        ("job", Lean::Left),
        ("account", Lean::Left),
        ("type", Lean::Left),
        ("state", Lean::Left),
        ("attempt", Lean::Right),
        ("submitted", Lean::Left),
        ("took", Lean::Right),
        ("error", Lean::Left),
    ];
    let row = |job: &Line| {
        [
            job.id.to_string(),
            text::clean(&job.account),
            job.kind.name().to_owned(),
            job.state.name().to_owned(),
            job.attempt.to_string(),
            time(job.created_at),
            job.completed_at.map_or_else(String::new, |ended| took(job.created_at, ended)),
            job.error_code.clone().unwrap_or_default(),
        ]
    };
    table(headings, &jobs.iter().map(row).collect::<Vec<_>>())
}

fn show(job: &Job) -> io::Result<String> {
    let known = [
        ("job", Some(job.id.to_string())),
        ("account", Some(job.account.to_string())),
        ("type", Some(job.kind.name().to_owned())),
        ("state", Some(job.state.name().to_owned())),
        ("attempt", Some(job.attempt.to_string())),
        ("submitted", Some(time(job.created_at))),
        ("started", job.started_at.map(time)),
        ("ended", job.completed_at.map(time)),
        ("took", job.completed_at.map(|ended| took(job.created_at, ended))),
        ("expires", job.expires_at.map(time)),
        ("batch", job.batch.map(|batch| batch.to_string())),
        ("reference", job.reference.clone()),
        ("error", job.error_code.clone()),
        ("because", job.error_message.clone()),
        ("timings", job.timings.as_ref().map(serde_json::to_string).transpose()?),
        ("blocked", (!job.blocked.is_empty()).then(|| serde_json::to_string(&job.blocked)).transpose()?),
        ("options", Some(serde_json::to_string(&job.options)?)),
    ];
    let lines = known.into_iter().filter_map(|(name, value)| Some(format!("{name:<10} {}", text::clean(&value?))));
    Ok(lines.collect::<Vec<_>>().join("\n"))
}

fn time(moment: DateTime<Utc>) -> String {
    moment.format("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// From submitting to the end: tenths of a second while they matter.
fn took(from: DateTime<Utc>, to: DateTime<Utc>) -> String {
    let time = (to - from).to_std().unwrap_or_default();
    if time < Duration::from_secs(10) { format!("{:.1}s", time.as_secs_f64()) } else { text::span(time) }
}
