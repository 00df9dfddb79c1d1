//! What to render, and how: the options of a job, parsed once and stored as they are.

mod length;
mod paper;
mod target;

pub use length::{BadLength, Length};
pub use paper::Paper;
pub use target::{BadUrl, TargetUrl};

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How long one render may take, counted from its start.
pub const BUDGET: Duration = Duration::from_secs(30);

/// Everything about a render but the `html`, which is kept apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// Where the page comes from.
    pub page: Page,
    /// When the page counts as ready.
    #[serde(default)]
    pub wait_for: WaitFor,
    /// How long to linger after that, in milliseconds.
    #[serde(default)]
    pub delay_ms: u32,
    /// The file to make.
    pub output: Output,
}

/// Where the page comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Page {
    /// It is navigated to.
    Url(TargetUrl),
    /// It was sent along, and is the job's source.
    Html,
}

/// When a page counts as ready.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitFor {
    /// The response has begun.
    Commit,
    /// The document is parsed.
    #[default]
    DomContentLoaded,
    /// Images and styles are there, too.
    Load,
    /// Nothing was requested for half a second.
    NetworkIdle,
    /// An element that matches a CSS selector is there.
    Selector(String),
}

impl WaitFor {
    /// Reads a token of the wire; whatever is none of them is a selector.
    pub fn parse(raw: &str) -> Self {
        match raw {
            "commit" => Self::Commit,
            "dom_content_loaded" | "domcontentloaded" => Self::DomContentLoaded,
            "load" => Self::Load,
            "network_idle" | "networkidle" => Self::NetworkIdle,
            selector => Self::Selector(selector.to_owned()),
        }
    }
}

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
            Self::Pdf(_) => "application/pdf",
        }
    }

    /// The format by its wire name: `png`, `jpeg`, `A4`.
    pub fn format(&self) -> &'static str {
        match self {
            Self::Screenshot(Screenshot { format: ImageFormat::Png, .. }) => "png",
            Self::Screenshot(Screenshot { format: ImageFormat::Jpeg { .. }, .. }) => "jpeg",
            Self::Pdf(pdf) => pdf.paper.name(),
        }
    }
}
