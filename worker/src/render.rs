//! One render: from a page to a file, within its timeout.
//!
//! ```text
//!  open ─► apply options ─► navigate ─► wait ─► verify origin ─► fonts ─► prepare ─► capture ─► verify file
//!            page/events: dialogs, crashes, requests, the document of an html job
//! ```
//!
//! A page that navigates during a capture is waited for again. To prepare is to change in the page
//! what would be missing from a full page or a sheet (`scripts/`). A `report` says what a person
//! should know of the file.
//!
//! The end of the render is the deadline of every step, and a step that exceeds it is named in
//! the error.

mod apply;
mod base_url;
mod cleanup;
mod failure;
pub(crate) mod lane;
mod page;
mod report;
mod scripts;
mod steps;
pub(crate) mod timings;

pub(crate) use failure::{RenderError, over_memory_limit};

use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex};

use domain::egress::{HTML_SITE, Policy};
use domain::id::JobId;
use domain::job::{RenderReport, Rendered};
use domain::options::{Options, TargetUrl};
use domain::secret::Secrets;
use tokio::time::{Instant, timeout_at};

use crate::blocklist::{Blocklist, ChosenLists};
use crate::browser::Context;
use crate::egress::EgressSession;
use page::{Page, PageJob};
use steps::context::StepContext;
use timings::{Phase, PhaseTimer};

/// What to render.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    pub(crate) job: JobId,
    /// The name and version of the browser.
    pub(crate) browser: &'a str,
    pub(crate) source: PageSource<'a>,
    pub(crate) options: &'a Options,
    /// The headers, cookies and credentials for the page.
    pub(crate) secrets: Secrets,
    pub(crate) policy: &'a Policy,
    pub(crate) blocklist: Arc<Blocklist>,
}

/// Where the page comes from.
#[derive(Debug)]
pub(crate) enum PageSource<'a> {
    Url(&'a TargetUrl),
    /// The document itself.
    Html(Vec<u8>),
}

/// Renders a page in a browser context, with network access through a proxy session.
pub(crate) async fn render(
    context: &mut Context,
    egress: &EgressSession,
    request: Request<'_>,
) -> Result<Rendered, RenderError> {
    let mut timer = PhaseTimer::start();
    let content_type = request.options.output.content_type();
    let browser = request.browser;
    let mut report = RenderReport { browser: Some(browser.to_owned()), ..Default::default() };
    let rendered = open_and_run(context, egress, request, (&mut timer, &mut report)).await;
    let (timings, blocked) = timer.stop(egress.report());
    match rendered {
        Ok(bytes) => Ok(Rendered { bytes, content_type, timings, blocked, report, thumbnail: None }),
        Err(error) => Err(error.with_report(timings, blocked, report)),
    }
}

async fn open_and_run(
    context: &mut Context,
    egress: &EgressSession,
    Request { job, browser, source, options, secrets, policy, blocklist }: Request<'_>,
    (timer, report): (&mut PhaseTimer, &mut RenderReport),
) -> Result<Vec<u8>, RenderError> {
    let deadline = Instant::now() + options.readiness.timeout();
    let (url, html_host, html) = match source {
        PageSource::Url(target) => {
            policy.check_target(target).map_err(failure::denied)?;
            (target.as_str().to_owned(), None, None)
        }
        PageSource::Html(html) => {
            let host = format!("{job}.{HTML_SITE}");
            let html = match &options.base_url {
                Some(base_url) => base_url::insert(html, base_url),
                None => html,
            };
            (format!("http://{host}/"), Some(host), Some(html))
        }
    };
    // The host of an html job is ours.
    let target =
        if html_host.is_none() { Some(url.as_str()) } else { options.base_url.as_ref().map(TargetUrl::as_str) };
    let blocklist = ChosenLists::prepare(blocklist, &options.block).await;
    let job = PageJob { options, secrets: &secrets, target, browser, blocklist: blocklist.clone() };
    let opened = timeout_at(deadline, Page::open(context, (&url, html), job, deadline)).await;
    let (page, events) = opened.map_err(|_| failure::browser_hung())??;
    let warnings = Mutex::default();
    let context = StepContext {
        options,
        page,
        egress,
        html_host,
        deadline,
        warnings,
        steps_done: AtomicUsize::default(),
        blocklist,
    };
    let rendered = tokio::select! {
        // An event explains why a step fails, so it comes first.
        biased;
        error = events.run() => Err(error),
        denied = steps::verify_origin::denied(&context) => Err(denied),
        file = run_steps(&context, &url, timer) => file,
    };
    report::fill(report, &context);
    rendered
}

async fn run_steps(context: &StepContext<'_>, url: &str, timer: &mut PhaseTimer) -> Result<Vec<u8>, RenderError> {
    steps::navigate::navigate(context, url).await?;
    steps::verify_status::verify(context)?;
    loop {
        timer.enter(Phase::Wait);
        steps::wait::wait(context).await?;
        steps::verify_status::verify(context)?;
        let (document, address) = context.page.document();
        steps::verify_origin::verify(context, address.as_ref()).await?;
        timer.enter(Phase::Capture);
        let captured = tokio::select! {
            biased;
            // A capture during navigation may show either page, hang, or show one that was
            // never verified.
            () = context.page.until_replaced(&document) => None,
            captured = steps::capture(context) => Some(captured?),
        };
        if let Some(file) = captured {
            return Ok(file);
        }
    }
}
