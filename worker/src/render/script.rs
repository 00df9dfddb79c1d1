//! What is asked of a page in its own language, from a world apart: the page can have
//! replaced nothing in it. Whatever a customer wrote is an argument, and never code.

use chromiumoxide_cdp::cdp::browser_protocol::page::CreateIsolatedWorldParams;
use chromiumoxide_cdp::cdp::js_protocol::runtime::{CallArgument, CallFunctionOnParams};
use serde_json::Value;

use super::page::Page;
use crate::cdp::CallError;

/// Asks for an element.
pub(super) const LOOK: &str = "function (selector) {
    try { return document.querySelector(selector) ? 'there' : 'absent'; } catch { return 'invalid'; }
}";

/// Asks for the status of the answer that the document is, where nothing came with it.
pub(super) const EMPTY: &str = "function () {
    const [answer] = performance.getEntriesByType('navigation');
    return answer && answer.decodedBodySize === 0 ? answer.responseStatus : 0;
}";

/// Scrolls to the end a window at a time, waits for the pictures that this has begun to
/// load, five seconds at most, and goes back to where it was.
pub(super) const SCROLL: &str = "async function () {
    const frame = () => new Promise(done => requestAnimationFrame(() => setTimeout(done, 0)));
    const page = document.scrollingElement ?? document.documentElement;
    const { scrollX, scrollY } = window;
    const tallest = 30000;
    for (let y = 0; y < Math.min(page.scrollHeight, tallest); y += innerHeight) {
        scrollTo({ left: 0, top: y, behavior: 'instant' });
        await frame();
    }
    const waiting = [...document.images].filter(image => !image.complete && image.getBoundingClientRect().top < tallest);
    const loaded = waiting.map(image => new Promise(done => { image.addEventListener('load', done); image.addEventListener('error', done); }));
    await Promise.race([Promise.all(loaded), new Promise(done => setTimeout(done, 5000))]);
    scrollTo({ left: scrollX, top: scrollY, behavior: 'instant' });
    await frame();
}";

/// Runs a function in the page as it is, and answers what it returns.
pub(super) async fn run(page: &Page, function: &str, argument: Option<&str>) -> Result<Value, CallError> {
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
