//! Evaluating JavaScript in a page, in an isolated world, where the page's scripts cannot have
//! replaced anything. Customer input is passed as an argument, never as code.

use chromiumoxide_cdp::cdp::browser_protocol::page::CreateIsolatedWorldParams;
use chromiumoxide_cdp::cdp::js_protocol::runtime::{CallArgument, CallFunctionOnParams};
use serde_json::Value;

use super::Page;
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

/// Scrolls to the end of the page one viewport at a time, waits up to five seconds for the
/// images that started to load, and scrolls back.
pub(crate) const SCROLL_THROUGH: &str = "async function () {
    const frame = () => new Promise(done => requestAnimationFrame(() => setTimeout(done, 0)));
    const page = document.scrollingElement ?? document.documentElement;
    const { scrollX, scrollY } = window;
    const maxHeight = 30000;
    for (let y = 0; y < Math.min(page.scrollHeight, maxHeight); y += innerHeight) {
        scrollTo({ left: 0, top: y, behavior: 'instant' });
        await frame();
    }
    const loading = [...document.images].filter(image => !image.complete && image.getBoundingClientRect().top < maxHeight);
    const loaded = loading.map(image => new Promise(done => { image.addEventListener('load', done); image.addEventListener('error', done); }));
    await Promise.race([Promise.all(loaded), new Promise(done => setTimeout(done, 5000))]);
    scrollTo({ left: scrollX, top: scrollY, behavior: 'instant' });
    await frame();
}";

/// Calls a function in the current document, and returns its result.
pub(crate) async fn call(page: &Page, function: &str, argument: Option<&str>) -> Result<Value, CallError> {
    let world = CreateIsolatedWorldParams {
        world_name: Some("tintype".to_owned()),
        ..CreateIsolatedWorldParams::new(page.frame.clone())
    };
    let world = page.session.call(&world).await?.execution_context_id;
    let argument = argument.map(|argument| vec![CallArgument { value: Some(argument.into()), ..Default::default() }]);
    let call = CallFunctionOnParams {
        arguments: argument,
        execution_context_id: Some(world),
        return_by_value: Some(true),
        await_promise: Some(true),
        ..CallFunctionOnParams::new(function)
    };
    Ok(page.session.call(&call).await?.result.value.unwrap_or_default())
}
