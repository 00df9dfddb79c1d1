//! The user and the device that a page sees.

use domain::options;
use poem_openapi::Object;

/// The emulation options of a request.
#[derive(Debug, Clone, Default, Object)]
pub(crate) struct Emulation {}

impl From<Emulation> for options::Emulation {
    fn from(_: Emulation) -> Self {
        Self {}
    }
}
