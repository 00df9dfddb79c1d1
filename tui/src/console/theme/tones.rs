//! The colours of each theme.
//!
//! Measured over the stock palettes in `tests`: of the 16 names, only bright cyan on a dark background has a contrast
//! of 4.5:1 everywhere, and grey is invisible on Solarized. Therefore a terminal with 16 colours gets modifiers and
//! that one colour, and the others get colours from the cube of 256, which palettes do not change.

use ratatui::style::Color;

use super::{Background, Role};
use crate::console::core::settings::ThemeName;

/// A colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    /// One of 256.
    Index(u8),
    /// An exact colour, and the nearest of 256.
    Exact { rgb: (u8, u8, u8), index: u8 },
    /// One of 16.
    Named(Color),
}

/// The colours of a role. Without one it has the terminal's own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tones {
    /// The foreground.
    pub(super) fg: Option<Tone>,
    /// The background.
    pub(super) bg: Option<Tone>,
}

const BLACK: u8 = 16;
const WHITE: u8 = 231;

// The colours of Okabe and Ito, which differ in brightness, too.
const SKY: Tone = Tone::Exact { rgb: (86, 180, 233), index: 117 };
const BLUE: Tone = Tone::Exact { rgb: (0, 114, 178), index: 25 };
const YELLOW: Tone = Tone::Exact { rgb: (240, 228, 66), index: 227 };
const ORANGE: Tone = Tone::Exact { rgb: (230, 159, 0), index: 214 };

/// The colours of a role in a terminal with 256 colours or more.
pub(super) fn tones(name: ThemeName, background: Background, role: Role) -> Tones {
    match (name, background) {
        (ThemeName::Mono, _) => Tones::default(),
        (ThemeName::Dark, _) => dark(role),
        (ThemeName::Light, _) => light(role),
        (ThemeName::HighContrast, Background::Dark) => high_contrast_dark(role),
        (ThemeName::HighContrast, Background::Light) => high_contrast_light(role),
        (ThemeName::ColourBlind, Background::Dark) => colour_blind_dark(role),
        (ThemeName::ColourBlind, Background::Light) => colour_blind_light(role),
    }
}

/// The colours of a role in a terminal with 16 colours.
pub(super) fn sixteen(background: Background, role: Role) -> Tones {
    match (background, role) {
        (Background::Dark, Role::Accent | Role::Key) => Tones { fg: Some(Tone::Named(Color::LightCyan)), bg: None },
        _ => Tones::default(),
    }
}

fn dark(role: Role) -> Tones {
    match role {
        Role::Text | Role::Number | Role::Title | Role::Stale => Tones::default(),
        Role::Label | Role::Disabled => fg(249),
        Role::Border => fg(245),
        Role::Key | Role::Accent => fg(117),
        Role::Good => fg(114),
        Role::Warning | Role::Marked => fg(221),
        Role::Bad => fg(210),
        Role::Alarm | Role::Protected => on(WHITE, 160),
        Role::Selected => on(BLACK, 153),
        Role::Banner => on(BLACK, 221),
    }
}

fn light(role: Role) -> Tones {
    match role {
        Role::Text | Role::Number | Role::Title | Role::Stale => Tones::default(),
        Role::Label | Role::Disabled => fg(240),
        Role::Border => fg(244),
        Role::Key | Role::Accent => fg(25),
        Role::Good => fg(22),
        Role::Warning | Role::Marked => fg(94),
        Role::Bad => fg(124),
        Role::Alarm | Role::Protected => on(WHITE, 160),
        Role::Selected => on(WHITE, 25),
        Role::Banner => on(BLACK, 220),
    }
}

fn high_contrast_dark(role: Role) -> Tones {
    match role {
        Role::Stale => Tones::default(),
        Role::Text | Role::Number | Role::Title | Role::Label | Role::Disabled | Role::Border => fg(WHITE),
        Role::Key | Role::Accent => fg(159),
        Role::Good => fg(120),
        Role::Warning | Role::Marked => fg(228),
        Role::Bad => on(BLACK, 217),
        Role::Alarm | Role::Protected => on(WHITE, 124),
        Role::Selected => on(BLACK, WHITE),
        Role::Banner => on(BLACK, 226),
    }
}

fn high_contrast_light(role: Role) -> Tones {
    match role {
        Role::Stale => Tones::default(),
        Role::Text | Role::Number | Role::Title | Role::Label | Role::Disabled | Role::Border => fg(BLACK),
        Role::Key | Role::Accent => fg(18),
        Role::Good => fg(22),
        Role::Warning | Role::Marked => on(BLACK, 220),
        Role::Bad => on(WHITE, 88),
        Role::Alarm | Role::Protected => on(WHITE, 124),
        Role::Selected => on(WHITE, BLACK),
        Role::Banner => on(BLACK, 226),
    }
}

fn colour_blind_dark(role: Role) -> Tones {
    match role {
        Role::Good => just(SKY),
        Role::Warning | Role::Marked => just(YELLOW),
        Role::Bad => just(ORANGE),
        Role::Alarm | Role::Protected => Tones { fg: Some(Tone::Index(BLACK)), bg: Some(ORANGE) },
        Role::Banner => Tones { fg: Some(Tone::Index(BLACK)), bg: Some(YELLOW) },
        Role::Text
        | Role::Number
        | Role::Title
        | Role::Label
        | Role::Border
        | Role::Key
        | Role::Accent
        | Role::Selected
        | Role::Disabled
        | Role::Stale => dark(role),
    }
}

fn colour_blind_light(role: Role) -> Tones {
    match role {
        Role::Good => just(BLUE),
        Role::Warning | Role::Marked | Role::Banner => Tones { fg: Some(Tone::Index(BLACK)), bg: Some(YELLOW) },
        Role::Bad => Tones { fg: Some(Tone::Index(BLACK)), bg: Some(ORANGE) },
        Role::Alarm | Role::Protected => Tones { fg: Some(Tone::Index(WHITE)), bg: Some(BLUE) },
        Role::Text
        | Role::Number
        | Role::Title
        | Role::Label
        | Role::Border
        | Role::Key
        | Role::Accent
        | Role::Selected
        | Role::Disabled
        | Role::Stale => light(role),
    }
}

const fn fg(index: u8) -> Tones {
    just(Tone::Index(index))
}

const fn on(fg: u8, bg: u8) -> Tones {
    Tones { fg: Some(Tone::Index(fg)), bg: Some(Tone::Index(bg)) }
}

const fn just(tone: Tone) -> Tones {
    Tones { fg: Some(tone), bg: None }
}
