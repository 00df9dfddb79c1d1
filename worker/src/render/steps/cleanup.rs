//! Removing advertisements, consent walls, pop-ups and chat boxes from the page.

use serde_json::json;

use super::context::StepContext;
use crate::blocklist::Names;
use crate::cdp::CallError;
use crate::render::cleanup::{CLEAN, HIDE_LISTED, NAMES};
use crate::render::page::navigation::Address;

/// Hides what the lists of the job name, and removes what its heuristics find. Called again, it does
/// so for what has appeared since.
pub(super) async fn clean(context: &StepContext<'_>) -> Result<(), CallError> {
    let block = &context.options.block;
    if context.blocklist.is_any()
        && let (_, Some(Address::Loaded(url))) = context.page.document()
    {
        // The address of a document of the job is ours, and no list has rules for it.
        let base_url = context.options.base_url.as_ref().map(|base_url| base_url.as_str().to_owned());
        let url = base_url.filter(|_| context.html_host.is_some()).unwrap_or(url);
        let names: Names = serde_json::from_value(context.call(NAMES, &[]).await?).unwrap_or_default();
        context.call(HIDE_LISTED, &[json!(context.blocklist.hiding_css(&url, &names))]).await?;
    }
    if block.cookie_banners || block.cleanup.is_some() {
        context.call(CLEAN, &[json!({ "popups": block.cleanup.is_some() })]).await?;
    }
    Ok(())
}
