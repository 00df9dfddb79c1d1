//! Updates by keys that an overlay takes.

use super::{act, settings, write};
use crate::console::core::catalogue;
use crate::console::core::command::Command;
use crate::console::core::draft::Filled;
use crate::console::core::input::{Code, Key};
use crate::console::core::model::Model;
use crate::console::core::overlay::Overlay;
use crate::console::core::overlay::confirm::Decision;
use crate::console::core::overlay::form::Step;
use crate::console::core::overlay::menu::{Choice, Item, Menu};
use crate::console::core::overlay::palette::Search;
use crate::console::core::secret::{Erasure, Secret};

/// How many choices of the palette are remembered.
const MAX_RECENT: usize = 8;

/// Gives a key to the overlay on top.
pub(super) fn press(model: &mut Model, key: Key) -> Vec<Command> {
    let (now, screen) = (model.now, model.screen());
    let Some(overlay) = model.overlays.last_mut() else { return Vec::new() };
    match overlay {
        Overlay::Confirm(confirm) => match confirm.press(key, now) {
            Decision::Pending => Vec::new(),
            Decision::Cancelled => {
                model.overlays.pop();
                vec![Command::Say("Nothing was changed.".to_owned())]
            }
            Decision::Given => write::confirmed(model),
        },
        Overlay::Form(form) => match form.press(key) {
            Step::Pending => Vec::new(),
            Step::Cancelled => close(model),
            Step::Filled(filled) => {
                model.overlays.pop();
                match filled {
                    Filled::Write(write) => vec![Command::Confirm(write)],
                    Filled::Unlock => write::unlock(model),
                }
            }
        },
        Overlay::Menu(menu) => choose(menu, key).map_or_else(Vec::new, |choice| chosen(model, choice)),
        Overlay::Palette(_) => found(model, key),
        Overlay::Help(help) => {
            if help.press(key, screen) {
                Vec::new()
            } else {
                close(model)
            }
        }
        Overlay::Secret(secret, shown_at) => {
            let commands = match Secret::press(key, now.saturating_sub(*shown_at)) {
                None => return Vec::new(),
                Some(Erasure::Copied) => vec![
                    Command::Copy(secret.expose().to_owned()),
                    Command::Say("The key was copied once, and is erased here.".to_owned()),
                ],
                Some(Erasure::Erased) => vec![Command::Say("The key is erased. It cannot be shown again.".to_owned())],
            };
            model.overlays.pop();
            commands
        }
        Overlay::Log(_) => log(model, key),
        Overlay::Settings(_) => settings::press(model, key),
    }
}

/// Gives pasted text to the overlay on top. A confirmation is typed, never pasted.
pub(super) fn paste(model: &mut Model, text: &str) {
    match model.overlays.last_mut() {
        Some(Overlay::Form(form)) => form.paste(text),
        Some(Overlay::Confirm(confirm)) if confirm.is_in_reason => confirm.reason.insert(text),
        Some(Overlay::Palette(palette)) => palette.search.insert(text),
        Some(Overlay::Help(help)) => help.search.insert(text),
        Some(Overlay::Confirm(_) | Overlay::Menu(_) | Overlay::Secret(..) | Overlay::Log(_) | Overlay::Settings(_))
        | None => {}
    }
}

/// Gives a key to the palette.
fn found(model: &mut Model, key: Key) -> Vec<Command> {
    let Some(Overlay::Palette(palette)) = model.overlays.last() else { return Vec::new() };
    let mut palette = palette.clone();
    let found = catalogue::find(model, &palette.search.text());
    let step = palette.press(key, found.len());
    let entry = found.into_iter().nth(palette.current);
    if let Some(last) = model.overlays.last_mut() {
        *last = Overlay::Palette(palette);
    }
    match (step, entry) {
        (Search::Pending, _) | (Search::Chosen, None) => Vec::new(),
        (Search::Cancelled, _) => close(model),
        (Search::Chosen, Some(entry)) => {
            if entry.choice != Choice::Disabled {
                model.recent.retain(|name| *name != entry.name);
                model.recent.push(entry.name);
                let surplus = model.recent.len().saturating_sub(MAX_RECENT);
                model.recent.drain(..surplus);
            }
            chosen(model, entry.choice)
        }
    }
}

/// Gives a key to the log of changes.
fn log(model: &mut Model, key: Key) -> Vec<Command> {
    let last = model.log.len().saturating_sub(1);
    let Some(Overlay::Log(current)) = model.overlays.last_mut() else { return Vec::new() };
    match (key.code, key.ctrl) {
        (Code::Up | Code::Char('k'), _) => *current = current.saturating_sub(1),
        (Code::Down | Code::Char('j'), _) => *current = (*current + 1).min(last),
        (Code::Char('y'), false) => {
            let entry = model.log.iter().rev().nth(*current);
            return entry.map(|entry| Command::Copy(entry.command_line.clone())).into_iter().collect();
        }
        _ => return close(model),
    }
    Vec::new()
}

fn close(model: &mut Model) -> Vec<Command> {
    model.overlays.pop();
    Vec::new()
}

/// What a key chooses of a menu: the item's own key, before those that move. Esc chooses nothing, and closes it.
fn choose(menu: &mut Menu, key: Key) -> Option<Choice> {
    let last = menu.items.len().saturating_sub(1);
    let is_its_key = |item: &&Item| item.key.is_some_and(|own| key.code == Code::Char(own) && !key.ctrl);
    if let Some(item) = menu.items.iter().find(is_its_key) {
        return Some(item.choice.clone());
    }
    match (key.code, key.ctrl) {
        (Code::Escape | Code::Char('q'), false) => return Some(Choice::Run(Vec::new())),
        (Code::Up | Code::BackTab | Code::Char('k'), false) => menu.current = menu.current.saturating_sub(1),
        (Code::Down | Code::Tab | Code::Char('j'), false) => menu.current = (menu.current + 1).min(last),
        (Code::Enter, _) => return menu.items.get(menu.current).map(|item| item.choice.clone()),
        _ => {}
    }
    None
}

fn chosen(model: &mut Model, choice: Choice) -> Vec<Command> {
    match choice {
        Choice::Disabled => Vec::new(),
        Choice::Act(action) => {
            model.overlays.pop();
            act::act(model, action)
        }
        Choice::Run(commands) => {
            model.overlays.pop();
            commands
        }
    }
}
