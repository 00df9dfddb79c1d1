//! Colours: one accent, and one for each kind of problem.
//!
//! With `NO_COLOR`, no colour is set at all: crossterm would print an empty colour sequence,
//! which also resets bold and dim. No information is conveyed by colour alone.

use ratatui::style::{Color, Modifier, Style};

/// Whether the screen uses colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Theme {
    /// With colours.
    Coloured,
    /// Without colours.
    Plain,
}

/// The style of important names and numbers.
pub(crate) const STRONG: Style = Style::new().add_modifier(Modifier::BOLD);

impl Theme {
    /// Follows the environment (<https://no-color.org>).
    pub(crate) fn from_environment() -> Self {
        match std::env::var_os("NO_COLOR") {
            Some(value) if !value.is_empty() => Self::Plain,
            _ => Self::Coloured,
        }
    }

    /// The style of what is healthy.
    pub(crate) fn accent(self) -> Style {
        self.colour(Color::Cyan)
    }

    /// The style of what failed or is lost.
    pub(crate) fn error(self) -> Style {
        self.colour(Color::Red)
    }

    /// The style of what waits, or needs attention.
    pub(crate) fn warning(self) -> Style {
        self.colour(Color::Yellow)
    }

    /// The style of borders, labels and hints.
    pub(crate) fn faint(self) -> Style {
        match self {
            Self::Coloured => Style::new().fg(Color::DarkGray),
            Self::Plain => Style::new().add_modifier(Modifier::DIM),
        }
    }

    fn colour(self, colour: Color) -> Style {
        match self {
            Self::Coloured => Style::new().fg(colour),
            Self::Plain => Style::new(),
        }
    }
}
