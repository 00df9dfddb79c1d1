//! Input: what the operator does at the terminal.

/// Something that the operator did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Input {
    /// A key was pressed.
    Key(Key),
    /// Text was pasted.
    Paste(String),
    /// The mouse did something, at this column and line.
    Mouse(Mouse, u16, u16),
    /// The terminal's window got or lost the focus.
    Focus(bool),
    /// The terminal has this many columns and lines.
    Resize(u16, u16),
    /// The terminal was closed.
    Closed,
}

/// What the mouse did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mouse {
    /// The left button was pressed.
    Press,
    /// The wheel was turned back.
    WheelUp,
    /// The wheel was turned on.
    WheelDown,
}

/// A key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    /// The key without modifiers. Shift is part of a character.
    pub(crate) code: Code,
    /// Whether Ctrl was held.
    pub(crate) ctrl: bool,
    /// Whether Alt was held.
    pub(crate) alt: bool,
}

/// A key without modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Code {
    /// A character.
    Char(char),
    /// Enter.
    Enter,
    /// Esc.
    Escape,
    /// Tab.
    Tab,
    /// Shift and Tab.
    BackTab,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// Insert.
    Insert,
    /// The arrow up.
    Up,
    /// The arrow down.
    Down,
    /// The arrow left.
    Left,
    /// The arrow right.
    Right,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// A function key.
    F(u8),
}

impl Key {
    /// A key without modifiers.
    pub(crate) const fn of(code: Code) -> Self {
        Self { code, ctrl: false, alt: false }
    }

    /// A character with Ctrl.
    pub(crate) const fn ctrl(c: char) -> Self {
        Self { code: Code::Char(c), ctrl: true, alt: false }
    }

    /// The letter, if the key is one without modifiers.
    pub(crate) fn letter(self) -> Option<char> {
        if let Code::Char(letter) = self.code { Some(letter).filter(|_| !self.ctrl && !self.alt) } else { None }
    }

    /// The name in hints and help, such as `Ctrl-C`.
    pub(crate) fn name(self) -> String {
        let name = match self.code {
            Code::Char(' ') => "Space".to_owned(),
            Code::Char(c) if self.ctrl => c.to_ascii_uppercase().to_string(),
            Code::Char(c) => c.to_string(),
            Code::Enter => "Enter".to_owned(),
            Code::Escape => "Esc".to_owned(),
            Code::Tab => "Tab".to_owned(),
            Code::BackTab => "Shift-Tab".to_owned(),
            Code::Backspace => "Backspace".to_owned(),
            Code::Delete => "Del".to_owned(),
            Code::Insert => "Ins".to_owned(),
            Code::Up => "↑".to_owned(),
            Code::Down => "↓".to_owned(),
            Code::Left => "←".to_owned(),
            Code::Right => "→".to_owned(),
            Code::Home => "Home".to_owned(),
            Code::End => "End".to_owned(),
            Code::PageUp => "PgUp".to_owned(),
            Code::PageDown => "PgDn".to_owned(),
            Code::F(n) => format!("F{n}"),
        };
        format!("{}{}{name}", if self.ctrl { "Ctrl-" } else { "" }, if self.alt { "Alt-" } else { "" })
    }
}
