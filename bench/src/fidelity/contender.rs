//! A contender: what is asked to render the cases.

use std::time::Instant;

use cases::{Kind, Rendered};
use serde_json::Value;

use super::peer::Script;
use crate::render::Tintype;

/// Tintype, or a script with a peer.
#[derive(Debug)]
pub(super) enum Contender<'a> {
    /// Tintype, over HTTP.
    Tintype(&'a Tintype),
    /// A peer.
    Peer(&'a Script),
}

impl Contender<'_> {
    /// Its name in the table.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Tintype(_) => "Tintype",
            Self::Peer(script) => script.name(),
        }
    }

    /// Whether the API of Tintype is called.
    pub(super) fn is_tintype(&self) -> bool {
        matches!(self, Self::Tintype(_))
    }

    /// Renders a case. The time of a peer does not include the start of its browser.
    pub(super) async fn render(&self, kind: Kind, body: &Value) -> anyhow::Result<Rendered> {
        match self {
            Self::Tintype(tintype) => {
                let start = Instant::now();
                let (status, bytes) = tintype.post(kind.name(), body).await?;
                Ok(Rendered { status, bytes, duration: start.elapsed(), requests: 0 })
            }
            Self::Peer(script) => script.render(kind, body).await,
        }
    }
}
