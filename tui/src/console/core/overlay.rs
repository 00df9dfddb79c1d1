//! Overlays: what lies over the screen and takes the keys.

pub(crate) mod confirm;
pub(crate) mod form;
pub(crate) mod help;
pub(crate) mod menu;
pub(crate) mod palette;

use confirm::Confirm;
use form::Form;
use help::Help;
use menu::Menu;
use palette::Palette;

use super::secret::Secret;

/// What lies over the screen. The last one takes the keys.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Overlay {
    /// The keys, explained.
    Help(Help),
    /// Everything, by its name.
    Palette(Palette),
    /// A list of things to choose from.
    Menu(Menu),
    /// The fields of a change.
    Form(Form),
    /// A change that is confirmed.
    Confirm(Confirm),
    /// A secret that is shown once, since this time. Any key erases it.
    Secret(Secret, std::time::Duration),
    /// What this console changed.
    Log(usize),
    /// The settings.
    Settings(usize),
}

impl Overlay {
    /// When it ends by itself.
    pub(crate) fn ends_at(&self) -> Option<std::time::Duration> {
        match self {
            Self::Confirm(confirm) => confirm.ends_at(),
            Self::Help(_)
            | Self::Palette(_)
            | Self::Menu(_)
            | Self::Form(_)
            | Self::Secret(..)
            | Self::Log(_)
            | Self::Settings(_) => None,
        }
    }
}
