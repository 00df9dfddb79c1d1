//! PDFs: how a document is printed.

use serde::{Deserialize, Serialize};

use super::length::Length;
use super::page_ranges::PageRanges;
use super::paper::Paper;
use super::template::Template;

/// How a document is printed.
///
/// What the request says wins over the `@page` rules of the page. What it does not say is `None`,
/// yields to them, and has a default.
#[derive(Debug, Clone, PartialEq)]
pub struct Pdf {
    /// The paper size.
    pub paper: Option<Paper>,
    /// The width of the sheets, instead of that of the paper.
    pub width: Option<Length>,
    /// The height of the sheets, instead of that of the paper.
    pub height: Option<Length>,
    /// The orientation of the sheets.
    pub orientation: Option<Orientation>,
    /// The margins around the content.
    pub margin: Margin<Option<Length>>,
    /// Whether backgrounds are printed.
    pub background: Background,
    /// Whether the `@page` rules of the page win over all of the above.
    pub prefer_css_page_size: bool,
    /// The scale of the content.
    pub scale: Scale,
    /// The pages that are kept; `None` for all.
    pub page_ranges: Option<PageRanges>,
    /// The header of every sheet, in its top margin.
    pub header: Option<Template>,
    /// The footer of every sheet, in its bottom margin.
    pub footer: Option<Template>,
    /// Whether the document says what is a heading, a table or a list, for screen readers.
    pub tagged: bool,
    /// Whether the document has an outline of its headings.
    pub outline: bool,
}

/// The scale of the content of a sheet: 0.1 to 2.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Scale(pub f64);

impl Default for Scale {
    fn default() -> Self {
        Self(1.0)
    }
}

/// The orientation of a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Orientation {
    #[default]
    Portrait,
    Landscape,
}

/// The margins of a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
#[serde(deny_unknown_fields)]
pub struct Margin<L> {
    pub top: L,
    pub right: L,
    pub bottom: L,
    pub left: L,
}

/// Whether backgrounds are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Background {
    /// As on a screen.
    Printed,
    /// Left out, to save ink.
    Omitted,
}

impl<L> Margin<L> {
    /// Converts each side.
    pub fn map<M>(self, mut convert: impl FnMut(L) -> M) -> Margin<M> {
        let Self { top, right, bottom, left } = self;
        Margin { top: convert(top), right: convert(right), bottom: convert(bottom), left: convert(left) }
    }
}

impl Pdf {
    /// The margin of a side that nothing is said of.
    pub const DEFAULT_MARGIN: Length = Length::CENTIMETRE;

    /// A PDF of which nothing is said.
    pub fn new() -> Self {
        Self {
            paper: None,
            width: None,
            height: None,
            orientation: None,
            margin: Margin::default(),
            background: Background::Printed,
            prefer_css_page_size: false,
            scale: Scale::default(),
            page_ranges: None,
            header: None,
            footer: None,
            tagged: true,
            outline: false,
        }
    }

    /// The paper size, if the page does not decide on it.
    pub fn paper_or_default(&self) -> Paper {
        self.paper.unwrap_or_default()
    }

    /// The orientation, if the page does not decide on it.
    pub fn orientation_or_default(&self) -> Orientation {
        self.orientation.unwrap_or_default()
    }

    /// The margins, where the page does not decide on them.
    pub fn margin_or_default(&self) -> Margin<Length> {
        self.margin.map(|length| length.unwrap_or(Self::DEFAULT_MARGIN))
    }

    /// Width and height of a sheet, in inches, if the page does not decide on them. The orientation
    /// is that of the paper: a width or height of its own stays what it is.
    pub fn sheet_inches(&self) -> (f64, f64) {
        let (width, height) = match (self.orientation_or_default(), self.paper_or_default().inches()) {
            (Orientation::Portrait, (width, height)) | (Orientation::Landscape, (height, width)) => (width, height),
        };
        (self.width.map_or(width, Length::inches), self.height.map_or(height, Length::inches))
    }

    /// Whether the request says the size of a sheet as lengths.
    pub fn has_custom_size(&self) -> bool {
        self.width.is_some() || self.height.is_some()
    }

    /// Whether the margins leave room for content, horizontally and vertically.
    pub fn has_room(&self) -> (bool, bool) {
        let (width, height) = self.sheet_inches();
        let Margin { top, right, bottom, left } = self.margin_or_default();
        (left.inches() + right.inches() < width, top.inches() + bottom.inches() < height)
    }
}

impl Default for Pdf {
    fn default() -> Self {
        Self::new()
    }
}
