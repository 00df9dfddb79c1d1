//! The registry of keys: what every key does on every screen.
//!
//! The handler, the hints, the help, the palette and docs/console.md are made from this one table.

mod binding;
mod global;
mod screens;

use super::action::Action;
use super::input::Key;
use super::route::Screen;

pub(crate) use binding::Binding;
pub(crate) use global::GLOBAL;
pub(crate) use screens::of_screen;

/// The bindings of a screen: its own first, then the global ones that it does not replace.
pub(crate) fn bindings(screen: Screen) -> impl Iterator<Item = &'static Binding> {
    let own = of_screen(screen);
    let is_replaced =
        move |binding: &&Binding| !own.iter().any(|own| own.keys.iter().any(|key| binding.keys.contains(key)));
    own.iter().chain(GLOBAL.iter().filter(is_replaced))
}

/// What a key does on a screen.
pub(crate) fn action(screen: Screen, key: Key) -> Option<Action> {
    if key == Key::ctrl('c') {
        return Some(Action::Interrupt);
    }
    let own = of_screen(screen).iter().chain(GLOBAL).find(|binding| binding.keys.contains(&key));
    own.map(|binding| binding.action)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{GLOBAL, action, bindings, of_screen};
    use crate::console::core::action::Action;
    use crate::console::core::input::{Code, Key};
    use crate::console::core::route::Screen;

    const ALL: [Screen; 9] = [
        Screen::Overview,
        Screen::Jobs,
        Screen::Job,
        Screen::Workers,
        Screen::Accounts,
        Screen::Account,
        Screen::Keys,
        Screen::Expiries,
        Screen::Events,
    ];

    #[test]
    fn no_key_is_bound_twice() {
        for table in ALL.iter().map(|screen| of_screen(*screen)).chain([GLOBAL]) {
            let mut keys = HashSet::new();
            for key in table.iter().flat_map(|binding| binding.keys) {
                assert!(keys.insert(key), "{key:?}");
            }
        }
    }

    #[test]
    fn what_changes_something_has_an_upper_case_key() {
        for screen in ALL {
            for binding in bindings(screen).filter(|binding| binding.is_write) {
                let is_upper = |key: &Key| matches!(key.code, Code::Char(c) if c.is_ascii_uppercase()) && !key.ctrl;
                assert!(binding.keys.iter().all(is_upper), "{binding:?}");
            }
        }
    }

    #[test]
    fn no_screen_takes_the_keys_that_leave_or_explain() {
        for screen in ALL {
            for (key, expected) in [
                (Key::ctrl('c'), Action::Interrupt),
                (Key::of(Code::Char('q')), Action::Quit),
                (Key::of(Code::Escape), Action::Back),
                (Key::of(Code::Char('?')), Action::Help),
                (Key::of(Code::Char(':')), Action::Palette),
            ] {
                assert_eq!(action(screen, key), Some(expected), "{screen:?} {key:?}");
            }
        }
    }
}
