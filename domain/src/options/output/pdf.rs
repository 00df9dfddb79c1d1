//! PDFs: how a document is printed.

use serde::{Deserialize, Serialize};

use super::length::Length;
use super::paper::Paper;

/// How a document is printed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pdf {
    /// The paper size.
    pub paper: Paper,
    /// The orientation of the sheets.
    pub orientation: Orientation,
    /// The margins around the content.
    pub margin: Margin,
    /// Whether backgrounds are printed.
    pub background: Background,
}

/// The orientation of a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Orientation {
    Portrait,
    Landscape,
}

/// The margins of a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
#[serde(deny_unknown_fields)]
pub struct Margin {
    pub top: Length,
    pub right: Length,
    pub bottom: Length,
    pub left: Length,
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

impl Pdf {
    /// Whether the margins leave room for content, horizontally and vertically.
    pub fn has_room(&self) -> (bool, bool) {
        let (width, height) = match (self.orientation, self.paper.inches()) {
            (Orientation::Portrait, (width, height)) | (Orientation::Landscape, (height, width)) => (width, height),
        };
        let Margin { top, right, bottom, left } = self.margin;
        (left.inches() + right.inches() < width, top.inches() + bottom.inches() < height)
    }
}
