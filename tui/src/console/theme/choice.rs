//! The choice of a theme: what the operator asked for, and what the terminal can show.

use super::{Background, Depth, Theme};
use crate::console::core::settings::ThemeName;

/// The terminal, as far as it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Surroundings {
    /// `NO_COLOR`.
    pub(crate) no_color: Option<String>,
    /// `COLORTERM`.
    pub(crate) colorterm: Option<String>,
    /// `TERM`.
    pub(crate) term: Option<String>,
    /// `COLORFGBG`.
    pub(crate) colorfgbg: Option<String>,
    /// The locale: the first of `LC_ALL`, `LC_CTYPE` and `LANG` that is set.
    pub(crate) locale: Option<String>,
    /// Whether the terminal is at the other end of an SSH connection.
    pub(crate) is_remote: bool,
    /// The background, if the terminal says.
    pub(crate) background: Option<Background>,
}

impl Surroundings {
    /// Reads the environment. The terminal has not been asked yet.
    pub(crate) fn from_environment() -> Self {
        let read = |name: &str| std::env::var(name).ok();
        let set = |name: &str| read(name).filter(|value| !value.is_empty());
        Self {
            no_color: read("NO_COLOR"),
            colorterm: read("COLORTERM"),
            term: read("TERM"),
            colorfgbg: read("COLORFGBG"),
            locale: ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set),
            is_remote: set("SSH_TTY").or_else(|| set("SSH_CONNECTION")).is_some(),
            background: None,
        }
    }

    /// Whether only ASCII can be shown: the locale says so. Without a locale, the terminal is trusted.
    pub(crate) fn is_ascii(&self) -> bool {
        let locale = self.locale.as_deref().unwrap_or("UTF-8").to_uppercase();
        !(locale.contains("UTF-8") || locale.contains("UTF8"))
    }

    fn depth(&self) -> Depth {
        let term = self.term.as_deref().unwrap_or_default();
        match self.colorterm.as_deref() {
            Some("truecolor" | "24bit") => Depth::True,
            _ if term.contains("direct") => Depth::True,
            Some(_) => Depth::Indexed,
            None if term.contains("256") || ["alacritty", "xterm-kitty", "xterm-ghostty", "foot"].contains(&term) => {
                Depth::Indexed
            }
            None => Depth::Sixteen,
        }
    }
}

impl Theme {
    /// Chooses the theme: the one that was asked for, or one without colours if `NO_COLOR` is set
    /// (<https://no-color.org>), or one for the terminal's background.
    pub(crate) fn choose(asked: Option<ThemeName>, surroundings: &Surroundings) -> Self {
        let reported = surroundings.background;
        let guessed = || surroundings.colorfgbg.as_deref().and_then(Background::from_colorfgbg);
        let background = reported.or_else(guessed).unwrap_or_default();
        let is_plain = surroundings.no_color.as_deref().is_some_and(|value| !value.is_empty());
        let name = asked.unwrap_or(match (is_plain, background) {
            (true, _) => ThemeName::Mono,
            (false, Background::Dark) => ThemeName::Dark,
            (false, Background::Light) => ThemeName::Light,
        });
        Self::new(name, background, surroundings.depth())
    }
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;
    use strum::IntoEnumIterator;

    use super::{Background, Depth, Surroundings, Theme};
    use crate::console::core::settings::ThemeName;

    fn text(text: &str) -> Option<String> {
        Some(text).filter(|text| *text != "unset").map(str::to_owned)
    }

    #[test]
    fn what_was_asked_for_comes_first_then_no_color_then_the_background() {
        let light = Surroundings { background: Some(Background::Light), ..Surroundings::default() };
        let plain = Surroundings { no_color: text("1"), ..light.clone() };
        let guessed = Surroundings { colorfgbg: text("0;15"), no_color: text(""), ..Surroundings::default() };
        for (asked, surroundings, name) in [
            (Some(ThemeName::ColourBlind), &plain, ThemeName::ColourBlind),
            (None, &plain, ThemeName::Mono),
            (None, &light, ThemeName::Light),
            (None, &guessed, ThemeName::Light),
            (None, &Surroundings::default(), ThemeName::Dark),
        ] {
            assert_eq!(Theme::choose(asked, surroundings).name(), name, "{asked:?} {surroundings:?}");
        }
    }

    #[test]
    fn a_locale_without_utf_8_shows_ascii() {
        for (locale, is_ascii) in [
            (None, false),
            (text("C"), true),
            (text("POSIX"), true),
            (text("C.UTF-8"), false),
            (text("de_DE.utf8"), false),
            (text("de_DE"), true),
        ] {
            let surroundings = Surroundings { locale, ..Surroundings::default() };
            assert_eq!(surroundings.is_ascii(), is_ascii, "{surroundings:?}");
        }
    }

    #[test]
    fn the_terminal_says_how_many_colours_it_has() {
        for (colorterm, term, depth) in [
            (Some("truecolor"), "xterm", Depth::True),
            (Some("24bit"), "screen", Depth::True),
            (None, "xterm-256color", Depth::Indexed),
            (None, "xterm-direct", Depth::True),
            (Some("yes"), "rxvt", Depth::Indexed),
            (None, "alacritty", Depth::Indexed),
            (None, "linux", Depth::Sixteen),
            (None, "screen", Depth::Sixteen),
        ] {
            let surroundings =
                Surroundings { colorterm: colorterm.map(str::to_owned), term: text(term), ..Surroundings::default() };
            assert_eq!(surroundings.depth(), depth, "{colorterm:?} {term}");
        }
    }

    #[test]
    fn the_names_are_those_of_the_options_and_lead_through_all_themes() {
        let mut name = ThemeName::Dark;
        for _ in ThemeName::iter() {
            assert_eq!(name.to_possible_value().expect("a name").get_name(), name.name());
            assert_eq!(serde_json::to_value(name).expect("a name"), name.name());
            name = name.next();
        }
        assert_eq!(name, ThemeName::Dark);
    }
}
