//! Running a job: renders it, ends it under its lease, and logs its outcome.

use domain::id::WorkerId;
use domain::job::{Claim, JobType};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;
use tracing::Instrument;

use super::attempt::attempt;
use super::context::SlotContext;
use super::finish::finish;
use super::in_flight::InFlightRender;
use super::log_context::LogContext;
use super::metrics::{self, Attempt};
use super::outcome::RenderOutcome;
use super::spans;
use crate::pool::browsers::BrowserPool;

/// Runs a claimed job. The slot is free for the next job as soon as the browser is recycled:
/// storing the file needs no browser.
pub(crate) async fn run_job(
    context: &SlotContext,
    pool: &BrowserPool,
    (claim, worker): (Claim, WorkerId),
    in_flight: InFlightRender,
    slot: Option<OwnedSemaphorePermit>,
) {
    let log = LogContext::new(&claim, worker);
    let span = log.span.clone();
    render_and_finish(context, pool, (claim, log), in_flight, slot).instrument(span).await;
}

async fn render_and_finish(
    context: &SlotContext,
    pool: &BrowserPool,
    (claim, mut log): (Claim, LogContext),
    mut in_flight: InFlightRender,
    slot: Option<OwnedSemaphorePermit>,
) {
    let counted = Attempt::begin();
    let (rendered, used) = attempt(context, pool, &claim, &mut in_flight, &mut log).await;
    let kind = claim.request.as_ref().ok().map(|request| JobType::from(&request.options.output));
    let rendered_at = Instant::now();
    let finish = async {
        let rendered = with_thumbnail(context, rendered).await;
        let outcome = finish(context, claim.lease, &rendered, log.start).await;
        metrics::attempt_ended(kind, &rendered, &outcome, rendered_at.elapsed());
        context.recent.record(&outcome);
        drop(counted);
        drop(in_flight);
        let stored = (rendered_at, Instant::now());
        log.in_trace(spans::export(&log, &rendered, stored, &outcome));
        log.log(&rendered, stored, &outcome);
    };
    let recycle = async {
        if let Some(used) = used {
            used.recycle().await;
        }
        drop(slot);
    };
    tokio::join!(finish, recycle);
}

/// Adds a thumbnail. The browser is recycled at the same time.
async fn with_thumbnail(context: &SlotContext, rendered: RenderOutcome) -> RenderOutcome {
    match (&context.thumbnails, rendered) {
        (Some(thumbnails), RenderOutcome::Rendered(file)) => RenderOutcome::Rendered(thumbnails.add_to(file).await),
        (_, rendered) => rendered,
    }
}
