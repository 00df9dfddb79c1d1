//! The output options of a PDF.

use domain::options::{self, Length};
use poem_openapi::{Enum, Object};

use crate::wire::context::ParseContext;

/// The output options of a PDF.
#[derive(Debug, Clone, Object)]
pub(crate) struct PdfOutput {
    /// The paper size.
    #[oai(default)]
    pub(crate) format: PaperFormat,
    /// The orientation of the paper.
    #[oai(default)]
    pub(crate) orientation: Orientation,
    /// The margins around the content.
    #[oai(default)]
    pub(crate) margin: Margin,
    /// Print background colors and images.
    #[oai(default = "PdfOutput::default_print_background")]
    pub(crate) print_background: bool,
}

/// A paper size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Enum)]
pub(crate) enum PaperFormat {
    A0,
    A1,
    A2,
    A3,
    #[default]
    A4,
    A5,
    A6,
    Letter,
    Legal,
    Tabloid,
    Ledger,
}

/// The orientation of the paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Enum)]
#[oai(rename_all = "lowercase")]
pub(crate) enum Orientation {
    #[default]
    Portrait,
    Landscape,
}

/// The margins around the content: CSS lengths in px, in, cm, mm or pt.
#[derive(Debug, Clone, Object)]
pub(crate) struct Margin {
    #[oai(default = "Margin::default_length")]
    pub(crate) top: String,
    #[oai(default = "Margin::default_length")]
    pub(crate) right: String,
    #[oai(default = "Margin::default_length")]
    pub(crate) bottom: String,
    #[oai(default = "Margin::default_length")]
    pub(crate) left: String,
}

impl Default for PdfOutput {
    fn default() -> Self {
        Self {
            format: PaperFormat::default(),
            orientation: Orientation::default(),
            margin: Margin::default(),
            print_background: Self::default_print_background(),
        }
    }
}

impl Default for Margin {
    fn default() -> Self {
        let length = Self::default_length;
        Self { top: length(), right: length(), bottom: length(), left: length() }
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
        let margin = self.margin.parse(context)?;
        let pdf = options::Pdf { paper: self.format.into(), orientation: self.orientation.into(), margin, background };
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
    fn default_length() -> String {
        "1cm".to_owned()
    }

    fn parse(&self, context: &mut ParseContext<'_>) -> Option<options::Margin> {
        let mut side = |name: &str, raw: &str| {
            Length::parse(raw).map_err(|error| context.error(&format!("margin.{name}"), error.to_string())).ok()
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
