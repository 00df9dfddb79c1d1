//! When a page is ready to be captured, and how long the render may take.

use domain::options::{self, Scroll, WaitFor, readiness};
use poem_openapi::{Enum, Object};

use crate::wire::context::ParseContext;

/// When a page is ready to be captured, and how long the render may take.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct Readiness {
    /// When the page is ready: `commit`, `dom_content_loaded`, `load`, `network_idle`, or a
    /// CSS selector that must match an element. Milestones of other browser libraries, such
    /// as `networkidle0`, are rejected.
    #[oai(default = "Readiness::default_wait_for", validator(max_length = 1024))]
    pub(crate) wait_for: String,
    /// A milestone to fall back to if `wait_for` times out. It is tried once. Without it, the
    /// job fails.
    pub(crate) timeout_fallback_to: Option<Milestone>,
    /// Delay after the page is ready, in milliseconds.
    #[oai(default, validator(maximum(value = "10000")))]
    pub(crate) delay_ms: u32,
    /// Scroll through the page once before the capture, to load lazy images.
    #[oai(default)]
    pub(crate) scroll: bool,
    /// Timeout of the whole render in milliseconds, from its start. Time in the queue does not
    /// count.
    #[oai(default = "Readiness::default_timeout_ms", validator(minimum(value = "1000"), maximum(value = "60000")))]
    pub(crate) timeout_ms: u32,
}

/// A milestone of page loading.
///
/// * `commit`: the response has started.
/// * `dom_content_loaded`: the document has been parsed.
/// * `load`: the document, its images and its style sheets have loaded.
/// * `network_idle`: there were no network requests for half a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub(crate) enum Milestone {
    /// The response has started.
    Commit,
    /// The document has been parsed.
    DomContentLoaded,
    /// The document, its images and its style sheets have loaded.
    Load,
    /// There were no network requests for half a second.
    NetworkIdle,
}

impl Default for Readiness {
    fn default() -> Self {
        Self {
            wait_for: Self::default_wait_for(),
            timeout_fallback_to: None,
            delay_ms: 0,
            scroll: false,
            timeout_ms: Self::default_timeout_ms(),
        }
    }
}

impl Readiness {
    fn default_wait_for() -> String {
        options::Milestone::default().name().to_owned()
    }

    fn default_timeout_ms() -> u32 {
        readiness::DEFAULT_TIMEOUT_MS
    }

    /// Converts the options, or reports errors that the schema cannot express.
    pub(crate) fn parse(self, context: &mut ParseContext<'_>) -> Option<options::Readiness> {
        let wait_for = WaitFor::parse(&self.wait_for).map_err(|error| context.error("wait_for", error.to_string()));
        if self.wait_for.trim().is_empty() {
            context.error("wait_for", "must not be empty: omit it, or send a milestone or a CSS selector");
        }
        if self.delay_ms >= self.timeout_ms {
            let timeout_ms = self.timeout_ms;
            context.error("delay_ms", format!("must be less than {timeout_ms}, the `timeout_ms` of the whole render"));
        }
        Some(options::Readiness {
            wait_for: wait_for.ok()?,
            timeout_fallback_to: self.timeout_fallback_to.map(Milestone::into),
            delay_ms: self.delay_ms,
            scroll: if self.scroll { Scroll::Through } else { Scroll::No },
            timeout_ms: self.timeout_ms,
        })
    }
}

impl From<Milestone> for options::Milestone {
    fn from(milestone: Milestone) -> Self {
        match milestone {
            Milestone::Commit => Self::Commit,
            Milestone::DomContentLoaded => Self::DomContentLoaded,
            Milestone::Load => Self::Load,
            Milestone::NetworkIdle => Self::NetworkIdle,
        }
    }
}
