//! The viewport: the window in which the page is laid out.

use chromiumoxide_cdp::cdp::browser_protocol::emulation::SetDeviceMetricsOverrideParams;
use domain::options::{Device, Length, Margin, Options, Output, Pdf};

use crate::browser::Window;
use crate::cdp::Session;

/// CSS pixels in an inch.
pub(crate) const PIXELS_PER_INCH: f64 = 96.0;

/// Overrides the device metrics.
pub(super) fn apply(session: &Session, options: &Options) {
    let Window { width, height } = window(options);
    let scale = match options.output {
        Output::Screenshot(_) => options.viewport.device_scale_factor,
        Output::Pdf(_) => 1.0,
    };
    let is_mobile = options.emulation.device.is_some_and(Device::is_mobile);
    session.send(&SetDeviceMetricsOverrideParams::new(width, height, scale, is_mobile));
}

/// The size of the window that a page is opened in. A document has that of the printable area of
/// its sheet: what scripts draw for the window fits the sheet, and what does not fit is noticed
/// without another layout.
pub(crate) fn window(options: &Options) -> Window {
    match &options.output {
        Output::Screenshot(_) => Window { width: options.viewport.width, height: options.viewport.height },
        Output::Pdf(pdf) => printable_area(pdf),
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a sheet has a few thousand pixels")]
fn printable_area(pdf: &Pdf) -> Window {
    let (width, height) = pdf.sheet_inches();
    let Margin { top, right, bottom, left } = pdf.margin_or_default().map(Length::inches);
    let pixels = |inches: f64| (inches * PIXELS_PER_INCH).round().max(1.0) as u32;
    Window { width: pixels(width - left - right), height: pixels(height - top - bottom) }
}

#[cfg(test)]
mod tests {
    use domain::options::{Options, Orientation, Output, Paper, Pdf};

    use super::{Window, window};

    #[test]
    fn the_window_of_a_document_is_the_printable_area_of_its_sheet() {
        for (pdf, width, height) in [
            (Pdf::new(), 718, 1047),
            (Pdf { orientation: Some(Orientation::Landscape), ..Pdf::new() }, 1047, 718),
            (Pdf { paper: Some(Paper::Letter), ..Pdf::new() }, 740, 980),
        ] {
            assert_eq!(window(&Options::new(Output::Pdf(pdf))), Window { width, height });
        }
    }
}
