//! The output: what is behind a page without a background.

use chromiumoxide_cdp::cdp::browser_protocol::dom::Rgba;
use chromiumoxide_cdp::cdp::browser_protocol::emulation::SetDefaultBackgroundColorOverrideParams;
use domain::options::{Backdrop, Output};

use crate::cdp::Session;

/// Makes the backdrop transparent if the output has none.
pub(super) fn apply(session: &Session, output: &Output) {
    if backdrop(output) == Backdrop::Transparent {
        replace(session, output);
    }
}

/// Sets the backdrop, also if it is that of a window.
pub(super) fn replace(session: &Session, output: &Output) {
    let color = match backdrop(output) {
        Backdrop::White => None,
        Backdrop::Transparent => Some(Rgba { r: 0, g: 0, b: 0, a: Some(0.0) }),
    };
    session.send(&SetDefaultBackgroundColorOverrideParams { color });
}

fn backdrop(output: &Output) -> Backdrop {
    match output {
        Output::Screenshot(screenshot) => screenshot.backdrop,
        Output::Pdf(_) => Backdrop::White,
    }
}
