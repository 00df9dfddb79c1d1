//! An attempt: renders a job in a browser of its account, on the static lane or the ordinary road.

use std::sync::Arc;

use domain::job::{Claim, RenderRequest};
use tokio::time::Instant;

use super::context::SlotContext;
use super::in_flight::InFlightRender;
use super::lane;
use super::log_context::LogContext;
use super::metrics;
use super::outcome::RenderOutcome;
use super::recycle::{Used, UsedBrowser, UsedContext, isolation, purpose};
use super::source::{self, Source};
use crate::browser::{Browser, Purpose, SiteIsolation};
use crate::pool::browsers::BrowserPool;
use crate::render::lane::StillDocument;
use crate::render::{self, PageSource, RenderError, Request};

/// The browsers that the lane is in: see [`Browser::take_lane`].
const LANE: SiteIsolation = SiteIsolation::Off;

/// Renders a job in a browser of its account, and returns the browser, if one was used: on the lane if the job may take
/// it, and otherwise, or to compare, on the ordinary road.
pub(super) async fn attempt(
    context: &SlotContext,
    pool: &BrowserPool,
    claim: &Claim,
    in_flight: &mut InFlightRender,
    log: &mut LogContext,
) -> (RenderOutcome, Option<UsedBrowser>) {
    let prepared = tokio::select! {
        biased;
        reason = in_flight.until_stopped() => return (RenderOutcome::Stopped(reason), None),
        prepared = prepare(context, claim) => prepared,
    };
    let (request, source, document) = match prepared {
        Ok(prepared) => prepared,
        Err(outcome) => return (outcome, None),
    };
    let job = claim.lease.job();
    let mut in_lane = None;
    if let Some(document) = document {
        let render = async |browser: &mut Browser, used: &mut Used| {
            let is_heavy = is_heavy(context, browser);
            lane::render(job, (browser, used), &request.options, (document, is_heavy)).await
        };
        match in_browser(context, (pool, claim, LANE), (in_flight, log), render).await {
            Ok((Some(file), used)) if !context.static_lane.compares(job) => {
                return (RenderOutcome::Rendered(file), Some(used));
            }
            Ok((file, used)) => {
                used.recycle().await;
                in_lane = file;
            }
            Err(ended) => return ended,
        }
    }
    let render = async |browser: &mut Browser, used: &mut Used| {
        render_in_context(context, claim, (browser, used), (request, source)).await
    };
    match in_browser(context, (pool, claim, isolation(request)), (in_flight, log), render).await {
        Ok((outcome, mut used)) => {
            used.used.end(&outcome);
            if let Some(file) = in_lane {
                lane::compare(job, &file, &outcome);
            }
            (outcome, Some(used))
        }
        Err(ended) => ended,
    }
}

/// Reads what a job renders, and examines whether it may take the lane.
async fn prepare<'a>(
    context: &SlotContext,
    claim: &'a Claim,
) -> Result<(&'a RenderRequest, Source<'a>, Option<StillDocument>), RenderOutcome> {
    let request = source::request(claim).map_err(RenderOutcome::Failed)?;
    let source = source::read(context, claim.lease.job(), request).await?;
    let document = match &source {
        Source::Html(html) => lane::examine(context.static_lane, request, html).await,
        Source::Url(_) => None,
    };
    Ok((request, source, document))
}

/// Renders in a browser of the account, unless the job is stopped, there is no browser, or it uses too much memory.
async fn in_browser<T>(
    context: &SlotContext,
    (pool, claim, isolation): (&BrowserPool, &Claim, SiteIsolation),
    (in_flight, log): (&mut InFlightRender, &mut LogContext),
    render: impl AsyncFnOnce(&mut Browser, &mut Used) -> T,
) -> Result<(T, UsedBrowser), (RenderOutcome, Option<UsedBrowser>)> {
    let started = Instant::now();
    let acquired = tokio::select! {
        biased;
        reason = in_flight.until_stopped() => return Err((RenderOutcome::Stopped(reason), None)),
        acquired = pool.acquire(claim.account, isolation) => acquired,
    };
    let Some(mut browser) = acquired else {
        return Err((RenderOutcome::Failed(RenderError::NotAttempted), None));
    };
    metrics::browser_ready(started.elapsed());
    log.browser_ready(browser.process_group());
    let state = Arc::clone(browser.state());
    let mut used = Used::default();
    let ended = tokio::select! {
        biased;
        reason = in_flight.until_stopped() => Err(RenderOutcome::Stopped(reason)),
        () = state.until_over_memory_limit() => {
            Err(RenderOutcome::Failed(render::over_memory_limit(context.max_memory_mib)))
        }
        rendered = render(&mut browser, &mut used) => Ok(rendered),
    };
    match ended {
        Ok(rendered) => Ok((rendered, UsedBrowser { browser, used })),
        Err(outcome) => {
            used.end(&outcome);
            Err((outcome, Some(UsedBrowser { browser, used })))
        }
    }
}

/// Renders on the ordinary road.
async fn render_in_context(
    context: &SlotContext,
    claim: &Claim,
    (browser, used): (&mut Browser, &mut Used),
    (request, source): (&RenderRequest, Source<'_>),
) -> RenderOutcome {
    let job = claim.lease.job();
    let secrets = match source::secrets(context, job, request).await {
        Ok(secrets) => secrets,
        Err(outcome) => return outcome,
    };
    let purpose = purpose(request);
    let Ok(browser_context) = browser.take_context(purpose).await else {
        return RenderOutcome::Failed(RenderError::NotAttempted);
    };
    let used = used.context.insert(UsedContext::new(browser_context));
    let egress = browser.proxy().open_session();
    let source = match source {
        Source::Url(url) => PageSource::Url(url),
        Source::Html(html) => PageSource::Html(html),
    };
    let blocklist = Arc::clone(&context.blocklist);
    let options = &request.options;
    let request =
        Request { job, browser: browser.product(), source, options, secrets, policy: &context.policy, blocklist };
    let rendered = render::render(&mut used.context, &egress, request).await;
    let is_light = !is_heavy(context, browser);
    let resettable = purpose == Purpose::SharedPage && rendered.is_ok() && is_light && egress.report().attempts == 0;
    (used.resettable, used.unattributed) = (resettable, browser.proxy().unattributed_connections());
    match rendered {
        Ok(file) => RenderOutcome::Rendered(file),
        Err(error) => RenderOutcome::Failed(error),
    }
}

/// Whether the browser uses much memory: what a document has stored stays in memory for as long as its context exists.
fn is_heavy(context: &SlotContext, browser: &Browser) -> bool {
    browser.state().memory() > context.max_memory_mib * 1024 * 1024 / 4
}
