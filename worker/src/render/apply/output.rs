//! The output: what is behind a page without a background.

use chromiumoxide_cdp::cdp::browser_protocol::dom::Rgba;
use chromiumoxide_cdp::cdp::browser_protocol::emulation::SetDefaultBackgroundColorOverrideParams;
use domain::options::{Backdrop, Output};

use crate::cdp::Session;

/// Makes the backdrop transparent if the output has none.
pub(super) fn apply(session: &Session, output: &Output) {
    match output {
        Output::Screenshot(screenshot) if screenshot.backdrop == Backdrop::Transparent => {
            let transparent = Rgba { r: 0, g: 0, b: 0, a: Some(0.0) };
            session.send(&SetDefaultBackgroundColorOverrideParams { color: Some(transparent) });
        }
        Output::Screenshot(_) | Output::Pdf(_) => {}
    }
}
