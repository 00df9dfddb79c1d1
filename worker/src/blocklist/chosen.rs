//! The lists that a job wants.

use std::sync::Arc;

use domain::options::Block;
use tokio::task::spawn_blocking;

use super::{Blocklist, Kinds, Names};

/// The lists that a job wants.
#[derive(Debug, Clone, Default)]
pub(crate) struct ChosenLists {
    kinds: Kinds,
    lists: Arc<Blocklist>,
}

impl ChosenLists {
    /// Chooses the lists of a job. The first job that wants a list waits until it is parsed.
    pub(crate) async fn prepare(lists: Arc<Blocklist>, block: &Block) -> Self {
        let chosen = Self { kinds: Kinds::from(block), lists };
        if chosen.is_any() {
            let preparing = chosen.clone();
            // If it panics, the first request does so again, within the render.
            let _ = spawn_blocking(move || preparing.lists.prepare(preparing.kinds)).await;
        }
        chosen
    }

    /// Whether the job wants any list.
    pub(crate) fn is_any(&self) -> bool {
        self.kinds.is_any()
    }

    /// See [`Blocklist::blocks`].
    pub(crate) fn blocks(&self, url: &str, source_url: &str, resource_type: &str) -> bool {
        self.is_any() && self.lists.blocks(self.kinds, url, source_url, resource_type)
    }

    /// See [`Blocklist::hiding_css`] and [`Blocklist::hiding_css_for`].
    pub(crate) fn hiding_css(&self, url: &str, names: &Names) -> String {
        self.lists.hiding_css(self.kinds, url) + &self.lists.hiding_css_for(self.kinds, url, names)
    }
}
