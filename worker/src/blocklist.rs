//! Filter lists: which requests and elements of a page are ads, trackers or cookie banners.
//!
//! There is an engine for each kind of list, because a job chooses among the kinds. The lists of the
//! release are parsed when a job first needs them; those of an operator at the start, so that a
//! mistake is reported then.

mod chosen;
mod css;
mod engine;
mod kinds;
mod lists;
#[cfg(test)]
mod tests;

pub(crate) use chosen::ChosenLists;
pub use kinds::Kinds;
pub use lists::ListError;

use std::collections::HashSet;
use std::path::Path;
use std::sync::OnceLock;

use adblock::Engine;
use adblock::request::Request;

use kinds::Kind;

/// Decides what of a page is blocked. The default are the lists of the release.
#[derive(Default)]
pub struct Blocklist {
    ads: OnceLock<Engine>,
    trackers: OnceLock<Engine>,
    cookie_banners: OnceLock<Engine>,
}

/// The names in a page that general hiding rules are about.
#[derive(Debug, Default, PartialEq, Eq, serde::Deserialize)]
pub struct Names {
    /// The classes of its elements.
    pub classes: Vec<String>,
    /// The ids of its elements.
    pub ids: Vec<String>,
}

impl Blocklist {
    /// The lists of the release. In a directory, files named `ads*.txt`, `trackers*.txt` and
    /// `cookies*.txt` replace those of their kind.
    pub fn load(dir: Option<&Path>) -> Result<Self, ListError> {
        let loaded = Self::default();
        for (kind, texts) in dir.map(lists::read_dir).transpose()?.unwrap_or_default() {
            let _ = loaded.cell(kind).set(engine::parse(texts));
        }
        Ok(loaded)
    }

    /// Parses the lists of some kinds, if no job has needed them yet. Takes up to a second of CPU
    /// time, and nothing once they are parsed.
    pub fn prepare(&self, kinds: Kinds) {
        let _ = self.engines(kinds).count();
    }

    /// Whether a request is blocked that `source_url`, the page or one of its frames, makes.
    /// `resource_type` is the protocol's name of its type. The page's own document never is.
    pub fn blocks(&self, kinds: Kinds, url: &str, source_url: &str, resource_type: &str) -> bool {
        if resource_type == "Document" && url == source_url {
            return false;
        }
        let Ok(request) = Request::new(url, source_url, engine::filter_type(resource_type), "get") else {
            return false;
        };
        let mut is_matched = false;
        for engine in self.engines(kinds) {
            // An exception in one list excuses a request from the rules of all.
            let result = engine.check_network_request_subset(&request, is_matched, true);
            if result.important {
                return true;
            }
            if result.exception.is_some() {
                return false;
            }
            is_matched = result.filter.is_some();
        }
        is_matched
    }

    /// Returns the rules that hide what the lists name for a page: those for its site, and those
    /// general ones that are not about a single class or id.
    pub fn hiding_css(&self, kinds: Kinds, url: &str) -> String {
        css::hide(self.engines(kinds).flat_map(|engine| engine.url_cosmetic_resources(url).hide_selectors))
    }

    /// Returns the general rules for the classes and ids that a page has. The lists have thousands
    /// of such rules, and a page needs few.
    pub fn hiding_css_for(&self, kinds: Kinds, url: &str, names: &Names) -> String {
        css::hide(self.engines(kinds).flat_map(|engine| {
            let resources = engine.url_cosmetic_resources(url);
            if resources.generichide {
                return Vec::new();
            }
            let [classes, ids] = [&names.classes, &names.ids].map(|names| names.iter().collect::<HashSet<_>>());
            engine.hidden_class_id_selectors(classes, ids, &resources.exceptions)
        }))
    }

    /// The engines of some kinds. Parses lists of the release that no job has needed yet.
    fn engines(&self, kinds: Kinds) -> impl Iterator<Item = &Engine> {
        kinds.chosen().map(|kind| self.cell(kind).get_or_init(|| engine::parse([lists::shipped(kind)])))
    }

    fn cell(&self, kind: Kind) -> &OnceLock<Engine> {
        match kind {
            Kind::Ads => &self.ads,
            Kind::Trackers => &self.trackers,
            Kind::CookieBanners => &self.cookie_banners,
        }
    }
}

impl std::fmt::Debug for Blocklist {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Blocklist").finish_non_exhaustive()
    }
}
