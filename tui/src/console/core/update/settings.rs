//! Updates of the settings.

use super::act;
use crate::console::core::action::Action;
use crate::console::core::command::Command;
use crate::console::core::input::{Code, Key};
use crate::console::core::model::Model;
use crate::console::core::overlay::Overlay;
use crate::console::core::settings::Setting;

/// Gives a key to the settings.
pub(super) fn press(model: &mut Model, key: Key) -> Vec<Command> {
    let Some(Overlay::Settings(current)) = model.overlays.last_mut() else { return Vec::new() };
    let setting = Setting::ALL.get(*current).copied();
    match (key.code, key.ctrl) {
        (Code::Up | Code::Char('k'), _) => *current = current.saturating_sub(1),
        (Code::Down | Code::Char('j'), _) => *current = (*current + 1).min(Setting::ALL.len() - 1),
        (Code::Enter | Code::Right | Code::Char(' ' | 'l'), _) => {
            return setting.map_or_else(Vec::new, |setting| change(model, setting, true));
        }
        (Code::Left | Code::Char('h'), _) => {
            return setting.map_or_else(Vec::new, |setting| change(model, setting, false));
        }
        _ => {
            model.overlays.pop();
        }
    }
    Vec::new()
}

/// Changes a setting to its next value, or to the one before.
fn change(model: &mut Model, setting: Setting, is_forward: bool) -> Vec<Command> {
    let action = match (setting, is_forward) {
        (Setting::Theme, _) => Action::Theme,
        (Setting::Mouse, _) => Action::Mouse,
        (Setting::Reading, _) => Action::Freeze,
        (Setting::Interval, true) => Action::Slower,
        (Setting::Interval, false) => Action::Faster,
        (Setting::Ascii, _) => {
            model.settings.is_ascii = !model.settings.is_ascii;
            return Vec::new();
        }
    };
    act::act(model, action)
}
