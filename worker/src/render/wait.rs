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
    let Render { options, page, end, .. } = render;
    if let Some(fallback) = options.timeout_fallback_to {
        let left = end.saturating_duration_since(Instant::now());
        let enough = *end - (left / RESERVE).min(LONGEST_RESERVE);
        if let Ok(ready) = timeout_at(enough, ready(page, &options.wait_for)).await {
            ready?;
        } else {
            within(render, &WaitFor::Milestone(fallback)).await?;
        }
    } else {
        within(render, &options.wait_for).await?;
    }
    let rest = async {
        match options.scroll {
            Scroll::No => {}
            Scroll::Through => script::run(page, SCROLL, None).await.map(drop)?,
        }
        sleep(Duration::from_millis(options.delay_ms.into())).await;
        Ok(())
    };
    let late = |_| Err(too_late(render, "the page was ready, but not scrolled through, or `delay_ms` was not over"));
    timeout_at(*end, rest).await.unwrap_or_else(late)
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
            Err(error @ (CallError::Gone | CallError::Crashed | CallError::Late(_))) => return Err(error.into()),
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
