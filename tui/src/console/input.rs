//! Input: events of the terminal, translated to messages.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::keys::Key;
use super::message::Message;

/// Translates an event, unless the console ignores it.
pub(super) fn translate(event: &Event) -> Option<Message> {
    match event {
        Event::Key(event) => key(event).map(Message::Key),
        Event::Resize(..) => Some(Message::Resized),
        Event::FocusGained | Event::FocusLost | Event::Mouse(_) | Event::Paste(_) => None,
    }
}

fn key(KeyEvent { code, kind, modifiers, .. }: &KeyEvent) -> Option<Key> {
    if *kind == KeyEventKind::Release {
        return None;
    }
    if *code == KeyCode::Char('c') && modifiers.contains(KeyModifiers::CONTROL) {
        return Some(Key::Interrupt);
    }
    if *code == KeyCode::Esc {
        return Some(Key::Escape);
    }
    code.as_char().map(Key::Char)
}
