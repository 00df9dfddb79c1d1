//! Styles, scripts, hiding and clicking: changes to a page before it is captured.

use domain::options;
use domain::options::inject::{MAX_CODE_BYTES, MAX_SELECTOR_CHARS};
use poem_openapi::Object;

use crate::wire::context::ParseContext;

/// Changes to a page before it is captured, once `wait_for` is satisfied and before
/// `delay_ms`.
#[derive(Debug, Clone, Default, Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct Inject {
    /// A style sheet that is added to the page, at most 64 KiB.
    pub(crate) css: Option<String>,
    /// JavaScript that runs in the page once, at most 64 KiB. A promise that it evaluates to is
    /// waited for. If it throws, the job fails with `SCRIPT_ERROR`.
    pub(crate) js: Option<String>,
    /// CSS selectors, each of at most 1,024 characters, of elements that are hidden.
    #[oai(default, validator(max_items = 20))]
    pub(crate) hide_selectors: Vec<String>,
    /// CSS selectors, each of at most 1,024 characters; the first element that matches each of them is
    /// clicked, in order. One that
    /// matches nothing is reported in `warnings`.
    #[oai(default, validator(max_items = 10))]
    pub(crate) click_selectors: Vec<String>,
}

impl Inject {
    /// Converts the options, or reports errors that the schema cannot express.
    pub(crate) fn parse(self, context: &mut ParseContext<'_>) -> options::Inject {
        for (field, code) in [("css", &self.css), ("js", &self.js)] {
            let bytes = code.as_deref().map_or(0, str::len);
            if bytes > MAX_CODE_BYTES {
                context.error(field, format!("must be at most {MAX_CODE_BYTES} bytes long, not {bytes}"));
            }
        }
        for (field, selectors) in [("hide_selectors", &self.hide_selectors), ("click_selectors", &self.click_selectors)]
        {
            for (index, selector) in selectors.iter().enumerate() {
                check_selector(&format!("{field}[{index}]"), selector, context);
            }
        }
        let Self { css, js, hide_selectors, click_selectors } = self;
        let code = |code: Option<String>| code.filter(|code| !code.trim().is_empty());
        options::Inject { css: code(css), js: code(js), hide_selectors, click_selectors }
    }
}

/// Checks the length of a CSS selector. Only the browser knows whether it is valid.
pub(crate) fn check_selector(field: &str, selector: &str, context: &mut ParseContext<'_>) {
    if selector.trim().is_empty() {
        context.error(field, "must not be empty: send a CSS selector");
    }
    if selector.chars().count() > MAX_SELECTOR_CHARS {
        context.error(field, format!("must be at most {MAX_SELECTOR_CHARS} characters long"));
    }
}
