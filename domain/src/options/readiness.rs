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
    /// Parses a value of the wire: a milestone, or else a CSS selector.
    pub fn parse(raw: &str) -> Self {
        Milestone::parse(raw).map_or_else(|| Self::Selector(raw.to_owned()), Self::Milestone)
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
    use super::{Milestone, WaitFor};

    #[test]
    fn a_value_that_is_not_a_milestone_is_a_selector() {
        for (raw, expected) in [
            ("commit", WaitFor::Milestone(Milestone::Commit)),
            ("domcontentloaded", WaitFor::Milestone(Milestone::DomContentLoaded)),
            ("network_idle", WaitFor::Milestone(Milestone::NetworkIdle)),
            ("Load", WaitFor::Selector("Load".to_owned())),
        ] {
            assert_eq!(WaitFor::parse(raw), expected);
        }
    }
}
