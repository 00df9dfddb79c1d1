//! The kinds of lists.

use domain::options::Block;

/// Which kinds of lists a job wants.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Kinds {
    /// Advertisements.
    pub ads: bool,
    /// Requests that report on the visitor.
    pub trackers: bool,
    /// Consent walls.
    pub cookie_banners: bool,
}

impl Kinds {
    /// Whether there is any.
    pub fn is_any(self) -> bool {
        self.ads || self.trackers || self.cookie_banners
    }

    /// The kinds that are wanted.
    pub(super) fn chosen(self) -> impl Iterator<Item = Kind> {
        let Self { ads, trackers, cookie_banners } = self;
        let chosen = [(ads, Kind::Ads), (trackers, Kind::Trackers), (cookie_banners, Kind::CookieBanners)];
        chosen.into_iter().filter(|(is_chosen, _)| *is_chosen).map(|(_, kind)| kind)
    }
}

impl From<&Block> for Kinds {
    /// To clean up a page is easier if its consent wall is not even loaded.
    fn from(block: &Block) -> Self {
        let cookie_banners = block.cookie_banners || block.cleanup.is_some();
        Self { ads: block.ads, trackers: block.trackers, cookie_banners }
    }
}

/// A kind of list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Ads,
    Trackers,
    CookieBanners,
}
