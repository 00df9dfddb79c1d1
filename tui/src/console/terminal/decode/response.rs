//! Responses of the terminal to queries.

use super::parameters::Parameters;
use crate::console::theme::Background;

/// The number with which support of graphics is queried.
pub(in super::super) const GRAPHICS_QUERY: &str = "i=31";

/// A response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Response {
    /// The background, to `OSC 11`.
    Background(Background),
    /// The width and height of a cell in pixels, to `CSI 16 t`.
    CellSize(u16, u16),
    /// Whether the terminal understands kitty's graphics.
    Graphics(bool),
    /// What the terminal is, and whether it understands sixels. Every terminal responds to this query, so it is sent last.
    Attributes {
        /// Whether it understands sixels.
        has_sixels: bool,
    },
}

impl Response {
    /// `ESC [ ? … c`.
    pub(super) fn attributes(parameters: &Parameters) -> Self {
        Self::Attributes { has_sixels: parameters.all().contains(&4) }
    }

    /// `ESC [ 6 ; height ; width t`.
    pub(super) fn cell_size(parameters: &Parameters) -> Option<Self> {
        match *parameters.all() {
            [6, height, width] if height > 0 && width > 0 => Some(Self::CellSize(width, height)),
            _ => None,
        }
    }

    /// The text between `ESC` and the end of a string.
    pub(super) fn string(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        if let Some(colour) = text.strip_prefix("]11;") {
            return Background::from_response(colour).map(Self::Background);
        }
        let (control, answer) = text.strip_prefix("_G")?.split_once(';')?;
        control.split(',').any(|pair| pair == GRAPHICS_QUERY).then(|| Self::Graphics(answer == "OK"))
    }
}
