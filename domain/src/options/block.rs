//! Block: which parts of the page are left out.

use serde::{Deserialize, Serialize};

/// Which parts of the page are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Block {
    /// Requests for advertisements, and the space for them.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub ads: bool,
    /// Consent walls.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub cookie_banners: bool,
    /// Requests that report on the visitor.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub trackers: bool,
    /// Requests for resources of these types.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<ResourceType>,
    /// Whether consent walls, pop-ups and chat boxes are removed, and how.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cleanup: Option<Cleanup>,
}

/// How a page is cleaned up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cleanup {
    /// By heuristics.
    Fast,
}

/// The type of a resource, as browsers distinguish them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum ResourceType {
    Image,
    Media,
    Font,
    Stylesheet,
    Script,
    Xhr,
    Fetch,
    Eventsource,
    Manifest,
    Texttrack,
    Ping,
    Prefetch,
    Other,
}

impl Block {
    /// Whether some requests of the page are blocked.
    pub fn has_requests(&self) -> bool {
        let Self { ads, cookie_banners, trackers, resources, cleanup } = self;
        *ads || *cookie_banners || *trackers || !resources.is_empty() || cleanup.is_some()
    }
}
