//! The output options of a PDF.

use domain::options::{self, Length};
use poem_openapi::{Enum, Object};

use crate::wire::context::ParseContext;

/// The output options of a PDF.
///
/// `format`, `orientation` and `margin` win over the page's own `@page` rules. What is not sent
/// yields to them.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct PdfOutput {
    /// The paper size. Without it, that of the page's `@page` rule, or else A4.
    pub(crate) format: Option<PaperFormat>,
    /// The orientation of the paper. Without it, that of the page's `@page` rule, or else
    /// `portrait`.
    pub(crate) orientation: Option<Orientation>,
    /// The margins around the content. A side that is not sent has that of the page's `@page`
    /// rule, or else `1cm`.
    pub(crate) margin: Option<Margin>,
    /// Print background colors and images.
    #[oai(default = "PdfOutput::default_print_background")]
    pub(crate) print_background: bool,
    /// Let the page's `@page` rules win over `format`, `orientation` and `margin`, which are then
    /// what the page gets where it says nothing.
    #[oai(default)]
    pub(crate) prefer_css_page_size: bool,
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
    pub(crate) top: Option<String>,
    pub(crate) right: Option<String>,
    pub(crate) bottom: Option<String>,
    pub(crate) left: Option<String>,
}

impl Default for PdfOutput {
    fn default() -> Self {
        Self {
            format: None,
            orientation: None,
            margin: None,
            print_background: Self::default_print_background(),
            prefer_css_page_size: false,
        }
    }
}

impl PdfOutput {
    fn default_print_background() -> bool {
        true
    }

    /// Converts the options, or reports errors and returns `None`.
    pub(crate) fn parse(self, context: &mut ParseContext<'_>) -> Option<options::Output> {
        let background =
            if self.print_background { options::Background::Printed } else { options::Background::Omitted };
        let pdf = options::Pdf {
            paper: self.format.map(Into::into),
            orientation: self.orientation.map(Into::into),
            margin: self.margin.unwrap_or_default().parse(context)?,
            background,
            prefer_css_page_size: self.prefer_css_page_size,
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
