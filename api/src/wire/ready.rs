//! When a page is ready, and how long that may take: what every render says alike.

use domain::render::{self, Options, Output, Page, Scroll, WaitFor};
use poem_openapi::Enum;

use crate::wire::page::Sent;

/// What to settle for where the page was not ready in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub(crate) enum Milestone {
    /// The response has begun.
    Commit,
    /// The document is parsed.
    DomContentLoaded,
    /// Images and styles are there, too.
    Load,
    /// Nothing was requested for half a second.
    NetworkIdle,
    /// The same as `dom_content_loaded`.
    Domcontentloaded,
    /// The same as `network_idle`.
    Networkidle,
}

/// When a page is ready, as it was sent.
pub(crate) struct Ready {
    pub(crate) wait_for: String,
    pub(crate) timeout_fallback_to: Option<Milestone>,
    pub(crate) delay_ms: u32,
    pub(crate) scroll: bool,
    pub(crate) timeout_ms: u32,
}

pub(crate) fn dom_content_loaded() -> String {
    "dom_content_loaded".to_owned()
}

pub(crate) fn half_a_minute() -> u32 {
    render::BUDGET_MS
}

impl Ready {
    /// Names what the document does not say of these fields.
    pub(crate) fn check(&self, sent: &mut Sent<'_>) {
        if self.wait_for.trim().is_empty() {
            sent.wrong("wait_for", "must not be empty: leave it out, or name a state or a CSS selector");
        }
        if self.delay_ms > self.timeout_ms {
            let timeout_ms = self.timeout_ms;
            sent.wrong("delay_ms", format!("must be at most {timeout_ms}, the `timeout_ms` of the whole render"));
        }
    }

    /// Options of a render that waits so.
    pub(crate) fn options(self, page: Page, output: Output) -> Options {
        Options {
            wait_for: WaitFor::parse(&self.wait_for),
            timeout_fallback_to: self.timeout_fallback_to.map(Milestone::into),
            delay_ms: self.delay_ms,
            scroll: if self.scroll { Scroll::Through } else { Scroll::No },
            timeout_ms: self.timeout_ms,
            ..Options::new(page, output)
        }
    }
}

impl From<Milestone> for render::Milestone {
    fn from(milestone: Milestone) -> Self {
        match milestone {
            Milestone::Commit => Self::Commit,
            Milestone::DomContentLoaded | Milestone::Domcontentloaded => Self::DomContentLoaded,
            Milestone::Load => Self::Load,
            Milestone::NetworkIdle | Milestone::Networkidle => Self::NetworkIdle,
        }
    }
}
