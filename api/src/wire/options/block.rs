//! Which parts of a page are left out.

use domain::options::{self, Cleanup};
use poem_openapi::{Enum, Object};

use crate::wire::context::ParseContext;

/// Which parts of a page are left out.
#[derive(Debug, Clone, Default, Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct Block {
    /// Block requests for advertisements, and hide the space for them, by public lists.
    #[oai(default)]
    pub(crate) block_ads: bool,
    /// Remove cookie banners and consent walls, by public lists and heuristics.
    #[oai(default)]
    pub(crate) block_cookie_banners: bool,
    /// Block requests that report on the visitor, by public lists.
    #[oai(default)]
    pub(crate) block_trackers: bool,
    /// Block requests for resources of these types. `xhr` and `fetch` mean the same.
    #[oai(default, validator(max_items = 13))]
    pub(crate) block_resources: Vec<ResourceType>,
    /// `fast` removes consent walls, pop-ups and chat boxes by heuristics. `thorough` is not
    /// available on this server.
    pub(crate) ai_cleanup: Option<AiCleanup>,
}

/// How a page is cleaned up.
///
/// * `fast`: by heuristics, at no further cost.
/// * `thorough`: by a language model; rejected unless the operator has configured one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "lowercase")]
pub(crate) enum AiCleanup {
    /// By heuristics, at no further cost.
    Fast,
    /// By a language model. Rejected unless the operator has configured one.
    Thorough,
}

/// The type of a resource, as browsers distinguish them. `media` is audio and video, `texttrack`
/// subtitles, `eventsource` a stream of server-sent events, and `ping` what a page sends as it is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "lowercase")]
pub(crate) enum ResourceType {
    Image,
    /// Audio and video.
    Media,
    Font,
    Stylesheet,
    Script,
    Xhr,
    Fetch,
    /// A stream of server-sent events.
    Eventsource,
    Manifest,
    /// Subtitles.
    Texttrack,
    /// `navigator.sendBeacon` and the `ping` of links.
    Ping,
    Prefetch,
    Other,
}

impl Block {
    /// Converts the options, or reports errors that the schema cannot express.
    pub(crate) fn parse(self, context: &mut ParseContext<'_>) -> options::Block {
        let cleanup = match self.ai_cleanup {
            None => None,
            Some(AiCleanup::Fast) => Some(Cleanup::Fast),
            Some(AiCleanup::Thorough) => {
                context.error("ai_cleanup", "`thorough` is not configured on this server; send `fast`");
                None
            }
        };
        let mut resources: Vec<options::ResourceType> = Vec::new();
        for resource in self.block_resources.into_iter().map(Into::into) {
            if !resources.contains(&resource) {
                resources.push(resource);
            }
        }
        options::Block {
            ads: self.block_ads,
            cookie_banners: self.block_cookie_banners,
            trackers: self.block_trackers,
            resources,
            cleanup,
        }
    }
}

impl From<ResourceType> for options::ResourceType {
    fn from(resource: ResourceType) -> Self {
        match resource {
            ResourceType::Image => Self::Image,
            ResourceType::Media => Self::Media,
            ResourceType::Font => Self::Font,
            ResourceType::Stylesheet => Self::Stylesheet,
            ResourceType::Script => Self::Script,
            ResourceType::Xhr => Self::Xhr,
            ResourceType::Fetch => Self::Fetch,
            ResourceType::Eventsource => Self::Eventsource,
            ResourceType::Manifest => Self::Manifest,
            ResourceType::Texttrack => Self::Texttrack,
            ResourceType::Ping => Self::Ping,
            ResourceType::Prefetch => Self::Prefetch,
            ResourceType::Other => Self::Other,
        }
    }
}
