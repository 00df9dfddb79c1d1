//! Colours by role: what a text means decides how it looks, and each theme says how.
//!
//! No information is conveyed by colour alone: every state also has a letter and a glyph. Titles and numbers have the
//! terminal's own foreground. With `NO_COLOR` no colour is set at all: crossterm would print an empty colour sequence,
//! which also resets bold and reverse.

mod background;
mod choice;
mod role;
mod tones;

use ratatui::style::{Color, Modifier, Style};

pub(crate) use background::Background;
pub(crate) use choice::Surroundings;
pub(crate) use role::Role;

use crate::console::core::settings::ThemeName;
use tones::{Tone, Tones, tones};

/// How many colours the terminal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// The names of 16 colours, which mean something else in every terminal.
    Sixteen,
    /// 256 colours, of which those from 16 on are the same everywhere.
    Indexed,
    /// All colours.
    True,
}

/// The colours of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Theme {
    name: ThemeName,
    background: Background,
    depth: Depth,
}

impl Theme {
    /// A theme for a terminal with this background and this many colours.
    pub(crate) const fn new(name: ThemeName, background: Background, depth: Depth) -> Self {
        Self { name, background, depth }
    }

    /// The name.
    pub(crate) fn name(self) -> ThemeName {
        self.name
    }

    /// The background that the colours are made for.
    fn background(self) -> Background {
        match self.name {
            ThemeName::Dark => Background::Dark,
            ThemeName::Light => Background::Light,
            ThemeName::HighContrast | ThemeName::ColourBlind | ThemeName::Mono => self.background,
        }
    }

    /// The same terminal with another theme.
    pub(crate) fn with(self, name: ThemeName) -> Self {
        Self::new(name, self.background, self.depth)
    }

    /// How many colours the terminal has.
    pub(crate) fn depth(self) -> Depth {
        self.depth
    }

    /// Whether the theme sets colours.
    pub(crate) fn is_coloured(self) -> bool {
        self.name != ThemeName::Mono
    }

    /// The style of a role.
    pub(crate) fn style(self, role: Role) -> Style {
        match role {
            // Whatever the cells of the row say, the bar has one pair of colours: others could not be read on it.
            Role::Selected => self.coloured(role, plain(role).remove_modifier(Modifier::DIM | Modifier::UNDERLINED)),
            Role::Stale => plain(role).remove_modifier(Modifier::BOLD),
            Role::Text
            | Role::Number
            | Role::Title
            | Role::Label
            | Role::Border
            | Role::Key
            | Role::Accent
            | Role::Good
            | Role::Warning
            | Role::Bad
            | Role::Alarm
            | Role::Marked
            | Role::Disabled
            | Role::Banner
            | Role::Protected => self.coloured(role, plain(role)),
        }
    }

    fn coloured(self, role: Role, plain: Style) -> Style {
        let Tones { fg, bg } = self.tones(role);
        let has_bar = bg.is_some();
        let plain = if has_bar { plain.remove_modifier(Modifier::REVERSED) } else { plain };
        // Colour takes the place of what mono needs to tell roles apart.
        let plain = if fg.is_some() { plain.remove_modifier(Modifier::UNDERLINED | Modifier::DIM) } else { plain };
        let style = fg.map_or(plain, |tone| plain.fg(self.colour(tone)));
        bg.map_or(style, |tone| style.bg(self.colour(tone)))
    }

    fn tones(self, role: Role) -> Tones {
        match (self.name, self.depth) {
            (ThemeName::Mono, _) => Tones::default(),
            (_, Depth::Sixteen) => tones::sixteen(self.background(), role),
            (name, Depth::Indexed | Depth::True) => tones(name, self.background(), role),
        }
    }

    fn colour(self, tone: Tone) -> Color {
        match (self.depth, tone) {
            (Depth::True, Tone::Exact { rgb: (r, g, b), .. }) => Color::Rgb(r, g, b),
            (_, Tone::Exact { index, .. } | Tone::Index(index)) => Color::Indexed(index),
            (_, Tone::Named(colour)) => colour,
        }
    }
}

/// The style without colours.
fn plain(role: Role) -> Style {
    let style = Style::new();
    match role {
        Role::Text | Role::Label | Role::Good => style,
        Role::Number | Role::Title | Role::Key | Role::Accent => style.add_modifier(Modifier::BOLD),
        Role::Warning => style.add_modifier(Modifier::UNDERLINED),
        Role::Border | Role::Disabled | Role::Stale => style.add_modifier(Modifier::DIM),
        Role::Bad | Role::Marked => style.add_modifier(Modifier::BOLD.union(Modifier::UNDERLINED)),
        Role::Selected => style.fg(Color::Reset).bg(Color::Reset).add_modifier(Modifier::REVERSED),
        Role::Alarm | Role::Banner | Role::Protected => style.add_modifier(Modifier::BOLD.union(Modifier::REVERSED)),
    }
}

#[cfg(test)]
mod tests;
