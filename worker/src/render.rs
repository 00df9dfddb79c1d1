//! One render: a page in, a file out, within its budget.
//!
//! ```text
//!  open ─► prepare ─► run ─► arrive ─► wait ─► check where it landed ─► capture ─► check the file
//!            attendant: dialogs, windows, crashes, the page that was sent along
//! ```
//!
//! Every step has the render's end as its deadline, and names itself when it misses it.

mod attendant;
mod checked;
mod clock;
mod failure;
mod landing;
mod navigate;
mod page;
mod pdf;
mod progress;
mod screenshot;
mod script;
mod wait;

pub(crate) use failure::{NotRendered, overgrown};

use std::time::Duration;

use domain::egress::Policy;
use domain::id::JobId;
use domain::job::{ErrorCode, Rendered};
use domain::render::{Options, Output};
use tokio::time::{Instant, timeout_at};
use url::Url;

use crate::browser::Context;
use crate::egress::Gate;
use clock::{Clock, Phase};
use page::Page;
pub(crate) use page::window;

/// The site of pages that were sent along: each is served, to itself and once, at an origin
/// that no other job has. The name exists nowhere else (RFC 6761).
const HTML_SITE: &str = "render.invalid";

/// What to render, and the rules for it.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    pub(crate) job: JobId,
    pub(crate) options: &'a Options,
    /// The page, where it was sent along.
    pub(crate) html: Option<Vec<u8>>,
    pub(crate) policy: &'a Policy,
}

/// What every step of a render works with.
struct Render<'a> {
    options: &'a Options,
    page: Page,
    gate: &'a Gate,
    /// The host of the page that was sent along.
    own: Option<String>,
    end: Instant,
}

/// Renders in a context, which is to be disposed of afterwards, with what a gate lets pass.
pub(crate) async fn render(
    context: &mut Context,
    gate: &Gate,
    Request { job, options, html, policy }: Request<'_>,
) -> Result<Rendered, NotRendered> {
    let mut clock = Clock::start();
    let rendered = phases(context, gate, Request { job, options, html, policy }, &mut clock).await;
    let (timings, blocked) = clock.stop(gate.report());
    match rendered {
        Ok(bytes) => Ok(Rendered { bytes, content_type: options.output.content_type(), timings, blocked }),
        Err(why) => Err(why.telling(timings, blocked)),
    }
}

async fn phases(
    context: &mut Context,
    gate: &Gate,
    Request { job, options, html, policy }: Request<'_>,
    clock: &mut Clock,
) -> Result<Vec<u8>, NotRendered> {
    let end = Instant::now() + options.budget();
    let (url, own) = match &options.page {
        domain::render::Page::Url(target) => {
            policy.check_target(target).map_err(failure::denied)?;
            (target.as_str().to_owned(), None)
        }
        domain::render::Page::Html => (format!("http://{job}.{HTML_SITE}/"), Some(format!("{job}.{HTML_SITE}"))),
    };
    let opened = timeout_at(end, Page::open(context, &url, options, html, end)).await;
    let (page, attendant) = opened.map_err(|_| failure::hung())??;
    let render = Render { options, page, gate, own, end };
    tokio::select! {
        // What the attendant knows explains why the work fails.
        biased;
        failure = attendant.attend() => Err(failure),
        barred = landing::barred(&render) => Err(barred),
        done = work(&render, &url, clock) => done,
    }
}

async fn work(render: &Render<'_>, url: &str, clock: &mut Clock) -> Result<Vec<u8>, NotRendered> {
    navigate::arrive(render, url).await?;
    loop {
        clock.enter(Phase::Wait);
        wait::wait(render).await?;
        let (document, address) = render.page.document();
        landing::check(render, address.as_ref()).await?;
        clock.enter(Phase::Capture);
        let captured = tokio::select! {
            biased;
            // What is captured of a page that is being replaced is neither, or nothing ever;
            // or the next page, which nobody has checked.
            () = render.page.left(&document) => None,
            captured = capture(render) => Some(captured?),
        };
        if let Some(bytes) = captured {
            return Ok(bytes);
        }
    }
}

async fn capture(render: &Render<'_>) -> Result<Vec<u8>, NotRendered> {
    let captured = async {
        match &render.options.output {
            Output::Screenshot(wanted) => screenshot::capture(&render.page, wanted).await,
            Output::Pdf(wanted) => pdf::print(&render.page, wanted).await,
        }
    };
    timeout_at(render.end, captured).await.unwrap_or_else(|_| {
        let message = format!("Timeout: the page could not be captured within {} ms", render.options.timeout_ms);
        Err(NotRendered::fail(ErrorCode::CaptureTimeout, message))
    })
}

/// The origin of an address, which is all of it that may be told.
fn origin(url: &str) -> String {
    Url::parse(url).map_or_else(|_| "nowhere".to_owned(), |url| url.origin().ascii_serialization())
}

/// A duration as it is logged and kept.
pub(crate) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
