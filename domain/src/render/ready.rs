//! When a page is ready to be captured.

use serde::{Deserialize, Serialize};

/// When a page counts as ready.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitFor {
    /// An element that matches a CSS selector is there.
    Selector(String),
    /// The page has come so far.
    #[serde(untagged)]
    Milestone(Milestone),
}

/// What every page passes on its way, or should.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Milestone {
    /// The response has begun.
    Commit,
    /// The document is parsed.
    #[default]
    DomContentLoaded,
    /// Images and styles are there, too.
    Load,
    /// Nothing was requested for half a second.
    NetworkIdle,
}

/// Whether a page is scrolled through before it is captured, so that images load which
/// wait to be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scroll {
    /// It stays as it is.
    #[default]
    No,
    /// To its end, once, and back.
    Through,
}

impl WaitFor {
    /// Reads a token of the wire; whatever is none of them is a selector.
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
    /// Reads a token of the wire, in any of its spellings.
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
