//! The paper of a PDF: what the request says, what the page says, and what fits.

use chromiumoxide_cdp::cdp::browser_protocol::emulation::SetDeviceMetricsOverrideParams;
use domain::job::WarningCode;
use domain::options::{Length, Margin, Medium, Orientation, Pdf, Scale};
use serde::Deserialize;
use serde_json::{Value, json};

use super::context::StepContext;
use crate::render::apply::emulation::media;
use crate::render::apply::viewport::PIXELS_PER_INCH;
use crate::render::failure::RenderError;
use crate::render::scripts::{MEASURE_OVERFLOW, PREPARE_PAPER};

/// The smallest scale at which content that is too wide is printed. Smaller text is hard to read.
const MIN_SCALE: f64 = 0.5;

/// The paper to print on, as [`PREPARE_PAPER`] returns it. Lengths are in CSS pixels.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Paper {
    width: f64,
    height: f64,
    content_width: f64,
    /// The page's `@page` rules decide on the size of each sheet.
    pub(super) prefers_css_size: bool,
    /// Content may be wider than the sheet.
    is_wide: bool,
}

impl Paper {
    /// The paper of the request, for a page that cannot be asked.
    fn of(pdf: &Pdf) -> Self {
        let (width, height) = pdf.sheet_inches();
        let (width, height) = (width * PIXELS_PER_INCH, height * PIXELS_PER_INCH);
        let says_size = pdf.paper.is_some() || pdf.orientation.is_some() || pdf.has_custom_size();
        let prefers_css_size = pdf.prefer_css_page_size || !says_size;
        Self { width, height, content_width: width, prefers_css_size, is_wide: false }
    }

    /// Width and height, in inches.
    pub(super) fn inches(&self) -> (f64, f64) {
        (self.width / PIXELS_PER_INCH, self.height / PIXELS_PER_INCH)
    }
}

/// Prepares the page for being printed, and returns the paper.
pub(super) async fn prepare(context: &StepContext<'_>, pdf: &Pdf) -> Result<Paper, RenderError> {
    let prepared = context.call(PREPARE_PAPER, &[request(context, pdf)]).await?;
    Ok(serde_json::from_value(prepared).unwrap_or_else(|_exception| Paper::of(pdf)))
}

/// The argument of [`PREPARE_PAPER`].
fn request(context: &StepContext<'_>, pdf: &Pdf) -> Value {
    let pixels = |inches: f64| inches * PIXELS_PER_INCH;
    let size = |paper: domain::options::Paper| {
        let (width, height) = paper.inches();
        json!({ "width": pixels(width), "height": pixels(height) })
    };
    let sides = |margin: Margin<Option<Length>>| {
        let Margin { top, right, bottom, left } = margin.map(|length| length.map(|length| pixels(length.inches())));
        json!({ "top": top, "right": right, "bottom": bottom, "left": left })
    };
    json!({
        "size": pdf.paper.map(size),
        "sheet": pdf.has_custom_size().then(|| {
            let (width, height) = pdf.sheet_inches();
            json!({ "width": pixels(width), "height": pixels(height) })
        }),
        "orientation": pdf.orientation.map(|orientation| match orientation {
            Orientation::Portrait => "portrait",
            Orientation::Landscape => "landscape",
        }),
        "margin": sides(pdf.margin),
        "defaults": { "size": size(pdf.paper_or_default()), "margin": sides(pdf.margin_or_default().map(Some)) },
        "prefersCss": pdf.prefer_css_page_size,
        "origin": context.html_host.as_ref().map(|host| format!("http://{host}/")),
    })
}

/// Returns the scale at which the content fits the sheet. The scale of the request is kept as it is.
pub(super) async fn fit(context: &StepContext<'_>, paper: &Paper, scale: Scale) -> Result<f64, RenderError> {
    if !paper.is_wide || scale != Scale::default() {
        return Ok(scale.0);
    }
    let session = &context.page.session;
    let medium = context.options.emulation.media.unwrap_or(Medium::Print);
    session.call(&media(context.options, Some(medium))).await?;
    let (width, height) = (paper.content_width.round(), paper.height.round());
    #[expect(clippy::cast_possible_truncation, reason = "a sheet has a few thousand pixels")]
    let window = SetDeviceMetricsOverrideParams::new(width as i64, height as i64, 1.0, false);
    session.call(&window).await?;
    let overflow = context.call(MEASURE_OVERFLOW, &[]).await?.as_f64().unwrap_or(1.0);
    // The page may be used again.
    session.send(&media(context.options, None));
    // Rounded down, so that nothing is cut off.
    let scale = (1000.0 / overflow).floor() / 1000.0;
    if scale < MIN_SCALE {
        let message = format!("the content is {overflow:.1} times as wide as the sheet, and its right side is cut off");
        context.warn(WarningCode::ContentCutOff, message);
    } else if scale < 1.0 {
        let message = format!("the content is wider than the sheet, and was printed at {:.0} %", scale * 100.0);
        context.warn(WarningCode::ContentScaled, message);
    }
    Ok(scale.max(MIN_SCALE))
}
