//! Running a job: renders it, ends it under its lease, and logs its outcome.

use std::sync::Arc;

use domain::DbError;
use domain::db::is_away;
use domain::id::{JobId, WorkerId};
use domain::job::{Claim, ErrorCode, JobType, RenderRequest, Target};
use domain::secret::{OpenError, Secrets, StoredSecrets};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;
use tracing::{Instrument, error, warn};

use super::context::SlotContext;
use super::finish::finish;
use super::in_flight::InFlightRender;
use super::log_context::LogContext;
use super::metrics::{self, Attempt};
use super::outcome::RenderOutcome;
use super::recycle::{Residue, UsedBrowser, isolation, purpose};
use super::spans;
use crate::browser::{Context, Purpose, SiteIsolation};
use crate::egress::EgressSession;
use crate::pool::browsers::BrowserPool;
use crate::render::{self, PageSource, RenderError, Request};

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

/// Renders a job in a browser of its account, and returns the browser, if one was used.
async fn attempt(
    context: &SlotContext,
    pool: &BrowserPool,
    claim: &Claim,
    in_flight: &mut InFlightRender,
    log: &mut LogContext,
) -> (RenderOutcome, Option<UsedBrowser>) {
    let purpose = claim.request.as_ref().map_or(Purpose::OwnPage, purpose);
    let isolation = claim.request.as_ref().map_or(SiteIsolation::On, isolation);
    let started = Instant::now();
    let ready = async {
        let mut browser = pool.acquire(claim.account, isolation).await?;
        let browser_context = browser.take_context(purpose).await.ok()?;
        Some((browser, browser_context))
    };
    let ready = tokio::select! {
        biased;
        reason = in_flight.until_stopped() => return (RenderOutcome::Stopped(reason), None),
        ready = ready => ready,
    };
    let Some((browser, mut browser_context)) = ready else {
        return (RenderOutcome::Failed(RenderError::NotAttempted), None);
    };
    metrics::browser_ready(started.elapsed());
    log.browser_ready(browser.process_group());
    let egress = browser.proxy().open_session();
    let outcome = tokio::select! {
        biased;
        reason = in_flight.until_stopped() => RenderOutcome::Stopped(reason),
        () = browser.state().until_over_memory_limit() => RenderOutcome::Failed(render::over_memory_limit(context.max_memory_mib)),
        outcome = read_and_render(context, claim, (browser.product(), &mut browser_context), &egress) => outcome,
    };
    let heavy = browser.state().memory() > context.max_memory_mib * 1024 * 1024 / 4;
    let residue = Residue::of(purpose, &outcome, &egress, heavy);
    let unattributed = browser.proxy().unattributed_connections();
    (outcome, Some(UsedBrowser { browser, context: browser_context, residue, unattributed }))
}

async fn read_and_render(
    context: &SlotContext,
    claim: &Claim,
    (browser, browser_context): (&str, &mut Context),
    egress: &EgressSession,
) -> RenderOutcome {
    let RenderRequest { target, options, secrets } = match &claim.request {
        Ok(request) => request,
        // A worker of a later version may be able to read the options.
        Err(invalid) => {
            return RenderOutcome::Failed(RenderError::transient(ErrorCode::WorkerLost, invalid.to_string()));
        }
    };
    let job = claim.lease.job();
    let source = match target {
        Target::Url(url) => PageSource::Url(url),
        Target::Html(stored) => match stored.read(&context.db).await {
            Ok(Some(html)) => PageSource::Html(html),
            Ok(None) => {
                let message = "the html of this job is no longer stored";
                return RenderOutcome::Failed(RenderError::permanent(ErrorCode::NavigationFailed, message));
            }
            Err(error) => return read_failed(context, job, "html", &error),
        },
    };
    let secrets = match secrets {
        Some(stored) => match open(context, job, stored).await {
            Ok(secrets) => secrets,
            Err(outcome) => return outcome,
        },
        None => Secrets::default(),
    };
    let blocklist = Arc::clone(&context.blocklist);
    let request = Request { job, browser, source, options, secrets, policy: &context.policy, blocklist };
    match render::render(browser_context, egress, request).await {
        Ok(file) => RenderOutcome::Rendered(file),
        Err(error) => RenderOutcome::Failed(error),
    }
}

async fn open(context: &SlotContext, job: JobId, stored: &StoredSecrets) -> Result<Secrets, RenderOutcome> {
    stored.open(&context.db, &context.keyring).await.map_err(|error| {
        match &error {
            OpenError::Db(error) => return read_failed(context, job, "secrets", error),
            // Usually the job was cancelled after its claim.
            OpenError::Gone => warn!(job.id = %job, "cannot open the secrets of the job: {error}"),
            OpenError::UnknownKey(_) | OpenError::Tampered(_) => {
                error!(job.id = %job, "cannot open the secrets of the job: {error}");
            }
        }
        let message = "the headers, cookies or credentials of this job could not be read: submit it again";
        RenderOutcome::Failed(RenderError::permanent(ErrorCode::SecretsUnavailable, message))
    })
}

fn read_failed(context: &SlotContext, job: JobId, what: &str, error: &DbError) -> RenderOutcome {
    if is_away(error) {
        context.health.report("read_source", error);
        return RenderOutcome::SourceUnavailable;
    }
    error!(job.id = %job, "cannot read the {what} of the job: {error}");
    RenderOutcome::Failed(RenderError::transient(
        ErrorCode::WorkerLost,
        format!("no worker could read the {what} of this job"),
    ))
}
