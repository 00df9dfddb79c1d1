//! Updates by keys: who takes them.

use super::{act, overlay};
use crate::console::core::action::Action;
use crate::console::core::command::Command;
use crate::console::core::input::{Input, Key, Mouse};
use crate::console::core::keys;
use crate::console::core::model::Model;
use crate::console::core::route::Screen;

/// The line of the tabs.
const TABS: u16 = 1;

/// Gives a key to the overlay on top, else to the filter that is edited, else to the action that it is bound to.
pub(super) fn key(model: &mut Model, key: Key) -> Vec<Command> {
    let screen = model.screen();
    let action = keys::action(screen, key);
    if matches!(action, Some(Action::Interrupt)) {
        return vec![Command::Quit];
    }
    if key.ctrl && matches!(action, Some(Action::Suspend | Action::Redraw)) {
        return action.map_or_else(Vec::new, |action| act::act(model, action));
    }
    if !model.overlays.is_empty() {
        return overlay::press(model, key);
    }
    if model.screens.get(screen).is_editing() {
        let cx = model.context();
        return model.screens.get_mut(screen).edit(&cx, &Input::Key(key));
    }
    action.map_or_else(Vec::new, |action| act::act(model, action))
}

/// Gives pasted text to whatever takes text. It never acts as keys.
pub(super) fn paste(model: &mut Model, input: &Input) -> Vec<Command> {
    let screen = model.screen();
    if !model.overlays.is_empty() {
        if let Input::Paste(text) = input {
            overlay::paste(model, text);
        }
    } else if model.screens.get(screen).is_editing() {
        let cx = model.context();
        return model.screens.get_mut(screen).edit(&cx, input);
    }
    Vec::new()
}

/// Gives the mouse to the screen.
pub(super) fn mouse(model: &mut Model, mouse: Mouse, column: u16, line: u16) -> Vec<Command> {
    if !model.overlays.is_empty() {
        return Vec::new();
    }
    match mouse {
        Mouse::WheelUp => act::act(model, Action::Up),
        Mouse::WheelDown => act::act(model, Action::Down),
        Mouse::Press if line == TABS => {
            Screen::at(column, model.size.0).map_or_else(Vec::new, |screen| act::act(model, Action::Show(screen)))
        }
        Mouse::Press => {
            let (cx, screen) = (model.context(), model.screen());
            model.screens.get_mut(screen).click(&cx, column, line)
        }
    }
}
