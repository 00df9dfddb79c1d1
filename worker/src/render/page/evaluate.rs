//! Evaluating JavaScript in a page, in an isolated world, where the page's scripts cannot have
//! replaced anything. Customer input is passed as an argument, never as code.

use chromiumoxide_cdp::cdp::browser_protocol::page::CreateIsolatedWorldParams;
use chromiumoxide_cdp::cdp::js_protocol::runtime::{CallArgument, CallFunctionOnParams, ExecutionContextId};
use serde_json::Value;

use super::Page;
use crate::browser::WORLD;
use crate::cdp::CallError;

/// Returns whether an element matches a CSS selector, or that the selector is invalid.
pub(crate) const FIND_ELEMENT: &str = "function (selector) {
    try { return document.querySelector(selector) ? 'found' : 'absent'; } catch { return 'invalid'; }
}";

/// Returns the HTTP status of the document if its body was empty, and 0 otherwise.
pub(crate) const EMPTY_RESPONSE_STATUS: &str = "function () {
    const [response] = performance.getEntriesByType('navigation');
    return response && response.decodedBodySize === 0 ? response.responseStatus : 0;
}";

/// Calls a function in the current document, and returns its result: null if it throws an
/// exception, because the page has replaced what it relies on.
pub(crate) async fn call(page: &Page, function: &str, arguments: &[Value]) -> Result<Value, CallError> {
    let arguments = arguments.iter().map(|value| CallArgument { value: Some(value.clone()), ..Default::default() });
    let call = CallFunctionOnParams {
        arguments: Some(arguments.collect()),
        execution_context_id: Some(world(page).await?),
        return_by_value: Some(true),
        await_promise: Some(true),
        ..CallFunctionOnParams::new(function)
    };
    let returned = page.session.call(&call).await?;
    match returned.exception_details {
        Some(_) => Ok(Value::Null),
        None => Ok(returned.result.value.unwrap_or_default()),
    }
}

/// Returns our world in the current document, and creates it if necessary.
async fn world(page: &Page) -> Result<ExecutionContextId, CallError> {
    if let Some(world) = page.known_world() {
        return Ok(world);
    }
    let (document, _) = page.document();
    let create = CreateIsolatedWorldParams {
        world_name: Some(WORLD.to_owned()),
        ..CreateIsolatedWorldParams::new(page.frame.clone())
    };
    let world = page.session.call(&create).await?.execution_context_id;
    page.set_world(document, world);
    Ok(world)
}
