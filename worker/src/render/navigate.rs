//! Navigating: from the empty page to the beginning of the one that was asked for.

use chromiumoxide::cdp::browser_protocol::page::NavigateParams;
use domain::job::ErrorCode;
use domain::render::BUDGET;
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::page::{HTML_URL, Page};
use super::progress::Progress;
use super::{NotRendered, failure};

/// Opens a URL, and waits until its document has begun to arrive.
///
/// Whatever status it was answered with: an error page is a page, too.
pub(super) async fn navigate(page: &Page, url: &str, end: Instant) -> Result<(), NotRendered> {
    let origin = match Url::parse(url) {
        Ok(target) if url != HTML_URL => target.origin().ascii_serialization(),
        Ok(_) | Err(_) => "the page".to_owned(),
    };
    let arrival = async {
        let answer = page.session.call(NavigateParams::new(url)).await?;
        match answer.error_text {
            Some(error) => Err(failure::unreachable(&error, &origin)),
            None => page.until(Progress::has_begun).await,
        }
    };
    timeout_at(end, arrival).await.unwrap_or_else(|_| {
        let message = format!("Timeout: {origin} did not answer within {} s", BUDGET.as_secs());
        Err(NotRendered::fail(ErrorCode::NavigationTimeout, message))
    })
}
