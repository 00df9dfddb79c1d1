//! Updates by actions.

use super::{apply, write};
use crate::console::core::action::Action;
use crate::console::core::command::Command;
use crate::console::core::keys;
use crate::console::core::model::Model;
use crate::console::core::overlay::Overlay;
use crate::console::core::overlay::help::Help;
use crate::console::core::overlay::menu::{Choice, Item, Menu};
use crate::console::core::overlay::palette::Palette;
use crate::console::core::route::Route;

/// The longest interval is this many times as long as usual.
const MAX_STRETCH: u32 = 30;

/// Carries out an action: the screen first, unless the action is the console's own.
pub(crate) fn act(model: &mut Model, action: Action) -> Vec<Command> {
    if let Some(commands) = own(model, action) {
        return commands;
    }
    let (cx, screen) = (model.context(), model.screen());
    let is_write = keys::bindings(screen).any(|binding| binding.is_write && binding.action == action);
    if is_write && let Some(refusal) = model.refusal() {
        return vec![Command::Say(refusal)];
    }
    if let Some(commands) = model.screens.get_mut(screen).act(&cx, action) {
        return commands;
    }
    fallback(model, action)
}

/// What the console does itself, on every screen.
fn own(model: &mut Model, action: Action) -> Option<Vec<Command>> {
    match action {
        Action::Show(screen) => {
            model.routes.start(Route::to(screen));
            apply::open(model);
        }
        Action::Help => model.overlays.push(Overlay::Help(Help::default())),
        Action::Palette => model.overlays.push(Overlay::Palette(Palette::default())),
        Action::Log => model.overlays.push(Overlay::Log(0)),
        Action::Settings => model.overlays.push(Overlay::Settings(0)),
        Action::Menu => model.overlays.push(Overlay::Menu(actions(model))),
        Action::Environment => return Some(environments(model)),
        Action::Copy => return Some(copy(model)),
        Action::Unlock => return Some(write::toggle(model)),
        Action::Refresh => {
            model.schedule.refresh();
            return Some(vec![Command::Reconnect]);
        }
        Action::Faster => model.settings.stretch = (model.settings.stretch / 2).max(1),
        Action::Slower => model.settings.stretch = (model.settings.stretch * 2).min(MAX_STRETCH),
        Action::Freeze => model.settings.is_frozen = !model.settings.is_frozen,
        Action::Theme => model.settings.theme = model.settings.theme.next(),
        Action::Mouse => {
            model.settings.has_mouse = !model.settings.has_mouse;
            return Some(vec![Command::Mouse(model.settings.has_mouse)]);
        }
        Action::Image => {
            model.previews.mode = model.previews.mode.next();
            return Some(vec![Command::Say(format!("preview: {}", model.previews.mode.name()))]);
        }
        Action::Suspend => return Some(vec![Command::Suspend]),
        Action::Redraw => {
            model.previews.forget();
            return Some(vec![Command::Redraw]);
        }
        Action::Interrupt => return Some(vec![Command::Quit]),
        Action::Quit => return Some(quit(model)),
        _ => return None,
    }
    Some(Vec::new())
}

/// What an action does where the screen does not do anything else.
fn fallback(model: &mut Model, action: Action) -> Vec<Command> {
    let subject = model.screens.get(model.screen()).subject();
    let route = match action {
        Action::Back => {
            if model.routes.back() {
                apply::open(model);
            }
            return Vec::new();
        }
        Action::Previous | Action::Next => {
            let jobs = &mut model.screens.jobs;
            let next = subject.job.and_then(|job| jobs.neighbour(job, action == Action::Next));
            return next.map(|job| Command::Replace(Route::Job(job))).into_iter().collect();
        }
        Action::Account => subject.account.map(Route::Account),
        Action::Key => subject.key.map(|key| Route::Keys(Some(format!("id:{key}")))),
        Action::Worker => subject.worker.map(|worker| Route::Workers(Some(worker))),
        Action::Open => subject.job.map(Route::Job),
        _ => None,
    };
    route.into_iter().map(Command::Go).collect()
}

/// Goes back, and quits from the first screen.
fn quit(model: &mut Model) -> Vec<Command> {
    if model.routes.back() {
        apply::open(model);
        Vec::new()
    } else {
        vec![Command::Quit]
    }
}

/// Whether an action goes somewhere or explains something: it is not something that is done with a row.
fn is_movement(action: Action) -> bool {
    matches!(
        action,
        Action::Open | Action::Back | Action::Quit | Action::NextPane | Action::Menu | Action::Help | Action::Palette
    )
}

/// What can be done on the screen, with what it changes first.
fn actions(model: &Model) -> Menu {
    let screen = model.screens.get(model.screen());
    let is_listed = |binding: &&keys::Binding| binding.weight < 9 && !is_movement(binding.action);
    let mut bindings: Vec<_> = keys::bindings(model.screen()).filter(is_listed).collect();
    bindings.sort_by_key(|binding| !binding.is_write);
    let item = |binding: &&keys::Binding| {
        let locked = if binding.is_write { model.lock().map(ToOwned::to_owned) } else { None };
        let refusal = screen.refusal(binding.action).or(locked);
        Item {
            key: binding.keys.first().and_then(|key| key.letter()),
            label: binding.help.to_owned(),
            choice: if refusal.is_some() { Choice::Disabled } else { Choice::Act(binding.action) },
            detail: refusal.unwrap_or_default(),
        }
    };
    Menu { title: "Actions".to_owned(), items: bindings.iter().map(item).collect(), current: 0 }
}

fn environments(model: &mut Model) -> Vec<Command> {
    let item = |name: &String| Item {
        key: None,
        label: name.clone(),
        detail: String::new(),
        choice: Choice::Run(vec![Command::Switch(name.clone())]),
    };
    let items: Vec<Item> = model.environment.others.iter().map(item).collect();
    if items.is_empty() {
        return vec![Command::Say("There is no other environment: see docs/console.md for profiles.".to_owned())];
    }
    model.overlays.push(Overlay::Menu(Menu { title: "Environment".to_owned(), items, current: 0 }));
    Vec::new()
}

fn copy(model: &mut Model) -> Vec<Command> {
    let copies = model.screens.get(model.screen()).copies(&model.context());
    if copies.is_empty() {
        return vec![Command::Say("There is nothing to copy.".to_owned())];
    }
    let item = |(key, label, text): (char, &str, String)| Item {
        key: Some(key),
        label: label.to_owned(),
        detail: text.clone(),
        choice: Choice::Run(vec![Command::Copy(text)]),
    };
    let items = copies.into_iter().map(item).collect();
    model.overlays.push(Overlay::Menu(Menu { title: "Copy".to_owned(), items, current: 0 }));
    Vec::new()
}
