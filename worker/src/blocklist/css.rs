//! Stylesheets of hiding rules.

use std::collections::BTreeSet;

/// The longest stylesheet: several times what a page needs with all lists of the release.
const MAX_BYTES: usize = 256 * 1024;

/// Operators that filter lists have besides CSS, which need a script. A browser would ignore them.
const PROCEDURAL: [&str; 12] = [
    ":-abp-",
    ":contains(",
    ":has-text(",
    ":matches-",
    ":min-text-length(",
    ":nth-ancestor(",
    ":others(",
    ":remove",
    ":style(",
    ":upward(",
    ":watch-attr(",
    ":xpath(",
];

/// Returns a stylesheet that hides elements. Each selector has a rule, because one that the browser
/// does not know makes all others of its rule ineffective.
pub(super) fn hide(selectors: impl IntoIterator<Item = String>) -> String {
    let selectors: BTreeSet<String> = selectors.into_iter().filter(|selector| is_css(selector)).collect();
    let mut css = String::new();
    for selector in selectors {
        let rule = format!("{selector}{{display:none!important}}\n");
        if css.len() + rule.len() > MAX_BYTES {
            break;
        }
        css.push_str(&rule);
    }
    css
}

/// Whether a selector is CSS, and cannot end its rule.
fn is_css(selector: &str) -> bool {
    !selector.contains(['{', '}', '\n'])
        && !selector.contains("/*")
        && !PROCEDURAL.iter().any(|op| selector.contains(op))
}
