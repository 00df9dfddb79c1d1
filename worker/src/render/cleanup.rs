//! Removing consent walls, pop-ups and chat boxes from a page by heuristics.

use super::scripts::script_with;

/// Removes consent walls and, if its argument's `popups` is true, also pop-ups and chat boxes. Goes
/// on with those that appear until the page is captured. Returns how many elements it has removed.
pub(super) const CLEAN: &str = script_with!(
    "scripts/layout.js",
    "cleanup/known.js",
    "cleanup/measure.js",
    "cleanup/consent.js",
    "cleanup/popups.js",
    "cleanup/unlock.js",
    => "cleanup/clean.js"
);

/// Returns the classes and ids in the page.
pub(super) const NAMES: &str = script_with!("scripts/layout.js", => "cleanup/names.js");

/// Hides what a style sheet of filter lists hides.
pub(super) const HIDE_LISTED: &str = script_with!("scripts/layout.js", => "cleanup/hide_listed.js");
