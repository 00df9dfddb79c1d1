//! Inject: what is changed in the page before it is captured.

use serde::{Deserialize, Serialize};

/// The longest `css` or `js`, in bytes.
pub const MAX_CODE_BYTES: usize = 64 * 1024;

/// The longest selector, in characters.
pub const MAX_SELECTOR_CHARS: usize = 1024;

/// The most selectors in `hide_selectors`.
pub const MAX_HIDE_SELECTORS: usize = 20;

/// The most selectors in `click_selectors`.
pub const MAX_CLICK_SELECTORS: usize = 10;

/// Changes to the page once it is ready.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Inject {
    /// A style sheet that is added to the page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub css: Option<String>,
    /// A script that runs in the page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub js: Option<String>,
    /// CSS selectors; the elements that match any of them are hidden.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hide_selectors: Vec<String>,
    /// CSS selectors; the first element that matches each of them is clicked, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub click_selectors: Vec<String>,
}

impl Inject {
    /// Whether code of the request runs in the page, which the page's Content-Security-Policy could
    /// forbid.
    pub fn has_code(&self) -> bool {
        self.css.is_some() || self.js.is_some()
    }
}
