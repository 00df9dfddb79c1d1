//! The user and the device that a page sees.

use domain::options;
use poem_openapi::Object;

/// The emulation options of a request.
#[derive(Debug, Clone, Default, Object)]
pub(crate) struct Emulation {
    /// Emulate `prefers-color-scheme: dark`.
    #[oai(default)]
    pub(crate) dark_mode: bool,
    /// Emulate `prefers-reduced-motion: reduce`.
    #[oai(default)]
    pub(crate) reduced_motion: bool,
}

impl From<Emulation> for options::Emulation {
    fn from(emulation: Emulation) -> Self {
        Self { dark_mode: emulation.dark_mode, reduced_motion: emulation.reduced_motion }
    }
}
