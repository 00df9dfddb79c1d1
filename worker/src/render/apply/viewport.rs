//! The viewport: the window in which the page is laid out.

use chromiumoxide_cdp::cdp::browser_protocol::emulation::{
    ClearDeviceMetricsOverrideParams, SetDeviceMetricsOverrideParams,
};
use domain::options::{Options, Output, Viewport};

use crate::browser::Window;
use crate::cdp::Session;

/// Overrides the device metrics for a screenshot. A PDF is laid out on its paper, so the
/// override of an earlier job is cleared.
pub(super) fn apply(session: &Session, viewport: &Viewport, output: &Output) {
    match output {
        Output::Screenshot(_) => {
            let Viewport { width, height, device_scale_factor } = *viewport;
            session.send(&SetDeviceMetricsOverrideParams::new(width, height, device_scale_factor, false));
        }
        Output::Pdf(_) => session.send(&ClearDeviceMetricsOverrideParams {}),
    }
}

/// The size of the window that a page is opened in.
pub(crate) fn window(options: &Options) -> Window {
    let Viewport { width, height, .. } = match options.output {
        Output::Screenshot(_) => options.viewport,
        Output::Pdf(_) => Viewport::default(),
    };
    Window { width, height }
}
