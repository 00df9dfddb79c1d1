//! A number of browsers of each kind.

use crate::browser::{Browser, SiteIsolation};

/// A number of browsers of each kind.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Count {
    isolated: usize,
    shared: usize,
}

impl Count {
    pub(super) fn of<'a>(browsers: impl Iterator<Item = &'a Browser>) -> Self {
        let mut count = Self::default();
        browsers.for_each(|browser| *count.get_mut(browser.isolation()) += 1);
        count
    }

    pub(super) fn get(self, isolation: SiteIsolation) -> usize {
        match isolation {
            SiteIsolation::On => self.isolated,
            SiteIsolation::Off => self.shared,
        }
    }

    pub(super) fn get_mut(&mut self, isolation: SiteIsolation) -> &mut usize {
        match isolation {
            SiteIsolation::On => &mut self.isolated,
            SiteIsolation::Off => &mut self.shared,
        }
    }

    /// Returns the number of both kinds.
    pub(super) fn sum(self) -> usize {
        self.isolated + self.shared
    }
}
