//! The cells of a job.

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::job::browse::JobLine;
use domain::job::{ErrorCode, JobState, JobType, MAX_ATTEMPTS};

use crate::console::glyph::Glyphs;
use crate::console::theme::Role;
use crate::console::widget::{Cell, Column, Width, middle};
use crate::output::format;

/// The columns.
pub(super) const COLUMNS: &[Column] = &[
    Column::left("S", Width::Fixed(2), 0),
    Column::left("ID", Width::Fixed(13), 1),
    Column::left("TYPE", Width::Fixed(4), 3),
    Column::left("ACCOUNT", Width::Fill(8), 1),
    Column::left("SOURCE", Width::Fill(16), 8),
    Column::left("TRY", Width::Fixed(3), 5),
    Column::right("ENDED", Width::Fixed(6), 2),
    Column::right("WAIT", Width::Fixed(6), 6),
    Column::right("RUN", Width::Fixed(6), 4),
    Column::left("WORKER", Width::Fixed(10), 7),
    Column::left("ERROR", Width::Fixed(19), 1),
];

/// A sign and a letter for a state, which need no colour.
pub(crate) fn sign(state: JobState, glyphs: &Glyphs) -> Cell<'static> {
    match state {
        JobState::Queued => Cell::text(format!("Q{}", glyphs.waiting)),
        JobState::Processing => Cell::new(format!("P{}", glyphs.busy), Role::Accent),
        JobState::Completed => Cell::new(format!("C{}", glyphs.good), Role::Good),
        JobState::Failed => Cell::new(format!("F{}", glyphs.bad), Role::Bad),
    }
}

/// The cells of a row.
pub(super) fn of<'a>(job: &'a JobLine, clock: Option<DateTime<Utc>>, glyphs: &Glyphs) -> Vec<Cell<'a>> {
    let kind = match job.kind {
        JobType::Screenshot => "shot",
        JobType::Pdf => "pdf",
    };
    let attempt = if job.attempt > 0 { format!("{}/{MAX_ATTEMPTS}", job.attempt) } else { glyphs.dot.to_owned() };
    vec![
        sign(job.state, glyphs),
        Cell::text(middle(&job.id.to_string(), 13).into_owned()),
        Cell::text(kind),
        Cell::text(job.account.as_str()),
        Cell::text(job.source.trim_start_matches("https://")),
        Cell::text(attempt),
        Cell::text(elapsed(job.completed_at, clock)),
        Cell::text(elapsed(Some(job.created_at), job.started_at.or(job.completed_at).or(clock))),
        Cell::text(elapsed(job.started_at, job.completed_at.or(clock))),
        Cell::text(job.worker.as_deref().unwrap_or_default()),
        Cell::new(job.error_code.as_ref().map(ErrorCode::name).unwrap_or_default(), Role::Bad),
    ]
}

/// The time between two moments, with tenths of a second below 10 s; empty if one is missing.
pub(crate) fn elapsed(from: Option<DateTime<Utc>>, to: Option<DateTime<Utc>>) -> String {
    let Some((from, to)) = from.zip(to) else { return String::new() };
    let duration = (to - from).to_std().unwrap_or_default();
    let ms = duration.as_millis();
    if duration < Duration::from_secs(10) {
        format!("{}.{}s", ms / 1_000, ms % 1_000 / 100)
    } else {
        format::duration(duration)
    }
}
