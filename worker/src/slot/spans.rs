//! The spans of an attempt: the wait in the queue, the attempt, and the phases in it.
//!
//! ```text
//!  queue ─────┤ attempt ───────────────────────────────────────┤
//!               browser ─┤ navigate ─┤ wait ─┤ capture ─┤ store ┤
//! ```
//!
//! They are made when the attempt has ended, from what was measured. A page that navigates is waited for and
//! captured again; each phase then has its sum.

use std::time::{Duration, SystemTime};

use service::trace::{Span, SpanKind, TraceContext};
use tokio::time::Instant;

use super::log_context::LogContext;
use super::outcome::{Outcome, RenderOutcome};

/// Exports the spans of an attempt, and returns the id of their trace, or `None` if none are exported.
///
/// They are children of the request that submitted the job. If it is not known, they are a trace of their own.
pub(super) fn export(
    log: &LogContext,
    rendered: &RenderOutcome,
    (rendered_at, ended): (Instant, Instant),
    outcome: &Outcome,
) -> Option<String> {
    let at = |instant: Instant| log.claimed_at + instant.duration_since(log.start);
    let queued_at = log.claimed_at.checked_sub(log.waited).unwrap_or(log.claimed_at);
    let mut queue = Span::start("queue", SpanKind::Internal, log.parent.as_ref(), queued_at);
    let queue_context = queue.context()?;
    let parent = log.parent.as_ref().unwrap_or(&queue_context);
    let mut attempt = Span::start("attempt", SpanKind::Consumer, Some(parent), log.claimed_at);
    for span in [&mut queue, &mut attempt] {
        log.attributes.iter().for_each(|(name, value)| span.set(name, value.clone()));
        span.set("attempt", Some(i64::from(log.attempt)));
    }
    attempt.set("outcome", Some(outcome.name()));
    attempt.set("error.code", outcome.code().map(|code| code.name().to_owned()));
    attempt.set("bytes", outcome.bytes().and_then(|bytes| i64::try_from(bytes).ok()));
    attempt.set("browser.pid", log.browser.map(|pid| i64::from(pid.as_raw())));
    if outcome.is_failure() {
        attempt.fail(outcome.code().map_or(outcome.name(), |code| code.name()).to_owned());
    }
    let context = attempt.context();
    phases(log, rendered, context.as_ref(), at);
    phase("store", context.as_ref(), (at(rendered_at), at(ended)));
    queue.end(log.claimed_at);
    attempt.end(at(ended));
    Some(queue_context.trace_id())
}

fn phases(
    log: &LogContext,
    rendered: &RenderOutcome,
    parent: Option<&TraceContext>,
    at: impl Fn(Instant) -> SystemTime,
) {
    let Some(ready) = log.ready else { return };
    phase("browser", parent, (log.claimed_at, at(ready)));
    let Some(timings) = rendered.timings() else { return };
    let mut start = at(ready);
    for (name, milliseconds) in
        [("navigate", timings.navigate_ms), ("wait", timings.wait_ms), ("capture", timings.capture_ms)]
    {
        let end = start + Duration::from_millis(milliseconds);
        phase(name, parent, (start, end));
        start = end;
    }
}

fn phase(name: &'static str, parent: Option<&TraceContext>, (start, end): (SystemTime, SystemTime)) {
    Span::start(name, SpanKind::Internal, parent, start).end(end);
}
