//! The stored form of the options of a PDF.

use serde::{Deserialize, Serialize};

use super::output::length::Length;
use super::output::page_ranges::PageRanges;
use super::output::paper::Paper;
use super::output::pdf::{Background, Margin, Orientation, Pdf, Scale};
use super::output::template::Template;

/// The stored form of [`Pdf`].
///
/// The first version stored every value, whether the request said it or not. So values are still
/// stored where there is none, and `sent` names what the request said although it is the default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredPdf {
    paper: Paper,
    orientation: Orientation,
    margin: Margin<Length>,
    background: Background,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    prefer_css_page_size: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    width: Option<Length>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    height: Option<Length>,
    #[serde(default, skip_serializing_if = "is_default")]
    scale: Scale,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    page_ranges: Option<PageRanges>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    header: Option<Template>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    footer: Option<Template>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    untagged: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    outline: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    sent: Sent,
}

/// What a request says although it is the default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    paper: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    orientation: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    margin: Option<Margin<bool>>,
}

pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl From<Pdf> for StoredPdf {
    fn from(pdf: Pdf) -> Self {
        let margin = pdf.margin.map(|length| length == Some(Pdf::DEFAULT_MARGIN));
        let sent = Sent {
            paper: pdf.paper == Some(Paper::default()),
            orientation: pdf.orientation == Some(Orientation::default()),
            margin: (margin != Margin::default()).then_some(margin),
        };
        Self {
            paper: pdf.paper_or_default(),
            orientation: pdf.orientation_or_default(),
            margin: pdf.margin_or_default(),
            background: pdf.background,
            prefer_css_page_size: pdf.prefer_css_page_size,
            width: pdf.width,
            height: pdf.height,
            scale: pdf.scale,
            page_ranges: pdf.page_ranges,
            header: pdf.header,
            footer: pdf.footer,
            untagged: !pdf.tagged,
            outline: pdf.outline,
            sent,
        }
    }
}

impl From<StoredPdf> for Pdf {
    fn from(stored: StoredPdf) -> Self {
        let StoredPdf { paper, orientation, margin, background, prefer_css_page_size, .. } = stored;
        let StoredPdf { width, height, scale, page_ranges, header, footer, untagged, outline, sent, .. } = stored;
        let sent_margin = sent.margin.unwrap_or_default();
        // A number that was stored as text may differ in its last digit.
        let is_default = |length: Length| (length.inches() - Self::DEFAULT_MARGIN.inches()).abs() < 1e-9;
        let side = |length: Length, sent| (sent || !is_default(length)).then_some(length);
        Self {
            paper: (sent.paper || paper != Paper::default()).then_some(paper),
            orientation: (sent.orientation || orientation != Orientation::default()).then_some(orientation),
            margin: Margin {
                top: side(margin.top, sent_margin.top),
                right: side(margin.right, sent_margin.right),
                bottom: side(margin.bottom, sent_margin.bottom),
                left: side(margin.left, sent_margin.left),
            },
            background,
            prefer_css_page_size,
            width,
            height,
            scale,
            page_ranges,
            header,
            footer,
            tagged: !untagged,
            outline,
        }
    }
}
