//! Waiting: until the page is what was asked for.

use std::time::Duration;

use chromiumoxide::cdp::browser_protocol::page::CreateIsolatedWorldParams;
use chromiumoxide::cdp::js_protocol::runtime::{CallArgument, CallFunctionOnParams};
use domain::job::ErrorCode;
use domain::render::{BUDGET, Options, WaitFor};
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout_at};

use super::NotRendered;
use super::page::Page;
use super::progress::{Milestone, Progress};
use crate::cdp::CallError;

/// How often a page is asked whether an element is there.
const POLL: Duration = Duration::from_millis(50);

/// Asks for an element. The selector is an argument: it is never part of the code.
const LOOK: &str = "function (selector) {
    try { return document.querySelector(selector) ? 'there' : 'absent'; } catch { return 'invalid'; }
}";

/// Waits until the page is ready, and for as long as was asked for after that.
pub(super) async fn wait(page: &Page, options: &Options, end: Instant) -> Result<(), NotRendered> {
    let ready = async {
        page.until(Progress::is_settled).await?;
        match &options.wait_for {
            WaitFor::Commit => Ok(()),
            WaitFor::DomContentLoaded => reach(page, Milestone::DomContentLoaded).await,
            WaitFor::Load => reach(page, Milestone::Load).await,
            WaitFor::NetworkIdle => reach(page, Milestone::NetworkIdle).await,
            WaitFor::Selector(selector) => find(page, selector).await,
        }
    };
    timeout_at(end, ready).await.unwrap_or_else(|_| Err(too_late(&missed(&options.wait_for))))?;
    let delay = sleep(Duration::from_millis(options.delay_ms.into()));
    timeout_at(end, delay).await.map_err(|_| too_late("the page was ready, but `delay_ms` was not over"))
}

async fn reach(page: &Page, milestone: Milestone) -> Result<(), NotRendered> {
    page.until(|progress| progress.has_reached(milestone)).await
}

async fn find(page: &Page, selector: &str) -> Result<(), NotRendered> {
    loop {
        match look(page, selector).await {
            Ok(Value::String(found)) if found == "there" => return Ok(()),
            Ok(Value::String(found)) if found == "invalid" => {
                let message = format!("`{selector}` is no CSS selector");
                return Err(NotRendered::fail(ErrorCode::SelectorInvalid, message));
            }
            Err(CallError::Gone) => return Err(CallError::Gone.into()),
            // Between two documents there is nobody to ask.
            Ok(_) | Err(CallError::Refused(..)) => sleep(POLL).await,
        }
    }
}

/// Looks from a world of our own, in which the page can have replaced nothing.
async fn look(page: &Page, selector: &str) -> Result<Value, CallError> {
    let world = CreateIsolatedWorldParams {
        world_name: Some("tintype".to_owned()),
        ..CreateIsolatedWorldParams::new(page.frame.clone())
    };
    let world = page.session.call(world).await?.execution_context_id;
    let look = CallFunctionOnParams {
        arguments: Some(vec![CallArgument { value: Some(selector.into()), ..Default::default() }]),
        execution_context_id: Some(world),
        return_by_value: Some(true),
        ..CallFunctionOnParams::new(LOOK)
    };
    Ok(page.session.call(look).await?.result.value.unwrap_or_default())
}

fn missed(wait_for: &WaitFor) -> String {
    match wait_for {
        WaitFor::Commit => "the page did not stay".to_owned(),
        WaitFor::DomContentLoaded => "the page did not reach `dom_content_loaded`".to_owned(),
        WaitFor::Load => "the page did not reach `load`".to_owned(),
        WaitFor::NetworkIdle => "the page did not reach `network_idle`".to_owned(),
        WaitFor::Selector(selector) => format!("the page showed no element that matches `{selector}`"),
    }
}

fn too_late(what: &str) -> NotRendered {
    NotRendered::fail(ErrorCode::WaitTimeout, format!("Timeout: {what} within {} s", BUDGET.as_secs()))
}
