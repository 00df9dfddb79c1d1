//! Screenshots: how a picture is taken.

use serde::{Deserialize, Serialize};

/// How a picture is taken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Screenshot {
    /// The file format.
    pub format: ImageFormat,
    /// How much of the page is captured.
    pub area: Area,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Area {
    /// The viewport.
    Viewport,
    /// The page from top to bottom.
    FullPage,
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
