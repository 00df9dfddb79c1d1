//! What a job is.

use chrono::{DateTime, Utc};
use domain::job::ErrorCode;

use crate::console::core::data::JobDetail;
use crate::console::glyph::Glyphs;
use crate::console::theme::Role;
use crate::console::view::jobs::{elapsed, sign};
use crate::console::widget::Cell;
use crate::output::format::{bytes, quantity};

/// The lines above the timeline.
pub(super) fn of(
    JobDetail { job, trail }: &JobDetail,
    clock: Option<DateTime<Utc>>,
    glyphs: &Glyphs,
) -> Vec<Vec<Cell<'static>>> {
    let source = job.options.pointer("/page/url").and_then(serde_json::Value::as_str).unwrap_or("html");
    let state = [
        Cell::label("state     "),
        sign(job.state, glyphs),
        Cell::text(format!(" {}  {} {}  attempt {}  ", job.state.name(), job.kind.name(), job.format, job.attempt)),
        Cell::label("waited "),
        Cell::text(elapsed(Some(job.created_at), job.started_at.or(job.completed_at).or(clock))),
        Cell::label("  ran "),
        Cell::text(elapsed(job.started_at, job.completed_at.or(clock))),
    ];
    let mut lines = vec![state.to_vec()];
    if let Some(code) = job.error_code.as_ref().map(ErrorCode::name) {
        let message = job.error_message.clone().unwrap_or_default();
        lines.push(vec![
            Cell::label("error     "),
            Cell::new(code.to_owned(), Role::Bad),
            Cell::text(format!(" {message}")),
        ]);
    }
    let mut fact = |label: &str, value: Option<String>| {
        lines.extend(value.map(|value| vec![Cell::label(format!("{label:<10}")), Cell::text(value)]));
    };
    fact("source", Some(source.to_owned()));
    let worker = trail.worker.as_ref().map(|worker| format!("  worker {worker}")).unwrap_or_default();
    fact("account", Some(format!("{}  key {}{worker}", trail.account, trail.key)));
    fact("request", trail.request_id.clone());
    fact("batch", job.batch.map(|batch| batch.to_string()));
    fact("reference", job.reference.clone());
    let used = format!("{}, {} refunded", quantity(job.cost.into(), "credit"), job.refunded);
    fact("credits", Some(used));
    fact("blocked", (!job.blocked.is_empty()).then(|| serde_json::to_string(&job.blocked).unwrap_or_default()));
    fact("timings", job.timings.map(|timings| serde_json::to_string(&timings).unwrap_or_default()));
    lines
}

/// The result in a few words.
pub(super) fn result(JobDetail { trail, .. }: &JobDetail) -> [Cell<'static>; 1] {
    let text = trail.result.as_ref().map(|result| format!("{} {}", result.content_type, bytes(result.size)));
    [Cell::label(text.unwrap_or_default())]
}
