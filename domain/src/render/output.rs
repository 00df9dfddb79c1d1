//! The file to make, and how it is made.

use serde::{Deserialize, Serialize};

use super::{Length, Paper};

/// The file to make.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Output {
    /// A picture.
    Screenshot(Screenshot),
    /// A document.
    Pdf(Pdf),
}

/// How a picture is taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Screenshot {
    /// What the bytes are.
    pub format: ImageFormat,
    /// The window in which the page is laid out.
    pub viewport: Viewport,
    /// How much of the page is taken.
    pub area: Area,
}

/// What the bytes of a picture are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImageFormat {
    /// Lossless.
    Png,
    /// Lossy.
    Jpeg {
        /// 1 to 100.
        quality: u8,
    },
    /// Lossy, and smaller.
    Webp {
        /// 1 to 100.
        quality: u8,
    },
}

/// How much of a page is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Area {
    /// What the window shows.
    Viewport,
    /// The page from top to bottom.
    FullPage,
}

/// A window, in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Viewport {
    /// 1 to 3840.
    pub width: u32,
    /// 1 to 2160.
    pub height: u32,
    /// Device pixels per CSS pixel, 0.5 to 3.0.
    pub device_scale_factor: f64,
}

/// How a document is printed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pdf {
    /// The size of a sheet.
    pub paper: Paper,
    /// Which way a sheet is turned.
    pub orientation: Orientation,
    /// The white around the content.
    pub margin: Margin,
    /// Whether backgrounds are printed.
    pub background: Background,
}

/// Which way a sheet is turned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Orientation {
    /// Upright.
    Portrait,
    /// On its side.
    Landscape,
}

/// The white around the content of a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
#[serde(deny_unknown_fields)]
pub struct Margin {
    pub top: Length,
    pub right: Length,
    pub bottom: Length,
    pub left: Length,
}

impl Pdf {
    /// Whether the margins leave anything of the sheet to print on, across and down.
    pub fn has_room(&self) -> (bool, bool) {
        let (width, height) = match (self.orientation, self.paper.inches()) {
            (Orientation::Portrait, (width, height)) | (Orientation::Landscape, (height, width)) => (width, height),
        };
        let Margin { top, right, bottom, left } = self.margin;
        (left.inches() + right.inches() < width, top.inches() + bottom.inches() < height)
    }
}

/// Whether backgrounds are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Background {
    /// As on a screen.
    Printed,
    /// To save ink.
    Omitted,
}

impl Output {
    /// The media type of the bytes.
    pub fn content_type(&self) -> &'static str {
        match self {
            Self::Screenshot(Screenshot { format: ImageFormat::Png, .. }) => "image/png",
            Self::Screenshot(Screenshot { format: ImageFormat::Jpeg { .. }, .. }) => "image/jpeg",
            Self::Screenshot(Screenshot { format: ImageFormat::Webp { .. }, .. }) => "image/webp",
            Self::Pdf(_) => "application/pdf",
        }
    }

    /// The format by its wire name: `png`, `jpeg`, `webp`, `A4`.
    pub fn format(&self) -> &'static str {
        match self {
            Self::Screenshot(Screenshot { format: ImageFormat::Png, .. }) => "png",
            Self::Screenshot(Screenshot { format: ImageFormat::Jpeg { .. }, .. }) => "jpeg",
            Self::Screenshot(Screenshot { format: ImageFormat::Webp { .. }, .. }) => "webp",
            Self::Pdf(pdf) => pdf.paper.name(),
        }
    }
}
