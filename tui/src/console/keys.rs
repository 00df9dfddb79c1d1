//! Keys, and the actions that they are bound to.

/// A key that the console distinguishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    /// A character.
    Char(char),
    /// Esc.
    Escape,
    /// Ctrl-C.
    Interrupt,
}

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// Leaves the console.
    Quit,
}

impl Key {
    /// The action that the key is bound to.
    pub(crate) fn action(self) -> Option<Action> {
        match self {
            Self::Char('q') | Self::Escape | Self::Interrupt => Some(Action::Quit),
            Self::Char(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Action, Key};

    #[test]
    fn only_q_esc_and_ctrl_c_quit() {
        for (key, action) in [
            (Key::Char('q'), Some(Action::Quit)),
            (Key::Escape, Some(Action::Quit)),
            (Key::Interrupt, Some(Action::Quit)),
            (Key::Char('x'), None),
        ] {
            assert_eq!(key.action(), action, "{key:?}");
        }
    }
}
