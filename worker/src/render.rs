//! One render: a page in, a file out, within [`BUDGET`].

mod failure;
mod landing;
mod navigate;
mod page;
mod pdf;
mod progress;
mod screenshot;
mod wait;

pub(crate) use failure::NotRendered;

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::egress::Policy;
use domain::job::{ErrorCode, Failure, Rendered, Timings};
use domain::render::{BUDGET, Options, Output};
use tokio::time::{Instant, timeout_at};

use crate::browser::Context;
use page::{HTML_URL, Page};

/// The largest file that is kept.
const LARGEST: usize = 50 * 1024 * 1024;

/// What to render, and the rules for it.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    pub(crate) options: &'a Options,
    /// The page, where it was sent along.
    pub(crate) html: Option<Vec<u8>>,
    pub(crate) policy: &'a Policy,
}

/// Renders in a context, which is to be disposed of afterwards.
pub(crate) async fn render(context: &Context<'_>, request: Request<'_>) -> Result<Rendered, NotRendered> {
    let end = Instant::now() + BUDGET;
    let Request { options, html, policy } = request;
    if let domain::render::Page::Url(target) = &options.page {
        landing::check(policy, target).await?;
    }
    let opened = timeout_at(end, Page::open(context, options, html)).await;
    let (page, attendant) = opened.map_err(|_| failure::hung(context.browser()))??;
    tokio::select! {
        // What the attendant knows explains why the work fails.
        biased;
        failure = attendant.attend() => Err(failure),
        done = work(&page, options, policy, end) => done,
    }
}

async fn work(page: &Page, options: &Options, policy: &Policy, end: Instant) -> Result<Rendered, NotRendered> {
    let mut watch = Stopwatch(Instant::now());
    let mut timings = Timings::default();
    let url = match &options.page {
        domain::render::Page::Url(target) => target.as_str(),
        domain::render::Page::Html => HTML_URL,
    };
    navigate::navigate(page, url, end).await?;
    timings.navigate_ms = watch.lap();
    loop {
        wait::wait(page, options, end).await?;
        timings.wait_ms += watch.lap();
        let (document, address) = page.document();
        landing::check_landed(policy, address.as_ref()).await?;
        let captured = tokio::select! {
            biased;
            // What is captured of a page that is being replaced is neither, or nothing ever;
            // or the next page, which nobody has checked.
            () = page.left(&document) => None,
            captured = capture(page, &options.output, end) => Some(captured?),
        };
        timings.capture_ms += watch.lap();
        if let Some(bytes) = captured {
            return Ok(Rendered { bytes, content_type: options.output.content_type(), timings });
        }
    }
}

async fn capture(page: &Page, output: &Output, end: Instant) -> Result<Vec<u8>, NotRendered> {
    let captured = async {
        match output {
            Output::Screenshot(wanted) => screenshot::capture(page, wanted).await,
            Output::Pdf(wanted) => pdf::print(page, wanted).await,
        }
    };
    timeout_at(end, captured).await.unwrap_or_else(|_| {
        let message = format!("Timeout: the page could not be captured within {} s", BUDGET.as_secs());
        Err(NotRendered::fail(ErrorCode::CaptureTimeout, message))
    })
}

/// Reads what a browser captured, and makes sure that it is a file of its kind: it is
/// known to answer success with nothing.
fn decode(data: &str, magic: &[u8]) -> Result<Vec<u8>, NotRendered> {
    if data.len() / 4 * 3 > LARGEST + 3 {
        return Err(too_large());
    }
    let bytes = STANDARD.decode(data).unwrap_or_default();
    if bytes.len() > LARGEST {
        return Err(too_large());
    }
    if bytes.starts_with(magic) {
        Ok(bytes)
    } else {
        Err(NotRendered::Chance(Failure::new(ErrorCode::RendererCrashed, "the browser captured nothing")))
    }
}

fn too_large() -> NotRendered {
    let message = format!("the file is larger than {} MB: render less of the page, or at a lower scale", LARGEST >> 20);
    NotRendered::fail(ErrorCode::ResultTooLarge, message)
}

/// Milliseconds since it was last looked at.
struct Stopwatch(Instant);

impl Stopwatch {
    fn lap(&mut self) -> u64 {
        let elapsed = self.0.elapsed();
        self.0 = Instant::now();
        milliseconds(elapsed)
    }
}

/// A duration as it is logged and kept.
pub(crate) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use domain::job::ErrorCode;

    use super::{LARGEST, NotRendered, decode};

    fn code(result: Result<Vec<u8>, NotRendered>) -> Option<ErrorCode> {
        match result {
            Ok(_) | Err(NotRendered::Untouched) => None,
            Err(NotRendered::Final(failure) | NotRendered::Chance(failure)) => Some(failure.code),
        }
    }

    #[test]
    fn only_a_file_of_its_kind_is_a_result() {
        assert_eq!(decode(&STANDARD.encode(b"%PDF-1.4"), b"%PDF").ok().as_deref(), Some(b"%PDF-1.4".as_slice()));
        assert_eq!(code(decode("", b"%PDF")), Some(ErrorCode::RendererCrashed));
        assert_eq!(code(decode(&STANDARD.encode(b"PNG"), b"%PDF")), Some(ErrorCode::RendererCrashed));
    }

    #[test]
    fn a_file_that_is_too_large_is_no_result() {
        let data = STANDARD.encode(vec![b'%'; LARGEST + 1]);

        assert_eq!(code(decode(&data, b"%")), Some(ErrorCode::ResultTooLarge));
    }
}
