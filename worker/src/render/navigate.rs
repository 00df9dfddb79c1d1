//! Arriving: from the page that was let go to the beginning of the document asked for.

use chromiumoxide_cdp::cdp::browser_protocol::page::NavigateParams;
use domain::job::ErrorCode;
use tokio::time::timeout_at;

use super::landing;
use super::progress::{Address, Progress};
use super::{NotRendered, Render, failure, origin};

/// Waits until the document that was asked for has begun to arrive.
///
/// Whatever status it was answered with: an error page is a page, too.
pub(super) async fn arrive(render: &Render<'_>, url: &str) -> Result<(), NotRendered> {
    timeout_at(render.end, arrival(render, url)).await.unwrap_or_else(|_| {
        let message = format!("Timeout: {} did not answer within {} ms", origin(url), render.options.timeout_ms);
        Err(NotRendered::fail(ErrorCode::NavigationTimeout, message))
    })
}

async fn arrival(render: &Render<'_>, url: &str) -> Result<(), NotRendered> {
    let page = &render.page;
    page.until(|progress| progress.has_begun() || progress.came_to_nothing()).await?;
    match page.document().1 {
        Some(Address::Reached(_)) => Ok(()),
        Some(Address::Unreachable(url)) => ask(render, &url).await,
        None => ask(render, url).await,
    }
}

/// Asks why nothing came. What the wall knows, it says; what only the browser knows is
/// learnt by going there once more, which may even go well.
async fn ask(render: &Render<'_>, url: &str) -> Result<(), NotRendered> {
    landing::check_reached(render, url)?;
    let answer = render.page.session.call(&NavigateParams::new(url)).await?;
    match answer.error_text {
        Some(error) => Err(failure::unreachable(&error, &origin(url))),
        None => render.page.until(Progress::has_begun_anew).await,
    }
}
