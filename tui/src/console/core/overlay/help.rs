//! The help: the keys of the screen, then all others.

use crate::console::core::input::{Code, Key};
use crate::console::core::input_line::InputLine;
use crate::console::core::keys::{self, GLOBAL, of_screen};
use crate::console::core::route::Screen;

/// How many lines a page has.
const PAGE: usize = 10;

/// The help, as far as it is searched and scrolled.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Help {
    /// The text that is searched for.
    pub(crate) search: InputLine,
    /// How many lines are above.
    pub(crate) scroll: usize,
}

/// A line of the help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum HelpLine {
    /// What the keys below are for.
    Heading(String),
    /// Keys, and what they do.
    Keys {
        /// The keys.
        keys: String,
        /// What they do.
        help: &'static str,
        /// Whether they change something.
        is_write: bool,
    },
}

impl Help {
    /// Applies a key, and returns whether the help stays open.
    pub(crate) fn press(&mut self, key: Key, screen: Screen) -> bool {
        let last = lines(screen, &self.search.text()).len().saturating_sub(1);
        match (key.code, key.ctrl) {
            // The keys that opened it close it, unless something is searched for.
            (Code::Escape | Code::F(1), _) => return false,
            (Code::Char('?' | 'q'), false) if self.search.is_empty() => return false,
            (Code::Up, _) => self.scroll = self.scroll.saturating_sub(1),
            (Code::Down, _) => self.scroll = (self.scroll + 1).min(last),
            (Code::PageUp, _) => self.scroll = self.scroll.saturating_sub(PAGE),
            (Code::PageDown, _) => self.scroll = (self.scroll + PAGE).min(last),
            _ => {
                if self.search.edit(key) {
                    self.scroll = 0;
                }
            }
        }
        true
    }
}

/// The keys of this screen, those of every screen, and those of the other screens: what a search finds of them.
pub(crate) fn lines(screen: Screen, search: &str) -> Vec<HelpLine> {
    let mut lines = Vec::new();
    section(&mut lines, &format!("{} screen", screen.name()), of_screen(screen), search);
    section(&mut lines, "Every screen", GLOBAL, search);
    for other in Screen::ALL.into_iter().filter(|other| *other != screen) {
        section(&mut lines, &format!("{} screen", other.name()), of_screen(other), search);
    }
    lines
}

fn section(lines: &mut Vec<HelpLine>, heading: &str, bindings: &[keys::Binding], search: &str) {
    let found = |binding: &&keys::Binding| {
        let text = format!("{} {} {} {heading}", binding.keys_text(), binding.hint, binding.help).to_lowercase();
        search.split_whitespace().all(|word| text.contains(&word.to_lowercase()))
    };
    let found: Vec<_> = bindings.iter().filter(found).collect();
    if !found.is_empty() {
        lines.push(HelpLine::Heading(heading.to_owned()));
    }
    lines.extend(found.into_iter().map(|binding| HelpLine::Keys {
        keys: binding.keys_text(),
        help: binding.help,
        is_write: binding.is_write,
    }));
}

#[cfg(test)]
mod tests {
    use super::{Help, HelpLine, InputLine, lines};
    use crate::console::core::input::{Code, Key};
    use crate::console::core::keys::{GLOBAL, of_screen};
    use crate::console::core::route::Screen;

    #[test]
    fn every_binding_is_explained_on_every_screen() {
        for screen in Screen::ALL {
            let lines = lines(screen, "");
            let bindings = Screen::ALL.iter().flat_map(|screen| of_screen(*screen)).chain(GLOBAL);
            for binding in bindings {
                let (keys, help, is_write) = (binding.keys_text(), binding.help, binding.is_write);
                assert!(lines.contains(&HelpLine::Keys { keys, help, is_write }), "{binding:?}");
            }
        }
    }

    #[test]
    fn a_search_finds_keys_by_what_they_do() {
        let found = lines(Screen::Jobs, "retry");
        assert!(
            matches!(&found[..2], [HelpLine::Heading(heading), HelpLine::Keys { keys, .. }]
            if heading == "Jobs screen" && keys == "R"),
            "{found:?}"
        );
        assert!(lines(Screen::Jobs, "nothing like this").is_empty());
    }

    #[test]
    fn scrolling_ends_with_the_last_line() {
        let mut help = Help::default();
        for _ in 0..99 {
            help.press(Key::of(Code::PageDown), Screen::Jobs);
        }
        assert_eq!(help.scroll, lines(Screen::Jobs, "").len() - 1);
        assert!(!help.press(Key::of(Code::Char('?')), Screen::Jobs));
        help.search = InputLine::new("x");
        assert!(help.press(Key::of(Code::Char('?')), Screen::Jobs));
    }
}
