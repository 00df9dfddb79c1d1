//! Colours: one accent, and one for each way in which things can be wrong.
//!
//! Under `NO_COLOR` none is set at all: crossterm would print an empty colour, which resets
//! bold and dim as well. Nothing is said by colour alone.

use ratatui::style::{Color, Modifier, Style};

/// How the screen is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Theme {
    /// With colours.
    Coloured,
    /// With none.
    Plain,
}

/// Names and numbers that matter most.
pub(crate) const STRONG: Style = Style::new().add_modifier(Modifier::BOLD);

impl Theme {
    /// What the environment asks for (<https://no-color.org>).
    pub(crate) fn of_environment() -> Self {
        match std::env::var_os("NO_COLOR") {
            Some(set) if !set.is_empty() => Self::Plain,
            _ => Self::Coloured,
        }
    }

    /// What is ours, and what goes well.
    pub(crate) fn accent(self) -> Style {
        self.colour(Color::Cyan)
    }

    /// What failed or is lost.
    pub(crate) fn bad(self) -> Style {
        self.colour(Color::Red)
    }

    /// What waits, or is not as it should be.
    pub(crate) fn warning(self) -> Style {
        self.colour(Color::Yellow)
    }

    /// Frames, labels and hints.
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
