//! Waiting: until the page is what was asked for.

use std::time::Duration;

use domain::job::ErrorCode;
use domain::render::{Milestone, Scroll, WaitFor};
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout_at};

use super::page::Page;
use super::progress::Progress;
use super::script::{self, SCROLL};
use super::{NotRendered, Render};
use crate::cdp::CallError;

/// How often a page is asked whether an element is there.
const POLL: Duration = Duration::from_millis(50);

/// The part of the time left that is kept for capturing what is settled for: a quarter.
const RESERVE: u32 = 4;

/// The longest that is kept for that.
const LONGEST_RESERVE: Duration = Duration::from_secs(5);

/// Waits until the page is ready, scrolled through, and for as long as was asked for after
/// that. A page that does not get there in time may be settled for, where that was asked.
pub(super) async fn wait(render: &Render<'_>) -> Result<(), NotRendered> {
    loop {
        until_ready(render).await?;
        let (document, _) = render.page.document();
        tokio::select! {
            biased;
            // What is left meanwhile cannot be scrolled; the next page is waited for anew.
            () = render.page.left(&document) => {}
            rested = rest(render) => return rested,
        }
    }
}

async fn until_ready(render: &Render<'_>) -> Result<(), NotRendered> {
    let Render { options, page, end, .. } = render;
    let Some(fallback) = options.timeout_fallback_to else { return within(render, &options.wait_for).await };
    let left = end.saturating_duration_since(Instant::now());
    let enough = *end - (left / RESERVE).min(LONGEST_RESERVE);
    match timeout_at(enough, ready(page, &options.wait_for)).await {
        Ok(ready) => ready,
        Err(_late) => within(render, &WaitFor::Milestone(fallback)).await,
    }
}

async fn rest(render: &Render<'_>) -> Result<(), NotRendered> {
    let rest = async {
        match render.options.scroll {
            Scroll::No => {}
            Scroll::Through => script::run(&render.page, SCROLL, None).await.map(drop)?,
        }
        sleep(Duration::from_millis(render.options.delay_ms.into())).await;
        Ok(())
    };
    let late = |_| Err(too_late(render, "the page was ready, but not scrolled through, or `delay_ms` was not over"));
    timeout_at(render.end, rest).await.unwrap_or_else(late)
}

async fn within(render: &Render<'_>, wait_for: &WaitFor) -> Result<(), NotRendered> {
    let late = |_| Err(too_late(render, &missed(wait_for)));
    timeout_at(render.end, ready(&render.page, wait_for)).await.unwrap_or_else(late)
}

async fn ready(page: &Page, wait_for: &WaitFor) -> Result<(), NotRendered> {
    page.until(Progress::is_settled).await?;
    match wait_for {
        WaitFor::Milestone(milestone) => page.until(|progress| progress.has_reached(*milestone)).await,
        WaitFor::Selector(selector) => find(page, selector).await,
    }
}

async fn find(page: &Page, selector: &str) -> Result<(), NotRendered> {
    loop {
        match script::run(page, script::LOOK, Some(selector)).await {
            Ok(Value::String(found)) if found == "there" => return Ok(()),
            Ok(Value::String(found)) if found == "invalid" => {
                let message = format!("`{selector}` is no CSS selector");
                return Err(NotRendered::fail(ErrorCode::SelectorInvalid, message));
            }
            Err(error @ (CallError::Gone | CallError::Crashed | CallError::TooLarge | CallError::Late(_))) => {
                return Err(error.into());
            }
            // Between two documents there is nobody to ask.
            Ok(_) | Err(CallError::Refused(..)) => sleep(POLL).await,
        }
    }
}

fn missed(wait_for: &WaitFor) -> String {
    match wait_for {
        WaitFor::Milestone(Milestone::Commit) => "the page did not stay".to_owned(),
        WaitFor::Milestone(milestone) => format!("the page did not reach `{}`", milestone.name()),
        WaitFor::Selector(selector) => format!("the page showed no element that matches `{selector}`"),
    }
}

fn too_late(render: &Render<'_>, what: &str) -> NotRendered {
    let message = format!("Timeout: {what} within {} ms", render.options.timeout_ms);
    NotRendered::fail(ErrorCode::WaitTimeout, message)
}
