//! The output options of a PDF.

use domain::options::{self, Length, PageRanges, Scale, Template};
use poem_openapi::{Enum, Object};

use crate::wire::context::ParseContext;

/// The output options of a PDF.
///
/// `format`, `width`, `height`, `orientation` and `margin` win over the page's own `@page` rules.
/// Those that are not sent yield to them.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
#[expect(clippy::struct_excessive_bools, reason = "the wire has a field for each")]
pub(crate) struct PdfOutput {
    /// The paper size. Without it, that of the page's `@page` rule, or else A4.
    pub(crate) format: Option<PaperFormat>,
    /// The width of a sheet instead of that of `format`: a CSS length in px, in, cm, mm or pt, at most
    /// 200in.
    #[oai(validator(max_length = 32))]
    pub(crate) width: Option<String>,
    /// The height of a sheet instead of that of `format`: a CSS length in px, in, cm, mm or pt, at
    /// most 200in.
    #[oai(validator(max_length = 32))]
    pub(crate) height: Option<String>,
    /// The orientation of the paper; a `width` or `height` stays what it is. Without it, that of the page's `@page` rule, or else
    /// `portrait`.
    pub(crate) orientation: Option<Orientation>,
    /// The margins around the content. A side that is not sent has that of the page's `@page`
    /// rule, or else `1cm`.
    pub(crate) margin: Option<Margin>,
    /// Print background colors and images.
    #[oai(default = "PdfOutput::default_print_background")]
    pub(crate) print_background: bool,
    /// Let the page's `@page` rules win over `format`, `orientation` and `margin`, which then apply
    /// only where the page sets nothing.
    #[oai(default)]
    pub(crate) prefer_css_page_size: bool,
    /// The scale of the content.
    #[oai(default = "PdfOutput::default_scale", validator(minimum(value = "0.1"), maximum(value = "2")))]
    pub(crate) scale: f64,
    /// The pages to keep, such as `1-3, 5`, in ascending order. All of them by default.
    #[oai(validator(max_length = 1024))]
    pub(crate) page_ranges: Option<String>,
    /// The header of every sheet, in its top margin: HTML of at most 16 KiB, with inline styles and
    /// embedded images only. The text of elements with the class `date`, `title`, `url`,
    /// `pageNumber` or `totalPages` is filled in.
    pub(crate) header_html: Option<String>,
    /// The footer of every sheet, in its bottom margin, like `header_html`.
    pub(crate) footer_html: Option<String>,
    /// Mark headings, tables and lists for screen readers (tagged PDF).
    #[oai(default = "PdfOutput::default_tagged")]
    pub(crate) tagged: bool,
    /// Add an outline of the headings of the page. Implies `tagged`.
    #[oai(default)]
    pub(crate) outline: bool,
}

/// A paper size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum PaperFormat {
    A0,
    A1,
    A2,
    A3,
    A4,
    A5,
    A6,
    Letter,
    Legal,
    Tabloid,
    Ledger,
}

/// The orientation of the paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "lowercase")]
pub(crate) enum Orientation {
    Portrait,
    Landscape,
}

/// The margins around the content: CSS lengths in px, in, cm, mm or pt.
#[derive(Debug, Clone, Default, Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct Margin {
    /// The top margin, such as `1cm`.
    pub(crate) top: Option<String>,
    /// The right margin.
    pub(crate) right: Option<String>,
    /// The bottom margin.
    pub(crate) bottom: Option<String>,
    /// The left margin.
    pub(crate) left: Option<String>,
}

impl Default for PdfOutput {
    fn default() -> Self {
        Self {
            format: None,
            width: None,
            height: None,
            orientation: None,
            margin: None,
            print_background: Self::default_print_background(),
            prefer_css_page_size: false,
            scale: Self::default_scale(),
            page_ranges: None,
            header_html: None,
            footer_html: None,
            tagged: Self::default_tagged(),
            outline: false,
        }
    }
}

impl PdfOutput {
    fn default_print_background() -> bool {
        true
    }

    fn default_scale() -> f64 {
        options::Scale::default().0
    }

    fn default_tagged() -> bool {
        options::Pdf::new().tagged
    }

    /// Converts the options, or reports errors and returns `None`.
    pub(crate) fn parse(self, context: &mut ParseContext<'_>) -> Option<options::Output> {
        let [width, height] = [("width", &self.width), ("height", &self.height)]
            .map(|(field, raw)| raw.as_deref().and_then(|raw| parse_side(field, raw, context)));
        let page_ranges = self.page_ranges.and_then(|raw| context.check("page_ranges", PageRanges::parse(&raw)));
        let [header, footer] = [("header_html", &self.header_html), ("footer_html", &self.footer_html)]
            .map(|(field, raw)| raw.as_deref().and_then(|raw| context.check(field, Template::parse(raw))));
        let background =
            if self.print_background { options::Background::Printed } else { options::Background::Omitted };
        let pdf = options::Pdf {
            paper: self.format.map(Into::into),
            width,
            height,
            orientation: self.orientation.map(Into::into),
            margin: self.margin.unwrap_or_default().parse(context)?,
            background,
            prefer_css_page_size: self.prefer_css_page_size,
            scale: Scale(self.scale),
            page_ranges,
            header,
            footer,
            tagged: self.tagged,
            outline: self.outline,
        };
        let (has_width, has_height) = pdf.has_room();
        for (has_room, sides) in [(has_width, "`left` and `right`"), (has_height, "`top` and `bottom`")] {
            if !has_room {
                context.error("margin", format!("leaves no printable area: {sides} cover the whole page"));
            }
        }
        Some(options::Output::Pdf(pdf))
    }
}

fn parse_side(field: &str, raw: &str, context: &mut ParseContext<'_>) -> Option<Length> {
    let length = context.check(field, Length::parse(raw))?;
    if length.inches() * 96.0 < 1.0 {
        context.error(field, "must be at least 1px");
        return None;
    }
    Some(length)
}

impl Margin {
    fn parse(&self, context: &mut ParseContext<'_>) -> Option<options::Margin<Option<Length>>> {
        let mut side = |name: &str, raw: &Option<String>| match raw.as_deref().map(Length::parse).transpose() {
            Ok(length) => Some(length),
            Err(error) => {
                context.error(&format!("margin.{name}"), error.to_string());
                None
            }
        };
        let (top, right) = (side("top", &self.top), side("right", &self.right));
        let (bottom, left) = (side("bottom", &self.bottom), side("left", &self.left));
        Some(options::Margin { top: top?, right: right?, bottom: bottom?, left: left? })
    }
}

impl From<Orientation> for options::Orientation {
    fn from(orientation: Orientation) -> Self {
        match orientation {
            Orientation::Portrait => Self::Portrait,
            Orientation::Landscape => Self::Landscape,
        }
    }
}

impl From<PaperFormat> for options::Paper {
    fn from(format: PaperFormat) -> Self {
        match format {
            PaperFormat::A0 => Self::A0,
            PaperFormat::A1 => Self::A1,
            PaperFormat::A2 => Self::A2,
            PaperFormat::A3 => Self::A3,
            PaperFormat::A4 => Self::A4,
            PaperFormat::A5 => Self::A5,
            PaperFormat::A6 => Self::A6,
            PaperFormat::Letter => Self::Letter,
            PaperFormat::Legal => Self::Legal,
            PaperFormat::Tabloid => Self::Tabloid,
            PaperFormat::Ledger => Self::Ledger,
        }
    }
}
