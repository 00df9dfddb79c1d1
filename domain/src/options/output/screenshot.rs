//! Screenshots: how a picture is taken.

use serde::{Deserialize, Serialize};

/// How a picture is taken.
#[derive(Debug, Clone, PartialEq)]
pub struct Screenshot {
    /// The file format.
    pub format: ImageFormat,
    /// How much of the page is captured.
    pub area: Area,
    /// The backdrop of a page without a background.
    pub backdrop: Backdrop,
}

/// The backdrop of a page without a background.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Backdrop {
    /// As in a browser's window.
    #[default]
    White,
    /// Nothing: the picture is transparent there.
    Transparent,
}

/// The file format of a picture.
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

/// How much of a page is captured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Area {
    /// The viewport.
    Viewport,
    /// The page from top to bottom.
    FullPage,
    /// The first element that matches a CSS selector.
    Element(String),
    /// A rectangle of the page.
    Clip(Clip),
}

/// A rectangle of the page, in CSS pixels from its top left corner.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clip {
    /// Distance from the left edge: 0 or more.
    pub x: f64,
    /// Distance from the top edge: 0 or more.
    pub y: f64,
    /// At least 1.
    pub width: f64,
    /// At least 1.
    pub height: f64,
}

impl ImageFormat {
    /// The media type of the file.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg { .. } => "image/jpeg",
            Self::Webp { .. } => "image/webp",
        }
    }

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg { .. } => "jpeg",
            Self::Webp { .. } => "webp",
        }
    }
}
