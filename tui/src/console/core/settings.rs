//! Settings: how the console looks and how often it reads.

use clap::ValueEnum;

/// A theme.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, ValueEnum, strum::EnumIter, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ThemeName {
    /// For dark backgrounds.
    #[default]
    Dark,
    /// For light backgrounds.
    Light,
    /// Contrasts of 7:1 and more.
    HighContrast,
    /// Blue, yellow and orange, which colour-blind people tell apart.
    ColourBlind,
    /// Without colours.
    Mono,
}

impl ThemeName {
    /// All themes, in the order in which they follow each other.
    pub(crate) const ALL: [Self; 5] = [Self::Dark, Self::Light, Self::HighContrast, Self::ColourBlind, Self::Mono];

    /// The name, as it is written in options and files.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
            Self::HighContrast => "high-contrast",
            Self::ColourBlind => "colour-blind",
            Self::Mono => "mono",
        }
    }

    /// The theme that follows.
    pub(crate) fn next(self) -> Self {
        let at = Self::ALL.iter().position(|theme| *theme == self).unwrap_or(0);
        Self::ALL.get((at + 1) % Self::ALL.len()).copied().unwrap_or_default()
    }
}

/// How the console looks and how often it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Settings {
    /// The colours.
    pub(crate) theme: ThemeName,
    /// Whether only ASCII characters are drawn.
    pub(crate) is_ascii: bool,
    /// Whether the console has the mouse, and not the terminal.
    pub(crate) has_mouse: bool,
    /// Whether nothing is read.
    pub(crate) is_frozen: bool,
    /// How many times as long as usual the intervals between two readings are.
    pub(crate) stretch: u32,
}

/// A setting that the operator changes while the console runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Setting {
    /// The colours.
    Theme,
    /// Whether only ASCII characters are drawn.
    Ascii,
    /// Who has the mouse.
    Mouse,
    /// Whether anything is read.
    Reading,
    /// How often.
    Interval,
}

impl Setting {
    /// All settings.
    pub(crate) const ALL: [Self; 5] = [Self::Theme, Self::Ascii, Self::Mouse, Self::Reading, Self::Interval];

    /// The name, and how to set it when the console starts.
    pub(crate) fn label(self) -> (&'static str, &'static str) {
        match self {
            Self::Theme => ("theme", "--theme, or theme in the profile"),
            Self::Ascii => ("signs", "--ascii"),
            Self::Mouse => ("mouse", "m"),
            Self::Reading => ("reading", "z"),
            Self::Interval => ("interval", "+ and -, or refresh in the profile"),
        }
    }
}

impl Settings {
    /// The value of a setting, in words.
    pub(crate) fn value(self, setting: Setting) -> String {
        match setting {
            Setting::Theme => self.theme.name().to_owned(),
            Setting::Ascii => if self.is_ascii { "ASCII" } else { "Unicode" }.to_owned(),
            Setting::Mouse => if self.has_mouse { "the console's" } else { "the terminal's" }.to_owned(),
            Setting::Reading => if self.is_frozen { "frozen" } else { "live" }.to_owned(),
            Setting::Interval if self.stretch == 1 => "as usual".to_owned(),
            Setting::Interval => format!("{}× as long as usual", self.stretch),
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self { theme: ThemeName::Dark, is_ascii: false, has_mouse: false, is_frozen: false, stretch: 1 }
    }
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::ThemeName;

    #[test]
    fn the_names_are_those_of_the_options_and_lead_through_all_themes() {
        let mut name = ThemeName::Dark;
        for _ in ThemeName::ALL {
            assert_eq!(name.to_possible_value().expect("a name").get_name(), name.name());
            assert_eq!(serde_json::to_value(name).expect("a name"), name.name());
            name = name.next();
        }
        assert_eq!(name, ThemeName::Dark);
    }
}
