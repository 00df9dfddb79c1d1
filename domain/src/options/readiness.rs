//! Readiness: when the page is captured, and how long the render may take.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// When the page is captured, and how long the render may take.
#[derive(Debug, Clone, PartialEq)]
pub struct Readiness {
    /// When the page counts as ready.
    pub wait_for: WaitFor,
    /// Waited for once if `wait_for` timed out; without it, the render fails.
    pub timeout_fallback_to: Option<Milestone>,
    /// How long to wait once the page is ready, in milliseconds: 0 to 10,000.
    pub delay_ms: u32,
    /// Whether to scroll through the page before it is captured.
    pub scroll: Scroll,
    /// How long the whole render may take, in milliseconds: 1,000 to 60,000.
    pub timeout_ms: u32,
}

/// When a page counts as ready.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitFor {
    /// An element matches a CSS selector.
    Selector(String),
    /// The page has reached a milestone of its load.
    #[serde(untagged)]
    Milestone(Milestone),
}

/// A milestone of a page load, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Milestone {
    /// The response has started to arrive.
    Commit,
    /// The document is parsed.
    #[default]
    DomContentLoaded,
    /// Images and stylesheets have loaded.
    Load,
    /// There was no request for 500 ms.
    NetworkIdle,
}

/// Whether to scroll through the page, so that lazy images load.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scroll {
    /// Do not scroll.
    #[default]
    No,
    /// Scroll to the end once, and back.
    Through,
}

/// The value is a milestone of another browser library. Carries the nearest one to send instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a milestone; did you mean `{}`?", .0.name())]
pub struct UnknownMilestone(pub Milestone);

/// The default of [`Readiness::timeout_ms`].
pub const DEFAULT_TIMEOUT_MS: u32 = 30_000;

impl Default for Readiness {
    fn default() -> Self {
        Self {
            wait_for: WaitFor::default(),
            timeout_fallback_to: None,
            delay_ms: 0,
            scroll: Scroll::default(),
            timeout_ms: DEFAULT_TIMEOUT_MS,
        }
    }
}

impl Readiness {
    /// How long the whole render may take, counted from its start.
    pub fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_ms.into())
    }
}

impl WaitFor {
    /// Parses a value of the wire: a milestone, or else a CSS selector. A milestone of another
    /// browser library is an error: as a selector it would match nothing.
    pub fn parse(raw: &str) -> Result<Self, UnknownMilestone> {
        match (Milestone::parse(raw), Milestone::nearest(raw)) {
            (Some(milestone), _) => Ok(Self::Milestone(milestone)),
            (None, Some(nearest)) => Err(UnknownMilestone(nearest)),
            (None, None) => Ok(Self::Selector(raw.to_owned())),
        }
    }
}

impl Default for WaitFor {
    fn default() -> Self {
        Self::Milestone(Milestone::default())
    }
}

impl Milestone {
    /// Parses a name of the wire, in any of its spellings.
    pub fn parse(raw: &str) -> Option<Self> {
        match raw {
            "commit" => Some(Self::Commit),
            "dom_content_loaded" | "domcontentloaded" => Some(Self::DomContentLoaded),
            "load" => Some(Self::Load),
            "network_idle" | "networkidle" => Some(Self::NetworkIdle),
            _ => None,
        }
    }

    /// Returns the milestone that a token of any browser library means, in any spelling: case,
    /// `-`, `_` and a trailing `0` or `2` do not matter. No HTML element has one of these names;
    /// a custom element that does, such as `dom-ready`, is selected by `:is(dom-ready)`.
    pub fn nearest(raw: &str) -> Option<Self> {
        let normal: String = raw.trim().chars().filter(|c| !matches!(c, '-' | '_')).collect();
        let normal = normal.to_ascii_lowercase();
        match normal.strip_suffix(['0', '2']).unwrap_or(&normal) {
            "commit" | "committed" | "didcommit" | "init" | "none" => Some(Self::Commit),
            "domcontentloaded" | "domcontentload" | "contentloaded" | "domloaded" | "domready" | "documentready"
            | "documentloaded" | "interactive" | "eager" => Some(Self::DomContentLoaded),
            "load" | "loaded" | "onload" | "loadevent" | "loadeventfired" | "windowload" | "pageload"
            | "documentcomplete" | "complete" | "normal" => Some(Self::Load),
            "networkidle" | "networkalmostidle" | "networkquiet" | "idle" => Some(Self::NetworkIdle),
            _ => None,
        }
    }

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::DomContentLoaded => "dom_content_loaded",
            Self::Load => "load",
            Self::NetworkIdle => "network_idle",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Milestone, UnknownMilestone, WaitFor};

    #[test]
    fn a_milestone_has_one_name_or_two() {
        for (raw, expected) in [
            ("commit", WaitFor::Milestone(Milestone::Commit)),
            ("dom_content_loaded", WaitFor::Milestone(Milestone::DomContentLoaded)),
            ("domcontentloaded", WaitFor::Milestone(Milestone::DomContentLoaded)),
            ("load", WaitFor::Milestone(Milestone::Load)),
            ("network_idle", WaitFor::Milestone(Milestone::NetworkIdle)),
            ("networkidle", WaitFor::Milestone(Milestone::NetworkIdle)),
        ] {
            assert_eq!(WaitFor::parse(raw), Ok(expected));
        }
    }

    #[test]
    fn a_selector_that_resembles_a_milestone_is_a_selector() {
        for raw in [
            "main",
            "div",
            "h1",
            "h2",
            "table",
            "img",
            "body",
            "text",
            "my-element",
            ".x",
            "#y",
            ".load",
            "#idle",
            "[data-complete]",
            "load > p",
            "networkidle1",
            ":is(dom-ready)",
            "",
        ] {
            assert_eq!(WaitFor::parse(raw), Ok(WaitFor::Selector(raw.to_owned())));
        }
    }

    #[test]
    fn a_token_of_another_browser_library_is_an_error_that_names_the_nearest_milestone() {
        for (nearest, tokens) in [
            (Milestone::Commit, "Commit COMMIT committed didCommit init none"),
            (Milestone::DomContentLoaded, "DOMContentLoaded domContentLoaded dom-content-loaded DOM_CONTENT_LOADED"),
            (Milestone::DomContentLoaded, "domcontentloaded0 domContentLoad contentloaded domloaded dom_loaded"),
            (Milestone::DomContentLoaded, "domReady documentReady documentloaded interactive eager"),
            (Milestone::Load, "Load LOAD load0 loaded onload load-event loadEventFired windowLoad pageload"),
            (Milestone::Load, "complete documentComplete normal"),
            (Milestone::NetworkIdle, "networkidle0 networkidle2 networkIdle NetworkIdle network-idle network_idle_2"),
            (Milestone::NetworkIdle, "networkAlmostIdle networkQuiet idle Idle"),
        ] {
            for token in tokens.split(' ') {
                assert_eq!(WaitFor::parse(token), Err(UnknownMilestone(nearest)), "{token}");
            }
        }
        assert_eq!(WaitFor::parse(" load"), Err(UnknownMilestone(Milestone::Load)));
        assert_eq!(UnknownMilestone(Milestone::Load).to_string(), "is not a milestone; did you mean `load`?");
    }
}
