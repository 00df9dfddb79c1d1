//! The static lane: given documents that run no script and ask nothing of the network are set into a
//! page that is kept ([`browser::Lane`](crate::browser::Lane)), instead of navigating a new one to
//! them.
//!
//! ```text
//!  options admitted? ─► document admitted? ─► set ─► wait ─► fonts ─► prepare ─► capture ─► verify file
//!         no │                 no │         asks for something, leaves, or fails │
//!            └────────────────────┴──────── the ordinary road ◄────────────────┘
//! ```
//!
//! The steps are those of the ordinary road, and so is the file. What is refused here only decides
//! which road a document takes: the page is shut, whatever a document contains.

mod css;
mod data;
mod document;
mod names;
mod options;

pub(crate) use options::admits as admits_options;

use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use domain::egress::HTML_SITE;
use domain::id::JobId;
use domain::job::{RenderReport, Rendered};
use domain::options::{Milestone, Options};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout_at};

use super::apply::{self, viewport};
use super::failure::RenderError;
use super::page::Page;
use super::steps::context::StepContext;
use super::timings::{Phase, PhaseTimer};
use super::{report, steps};
use crate::blocklist::ChosenLists;
use crate::browser::{Lane, Window};
use crate::egress::EgressSession;

/// Larger documents take the ordinary road, whose cost is small beside theirs.
const MAX_BYTES: usize = 1024 * 1024;

/// How long a document may be in the lane, or half of its timeout if that is less: a hundred times what one takes on an
/// idle machine. The ordinary road then has its whole timeout.
const MAX_DURATION: Duration = Duration::from_secs(5);

/// Larger documents are examined on a thread of their own.
const MAX_BYTES_INLINE: usize = 64 * 1024;

/// A document that may be set into a kept page.
#[derive(Debug)]
pub(crate) struct StillDocument(String);

/// What to render in the lane.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    pub(crate) job: JobId,
    pub(crate) document: StillDocument,
    pub(crate) options: &'a Options,
    /// The name and version of the browser.
    pub(crate) browser: &'a str,
}

/// Why a document was not rendered in the lane: render it on the ordinary road, which says why if it fails there, too.
#[derive(Debug)]
pub(crate) struct Declined(pub(crate) &'static str);

/// Examines a document, and returns why it may not take the lane, if so.
pub(crate) async fn examine(html: &[u8]) -> Result<StillDocument, &'static str> {
    if html.len() > MAX_BYTES {
        return Err("size");
    }
    let html = String::from_utf8_lossy(html.strip_prefix(b"\xef\xbb\xbf").unwrap_or(html)).into_owned();
    let is_small = html.len() <= MAX_BYTES_INLINE;
    let examine = move || {
        #[cfg(not(feature = "mutant-lane-admission"))]
        document::check(&html)?;
        Ok(StillDocument(html))
    };
    if is_small { examine() } else { spawn_blocking(examine).await.unwrap_or(Err("size")) }
}

/// Returns the size of the window that a document is laid out in.
pub(crate) fn window(options: &Options) -> Window {
    viewport::window(options)
}

/// Renders a document in the page of a lane. `egress` is a session that is not open.
pub(crate) async fn render(
    lane: &mut Lane,
    egress: &EgressSession,
    request: Request<'_>,
) -> Result<Rendered, Declined> {
    let mut timer = PhaseTimer::start();
    let content_type = request.options.output.content_type();
    let mut report = RenderReport { browser: Some(request.browser.to_owned()), ..Default::default() };
    let ended = set_and_run(lane, egress, request, (&mut timer, &mut report)).await;
    let (timings, blocked) = timer.stop(egress.report());
    ended.map(|bytes| Rendered { bytes, content_type, timings, blocked, report, thumbnail: None })
}

async fn set_and_run(
    lane: &mut Lane,
    egress: &EgressSession,
    Request { job, document, options, browser: _ }: Request<'_>,
    (timer, report): (&mut PhaseTimer, &mut RenderReport),
) -> Result<Vec<u8>, Declined> {
    let deadline = Instant::now() + MAX_DURATION.min(options.readiness.timeout() / 2);
    let (page, events) = Page::kept(lane, deadline).map_err(|_| Declined("failure"))?;
    apply::replace(&page.session, options);
    let context = StepContext {
        options,
        page,
        egress,
        html_host: Some(format!("{job}.{HTML_SITE}")),
        deadline,
        warnings: Mutex::default(),
        steps_done: AtomicUsize::default(),
        blocklist: ChosenLists::default(),
    };
    let ended = tokio::select! {
        // An event explains why a step fails, so it comes first.
        biased;
        reason = events.run() => Err(Declined(reason)),
        file = timeout_at(deadline, run_steps(&context, &document.0, timer)) => match file {
            Ok(Ok(file)) => Ok(file),
            Ok(Err(_)) | Err(_) => Err(Declined("failure")),
        },
    };
    report::fill(report, &context);
    ended
}

async fn run_steps(context: &StepContext<'_>, html: &str, timer: &mut PhaseTimer) -> Result<Vec<u8>, RenderError> {
    context.page.set_document(html).await?;
    timer.enter(Phase::Wait);
    steps::wait::wait(context).await?;
    // Nothing of the document arrives late, so this costs nothing, and images are in the picture.
    context.page.wait_until(|navigation| navigation.has_reached(Milestone::Load)).await?;
    timer.enter(Phase::Capture);
    steps::capture(context).await
}
