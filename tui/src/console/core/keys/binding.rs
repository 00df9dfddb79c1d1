//! Bindings: keys, and what they do.

use crate::console::core::action::Action;
use crate::console::core::input::{Code, Key};

/// A key, or several, and what they do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Binding {
    /// The keys.
    pub(crate) keys: &'static [Key],
    /// What they do.
    pub(crate) action: Action,
    /// A word for the line of hints.
    pub(crate) hint: &'static str,
    /// A sentence for the help.
    pub(crate) help: &'static str,
    /// How soon the line of hints drops it: 0 last.
    pub(crate) weight: u8,
    /// Whether it changes something.
    pub(crate) is_write: bool,
}

impl Binding {
    /// A key that looks at something. Weight 9 is not in the line of hints.
    pub(super) const fn look(
        keys: &'static [Key],
        action: Action,
        hint: &'static str,
        help: &'static str,
        weight: u8,
    ) -> Self {
        Self { keys, action, hint, help, weight, is_write: false }
    }

    /// A key that changes something.
    pub(super) const fn write(
        keys: &'static [Key],
        action: Action,
        hint: &'static str,
        help: &'static str,
        weight: u8,
    ) -> Self {
        Self { keys, action, hint, help, weight, is_write: true }
    }

    /// The keys, as they are written in hints and help.
    pub(crate) fn keys_text(&self) -> String {
        self.keys.iter().map(|key| key.name()).collect::<Vec<_>>().join(" ")
    }
}

/// A key that is a character.
pub(super) const fn char(c: char) -> Key {
    Key::of(Code::Char(c))
}
