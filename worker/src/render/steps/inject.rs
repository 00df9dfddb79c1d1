//! Changing the page as the request says, once it is ready.

use std::sync::atomic::Ordering;
use std::time::Duration;

use chromiumoxide_cdp::cdp::js_protocol::runtime::{EvaluateParams, ExceptionDetails};
use domain::job::{ErrorCode, WarningCode};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::context::StepContext;
use crate::render::failure::{RenderError, invalid_selector, shown};
use crate::render::scripts::{ADD_STYLE, CLICK, HIDE};

/// How long a page has to react to a click, before the next step.
const CLICK_REACTION: Duration = Duration::from_millis(100);

/// Adds `css`, hides and clicks elements, and runs `js`, in this order. The first two apply to every
/// document of the page. Each of the others happens once.
pub(super) async fn inject(context: &StepContext<'_>) -> Result<(), RenderError> {
    let inject = &context.options.inject;
    if let Some(css) = &inject.css {
        context.call(ADD_STYLE, &[json!(css)]).await?;
    }
    if !inject.hide_selectors.is_empty() {
        check_selector(context.call(HIDE, &[json!(inject.hide_selectors)]).await?)?;
    }
    let steps = inject.click_selectors.iter().map(Step::Click).chain(inject.js.as_ref().map(Step::Run));
    // A step that navigates is not repeated in the next document, where the others go on.
    let done = context.steps_done.load(Ordering::Relaxed);
    for (position, step) in steps.enumerate().skip(done) {
        match step {
            Step::Click(selector) => {
                click(context, selector).await?;
                context.steps_done.store(position + 1, Ordering::Relaxed);
                // A navigation that it starts ends this wait, and the next step waits for the page.
                sleep(CLICK_REACTION).await;
            }
            Step::Run(js) => {
                // If it navigates, it never returns.
                context.steps_done.store(position + 1, Ordering::Relaxed);
                run(context, js).await?;
            }
        }
    }
    Ok(())
}

/// A step that happens once, in the order of the request.
enum Step<'a> {
    Click(&'a String),
    Run(&'a String),
}

async fn click(context: &StepContext<'_>, selector: &str) -> Result<(), RenderError> {
    let clicked = context.call(CLICK, &[json!(selector)]).await?;
    if clicked == Value::Bool(false) {
        context.warn(WarningCode::ClickNotFound, format!("no element to click matched `{}`", shown(selector)));
    }
    check_selector(clicked)
}

/// Scripts return a selector that is invalid.
fn check_selector(returned: Value) -> Result<(), RenderError> {
    if let Value::String(selector) = returned { Err(invalid_selector(&selector)) } else { Ok(()) }
}

/// Runs a script of the request in the world of the page's own.
async fn run(context: &StepContext<'_>, js: &str) -> Result<(), RenderError> {
    let evaluate = EvaluateParams {
        await_promise: Some(true),
        // Lets a script await at its top level.
        repl_mode: Some(true),
        user_gesture: Some(true),
        allow_unsafe_eval_blocked_by_csp: Some(true),
        ..EvaluateParams::new(js)
    };
    match context.page.session.call(&evaluate).await?.exception_details {
        Some(exception) => Err(script_error(&exception)),
        None => Ok(()),
    }
}

fn script_error(exception: &ExceptionDetails) -> RenderError {
    let thrown = exception.exception.as_ref().and_then(|thrown| {
        thrown.description.clone().or_else(|| thrown.value.as_ref().map(std::string::ToString::to_string))
    });
    let thrown = thrown.unwrap_or_else(|| exception.text.clone());
    let thrown = shown(thrown.lines().next().unwrap_or_default());
    let message = format!("`js` threw an exception in line {}: {thrown}", exception.line_number + 1);
    RenderError::permanent(ErrorCode::ScriptError, message)
}
