//! Updates: how each message changes the model, and what it asks for.

mod act;
mod apply;
mod judge;
mod key;
mod overlay;
mod response;
mod settings;
mod write;

use std::time::Duration;

use super::access::{UNFOCUSED_FOR, WriteAccess};
use super::command::Command;
use super::input::Input;
use super::link::Link;
use super::message::Message;
use super::model::Model;

/// Applies a message, and returns what is asked for.
pub(crate) fn update(model: &mut Model, now: Duration, message: Message) -> Vec<Command> {
    let previous = std::mem::replace(&mut model.now, now);
    let is_tick = matches!(message, Message::Tick);
    let commands = match message {
        Message::Input(input) => self::input(model, &input),
        Message::Response { panel, generation, result, took } => response::take(model, panel, generation, result, took),
        Message::Connected(database) => response::connected(model, database),
        Message::Disconnected(outage) => response::disconnected(model, outage),
        Message::WritesOpened(result) => write::opened(model, result),
        Message::Written(id, result, took) => write::written(model, id, result, took),
        Message::Switched(environment) => response::switched(model, environment),
        Message::Note(note) => vec![Command::Say(note)],
        Message::Decoded(key, picture) => {
            model.previews.decoded(key, picture);
            Vec::new()
        }
        Message::Tick => Vec::new(),
    };
    let mut commands = apply::apply(model, commands);
    commands.extend(expire(model));
    commands.extend(due(model));
    commands.extend(model.wanted().and_then(|wanted| model.previews.decode(wanted)).map(Command::Decode));
    judge::judge(model);
    let shows_time = model.access.is_open() || matches!(model.link, Link::Down(_));
    model.is_dirty |= !is_tick || (shows_time && now.as_secs() != previous.as_secs());
    commands
}

fn input(model: &mut Model, input: &Input) -> Vec<Command> {
    if !matches!(input, Input::Focus(_) | Input::Closed) {
        model.last_key = model.now;
    }
    match input {
        Input::Key(key) => key::key(model, *key),
        Input::Paste(_) => key::paste(model, input),
        Input::Mouse(mouse, column, line) => key::mouse(model, *mouse, *column, *line),
        Input::Focus(has_focus) => {
            model.unfocused_since = (!*has_focus).then_some(model.now);
            Vec::new()
        }
        Input::Resize(columns, lines) => {
            model.size = (*columns, *lines);
            let (cx, screen) = (model.context(), model.screen());
            model.screens.get_mut(screen).resized(&cx);
            Vec::new()
        }
        Input::Closed => vec![Command::Quit],
    }
}

/// Ends what ends by the passing of time.
fn expire(model: &mut Model) -> Vec<Command> {
    let now = model.now;
    if model.toast.as_ref().is_some_and(|(_, until)| *until <= now) {
        model.toast = None;
        model.is_dirty = true;
    }
    let overlays = model.overlays.len();
    model.overlays.retain(|overlay| overlay.ends_at().is_none_or(|at| at > now));
    model.is_dirty |= overlays != model.overlays.len();
    let is_over = matches!(model.access, WriteAccess::Unlocked(until) if until <= now);
    let is_left = model.unfocused_since.is_some_and(|since| now >= since + UNFOCUSED_FOR);
    if model.access.is_open() && (is_over || is_left) {
        return write::lock(model, "changes are locked again");
    }
    Vec::new()
}

/// Asks for what is due.
fn due(model: &mut Model) -> Vec<Command> {
    let (now, needs) = (model.now, model.needs());
    let fetches = model.schedule.due(now, &needs, model.settings.stretch);
    for fetch in &fetches {
        let panel = fetch.query.panel();
        match panel.screen() {
            Some(screen) => model.screens.get_mut(screen).asked(panel, now),
            None => model.overview.asked(now),
        }
    }
    fetches.into_iter().map(Command::Fetch).collect()
}

#[cfg(test)]
mod tests;
