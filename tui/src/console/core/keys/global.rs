//! The keys of every screen.

use super::binding::{Binding, char};
use crate::console::core::action::Action;
use crate::console::core::input::{Code, Key};
use crate::console::core::route::Screen;

/// The keys of every screen, unless a screen has something else for them.
pub(crate) const GLOBAL: &[Binding] = &[
    Binding::look(&[char('1')], Action::Show(Screen::Overview), "overview", "Show the overview", 9),
    Binding::look(&[char('2')], Action::Show(Screen::Jobs), "jobs", "Show jobs", 9),
    Binding::look(&[char('3')], Action::Show(Screen::Workers), "workers", "Show workers", 9),
    Binding::look(&[char('4')], Action::Show(Screen::Accounts), "accounts", "Show accounts", 9),
    Binding::look(&[char('5')], Action::Show(Screen::Keys), "keys", "Show API keys", 9),
    Binding::look(&[char('6')], Action::Show(Screen::Expiries), "expiries", "Show what expires when", 9),
    Binding::look(&[char('7')], Action::Show(Screen::Events), "events", "Show events", 9),
    Binding::look(&[char('k'), Key::of(Code::Up)], Action::Up, "up", "Move up", 9),
    Binding::look(&[char('j'), Key::of(Code::Down)], Action::Down, "down", "Move down", 9),
    Binding::look(&[Key::of(Code::PageUp), Key::ctrl('u')], Action::PageUp, "page up", "Move up by a page", 9),
    Binding::look(&[Key::of(Code::PageDown), Key::ctrl('d')], Action::PageDown, "page down", "Move down by a page", 9),
    Binding::look(&[char('g'), Key::of(Code::Home)], Action::Home, "first", "Go to the first row", 9),
    Binding::look(&[char('G'), Key::of(Code::End)], Action::End, "last", "Go to the last row", 9),
    Binding::look(&[char('h'), Key::of(Code::Left)], Action::Left, "left", "Move left", 9),
    Binding::look(&[char('l'), Key::of(Code::Right)], Action::Right, "right", "Move right", 9),
    Binding::look(&[Key::of(Code::Tab)], Action::NextPane, "pane", "Go to the next pane", 6),
    Binding::look(&[Key::of(Code::BackTab)], Action::PreviousPane, "pane", "Go to the pane before", 9),
    Binding::look(&[Key::of(Code::Enter)], Action::Open, "open", "Open what the cursor is on", 1),
    Binding::look(&[Key::of(Code::Escape)], Action::Back, "back", "Close one layer: overlay, filter, marks, screen", 7),
    Binding::look(&[char('y')], Action::Copy, "copy", "Copy the row, its id, its command", 4),
    Binding::look(&[char('x')], Action::Menu, "actions", "List what can be done here", 3),
    Binding::look(&[char('r')], Action::Refresh, "now", "Read everything again now", 7),
    Binding::look(&[char('+')], Action::Faster, "faster", "Read more often", 9),
    Binding::look(&[char('-')], Action::Slower, "slower", "Read less often", 9),
    Binding::look(&[char('z')], Action::Freeze, "freeze", "Stop or resume reading", 8),
    Binding::look(&[char('W')], Action::Unlock, "unlock", "Unlock or lock changes", 5),
    Binding::look(&[char(':'), Key::ctrl('p')], Action::Palette, "commands", "Find anything by its name", 2),
    Binding::look(&[char('?'), Key::of(Code::F(1))], Action::Help, "help", "Explain the keys", 0),
    Binding::look(&[char('e')], Action::Environment, "environment", "Switch to another environment", 9),
    Binding::look(&[Key::ctrl('o')], Action::Log, "log", "Show what this console changed", 9),
    Binding::look(&[Key::of(Code::F(2))], Action::Settings, "settings", "Show the settings", 9),
    Binding::look(&[char('t')], Action::Theme, "theme", "Change the colours", 9),
    Binding::look(&[char('m')], Action::Mouse, "mouse", "Let the console have the mouse, or the terminal", 9),
    Binding::look(&[Key::ctrl('z')], Action::Suspend, "shell", "Return to the shell until `fg`", 9),
    Binding::look(&[Key::ctrl('l')], Action::Redraw, "redraw", "Draw everything again", 9),
    Binding::look(&[char('q')], Action::Quit, "quit", "Go back, and quit from the first screen", 7),
];
