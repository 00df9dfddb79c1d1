//! Waiting until the page is ready to be captured.

use std::time::Duration;

use domain::job::{ErrorCode, WarningCode};
use domain::options::{Milestone, Scroll, WaitFor};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout_at};

use super::context::StepContext;
use super::{cleanup, inject, scroll};
use crate::cdp::CallError;
use crate::render::failure::{RenderError, invalid_selector, shown};
use crate::render::page::Page;
use crate::render::page::evaluate::{self, FIND_ELEMENT};
use crate::render::page::navigation::Navigation;

/// How often the page is searched for an element.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// The part of the remaining time that is reserved for the fallback and the capture: a quarter.
const RESERVE_DIVISOR: u32 = 4;

/// The least time that is reserved, unless less than twice as much is left: half of it, then.
const MIN_RESERVE: Duration = Duration::from_secs(1);

/// The most time that is reserved.
const MAX_RESERVE: Duration = Duration::from_secs(5);

/// How long no request may be open until the network is idle.
const IDLE_PERIOD: Duration = Duration::from_millis(500);

/// Waits until the page is ready, then changes it, scrolls through it and waits for `delay_ms`.
/// A page that navigates during the latter is waited for again.
pub(crate) async fn wait(context: &StepContext<'_>) -> Result<(), RenderError> {
    loop {
        wait_until_ready(context).await?;
        let (document, _) = context.page.document();
        tokio::select! {
            biased;
            () = context.page.until_replaced(&document) => {}
            settled = settle(context) => match settled {
                // A script fails if the page navigates before that is reported.
                Err(RenderError::Transient(_)) if context.page.document().0 != document => {}
                settled => return settled,
            },
        }
    }
}

async fn wait_until_ready(context: &StepContext<'_>) -> Result<(), RenderError> {
    let StepContext { options, page, deadline, .. } = context;
    let wait_for = &options.readiness.wait_for;
    let Some(fallback) = options.readiness.timeout_fallback_to else {
        return ready_by_deadline(context, wait_for).await;
    };
    let left = deadline.saturating_duration_since(Instant::now());
    let reserve = (left / RESERVE_DIVISOR).max(MIN_RESERVE.min(left / 2)).min(MAX_RESERVE);
    let fallback_at = *deadline - reserve;
    match timeout_at(fallback_at, ready(page, wait_for)).await {
        Ok(ready) => ready,
        Err(_elapsed) => {
            ready_by_deadline(context, &WaitFor::Milestone(fallback)).await?;
            let message = format!("{}, so the page was captured after `{}`", missed(wait_for), fallback.name());
            context.warn(WarningCode::FallbackUsed, message);
            Ok(())
        }
    }
}

async fn settle(context: &StepContext<'_>) -> Result<(), RenderError> {
    let readiness = &context.options.readiness;
    let settle = async {
        cleanup::clean(context).await?;
        inject::inject(context).await?;
        match readiness.scroll {
            Scroll::No => {}
            Scroll::Through => scroll::scroll_through(context).await?,
        }
        if readiness.delay_ms > 0 {
            sleep(Duration::from_millis(readiness.delay_ms.into())).await;
        }
        Ok(())
    };
    timeout_at(context.deadline, settle)
        .await
        .unwrap_or_else(|_| Err(timeout(context, "the page was ready, but `js`, scrolling or `delay_ms` did not end")))
}

async fn ready_by_deadline(context: &StepContext<'_>, wait_for: &WaitFor) -> Result<(), RenderError> {
    timeout_at(context.deadline, ready(&context.page, wait_for))
        .await
        .unwrap_or_else(|_| Err(timeout(context, &missed(wait_for))))
}

async fn ready(page: &Page, wait_for: &WaitFor) -> Result<(), RenderError> {
    page.wait_until(Navigation::is_settled).await?;
    match wait_for {
        WaitFor::Milestone(Milestone::NetworkIdle) => until_idle(page).await,
        WaitFor::Milestone(milestone) => page.wait_until(|navigation| navigation.has_reached(*milestone)).await,
        WaitFor::Selector(selector) => find(page, selector).await,
    }
}

/// Waits until the page has loaded, and no request has been open for a while. Chromium's own event
/// counts what nobody waits for, such as an event stream, and never comes after `window.stop()`.
async fn until_idle(page: &Page) -> Result<(), RenderError> {
    loop {
        page.wait_until(|navigation| navigation.has_reached(Milestone::Load)).await?;
        let (document, _) = page.document();
        page.wait_until_quiet(IDLE_PERIOD).await?;
        if page.document().0 == document {
            return Ok(());
        }
    }
}

async fn find(page: &Page, selector: &str) -> Result<(), RenderError> {
    loop {
        match evaluate::call(page, FIND_ELEMENT, &[json!(selector)]).await {
            Ok(Value::String(found)) if found == "found" => return Ok(()),
            Ok(Value::String(found)) if found == "invalid" => {
                return Err(invalid_selector(selector));
            }
            Err(
                error @ (CallError::BrowserGone
                | CallError::PageCrashed
                | CallError::ReplyTooLarge
                | CallError::Timeout(_)),
            ) => {
                return Err(error.into());
            }
            // Evaluation fails while one document replaces another.
            Ok(_) | Err(CallError::Protocol(..)) => sleep(POLL_INTERVAL).await,
        }
    }
}

fn missed(wait_for: &WaitFor) -> String {
    match wait_for {
        WaitFor::Milestone(Milestone::Commit) => "the page did not stop navigating".to_owned(),
        WaitFor::Milestone(milestone) => format!("the page did not reach `{}`", milestone.name()),
        WaitFor::Selector(selector) => format!("no element matched `{}`", shown(selector)),
    }
}

fn timeout(context: &StepContext<'_>, what: &str) -> RenderError {
    let message = format!("Timeout: {what} within {} ms", context.options.readiness.timeout_ms);
    RenderError::permanent(ErrorCode::WaitTimeout, message)
}
