//! Carries out the commands that change only the model.

use std::time::Duration;

use crate::console::core::command::Command;
use crate::console::core::model::Model;
use crate::console::core::overlay::Overlay;
use crate::console::core::overlay::confirm::Confirm;
use crate::console::core::overlay::form::Form;
use crate::console::core::route::Route;

/// How long something that is said stays.
const TOAST: Duration = Duration::from_secs(6);

/// Carries out the commands that change only the model, and returns the others.
pub(super) fn apply(model: &mut Model, commands: Vec<Command>) -> Vec<Command> {
    let mut others = Vec::new();
    for command in commands {
        match command {
            Command::Go(route) => {
                model.routes.go(route);
                open(model);
            }
            Command::Replace(route) => {
                model.routes.replace(route);
                open(model);
            }
            Command::Say(text) => say(model, text),
            Command::Refresh => model.schedule.refresh(),
            Command::Theme(theme) => model.settings.theme = theme,
            Command::Draft(draft) => model.overlays.push(Overlay::Form(Form::new(draft))),
            Command::Confirm(write) => {
                if let Some(refusal) = model.refusal() {
                    say(model, refusal);
                } else {
                    let word = model.environment.is_protected.then_some(model.environment.confirm_word.as_str());
                    model.overlays.push(Overlay::Confirm(Confirm::new(write, word, model.now)));
                }
            }
            other => others.push(other),
        }
    }
    others
}

/// Shows what the current route is about.
pub(super) fn open(model: &mut Model) {
    let (cx, route): (_, Route) = (model.context(), model.routes.current().clone());
    let screen = model.screens.get_mut(route.screen());
    screen.open(&cx, &route);
    screen.resized(&cx);
}

/// Says something for some seconds.
pub(super) fn say(model: &mut Model, text: String) {
    model.toast = Some((text, model.now + TOAST));
}
