//! The log line of a job, one per attempt, and what its spans need.

use std::time::{Duration, SystemTime};

use domain::id::WorkerId;
use domain::job::{Claim, Target};
use nix::unistd::Pid;
use service::trace::TraceContext;
use tokio::time::Instant;
use tracing::{info, warn};

use super::outcome::{Outcome, RenderOutcome};
use crate::render::timings::milliseconds;

/// An attempt as logs and traces describe it, and when each part of it ended.
pub(super) struct LogContext {
    /// Its fields are in every line that is logged during the attempt.
    pub(super) span: tracing::Span,
    /// The place in the customer's trace, or in the API's.
    pub(super) parent: Option<TraceContext>,
    pub(super) waited: Duration,
    pub(super) claimed_at: SystemTime,
    pub(super) start: Instant,
    /// When the job had a browser.
    pub(super) ready: Option<Instant>,
    pub(super) browser: Option<Pid>,
    /// Names and values that the spans have from the claim.
    pub(super) attributes: [(&'static str, Option<String>); 6],
    pub(super) attempt: i16,
    /// The only part of the page's URL that may be logged.
    origin: String,
}

impl LogContext {
    pub(super) fn new(claim: &Claim, worker: WorkerId) -> Self {
        let origin = match claim.request.as_ref().map(|request| &request.target) {
            Ok(Target::Url(url)) => url.origin(),
            Ok(Target::Html(_)) => "html".to_owned(),
            Err(_) => "invalid".to_owned(),
        };
        let request = &claim.submitted_by;
        let parent: Option<TraceContext> = request.traceparent.as_deref().and_then(|parent| parent.parse().ok());
        let span = tracing::error_span!(
            "job",
            job.id = %claim.lease.job(),
            account.id = %claim.account,
            key.id = %claim.key,
            request.id = request.request_id,
            trace.id = parent.as_ref().map(TraceContext::trace_id),
            worker.id = %worker,
            attempt = claim.attempt,
            r#type = claim.kind,
        );
        let attributes = [
            ("job.id", Some(claim.lease.job().to_string())),
            ("account.id", Some(claim.account.to_string())),
            ("key.id", Some(claim.key.to_string())),
            ("request.id", request.request_id.clone()),
            ("worker.id", Some(worker.to_string())),
            ("type", Some(claim.kind.clone())),
        ];
        Self {
            span,
            parent,
            waited: claim.waited,
            claimed_at: SystemTime::now(),
            start: Instant::now(),
            ready: None,
            browser: None,
            attributes,
            attempt: claim.attempt,
            origin,
        }
    }

    /// Records the browser that the job was given.
    pub(super) fn browser_ready(&mut self, browser: Pid) {
        (self.ready, self.browser) = (Some(Instant::now()), Some(browser));
    }

    /// Records the trace that the attempt belongs to, unless its customer's is known.
    pub(super) fn in_trace(&self, trace: Option<String>) {
        if self.parent.is_none() {
            self.span.record("trace.id", trace);
        }
    }

    /// Logs how the attempt ended. Storing the file took from `rendered_at` to `ended`.
    pub(super) fn log(self, rendered: &RenderOutcome, (rendered_at, ended): (Instant, Instant), outcome: &Outcome) {
        let since = |from: Instant, to: Instant| milliseconds(to.duration_since(from));
        let timings = rendered.timings();
        let message = outcome.message();
        macro_rules! line {
            ($level:ident) => {
                $level!(
                    outcome = outcome.name(),
                    error.code = outcome.code().map(|code| code.name()),
                    queue_ms = milliseconds(self.waited),
                    duration_ms = since(self.start, ended),
                    browser_ms = self.ready.map(|ready| since(self.start, ready)),
                    connect_ms = timings.map(|timings| timings.connect_ms),
                    navigate_ms = timings.map(|timings| timings.navigate_ms),
                    wait_ms = timings.map(|timings| timings.wait_ms),
                    capture_ms = timings.map(|timings| timings.capture_ms),
                    store_ms = since(rendered_at, ended),
                    bytes = outcome.bytes(),
                    browser.pid = self.browser.map(Pid::as_raw),
                    origin = self.origin,
                    "{message}"
                )
            };
        }
        let _fields = self.span.enter();
        if outcome.needs_attention() { line!(warn) } else { line!(info) }
    }
}
