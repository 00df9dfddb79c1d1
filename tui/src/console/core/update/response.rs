//! Updates by what the database says.

use std::time::Duration;

use super::write;
use crate::console::core::command::Command;
use crate::console::core::data::Data;
use crate::console::core::environment::Environment;
use crate::console::core::link::{Database, Link, Outage};
use crate::console::core::load::Load;
use crate::console::core::model::Model;
use crate::console::core::query::Panel;
use crate::console::core::screen::Screens;

/// Takes the answer to a query, unless another question was asked in the meantime.
pub(super) fn take(
    model: &mut Model,
    panel: Panel,
    generation: u64,
    result: Result<Data, String>,
    took: Duration,
) -> Vec<Command> {
    let now = model.now;
    if matches!(&model.link, Link::Down(outage) if outage.retry_at.is_none()) {
        // It was only slow.
        model.link = Link::Live;
    }
    if !model.schedule.answered(now, panel, generation, took) {
        return Vec::new();
    }
    if result.is_ok() {
        model.last_answer = Some(now);
    }
    match (panel.screen(), result) {
        (None, Ok(Data::Overview(overview))) => {
            model.overview.arrived(now, *overview);
            model.took = Some(took);
        }
        (None, Ok(Data::Preview(fetched))) => model.previews.arrived(*fetched),
        (None, Ok(_)) => {}
        (None, Err(reason)) if panel == Panel::Preview => model.previews.failed(reason),
        (None, Err(reason)) => model.overview.failed(reason),
        (Some(screen), Ok(data)) => {
            let cx = model.context();
            return model.screens.get_mut(screen).arrived(&cx, data);
        }
        (Some(screen), Err(reason)) => model.screens.get_mut(screen).failed(panel, reason),
    }
    Vec::new()
}

/// Reads everything again, now that the database answers.
pub(super) fn connected(model: &mut Model, database: Database) -> Vec<Command> {
    model.link = Link::Live;
    model.database = database;
    model.schedule.refresh();
    Vec::new()
}

/// Keeps what is on the screen, and locks changes.
pub(super) fn disconnected(model: &mut Model, outage: Outage) -> Vec<Command> {
    model.link = Link::Down(outage);
    if model.access.is_open() {
        write::lock(model, "changes are locked: the database does not answer")
    } else {
        Vec::new()
    }
}

/// Starts again with another database.
pub(super) fn switched(model: &mut Model, environment: Environment) -> Vec<Command> {
    let commands = if model.access.is_open() { write::lock(model, "changes are locked") } else { Vec::new() };
    model.environment = environment;
    model.link = Link::Connecting;
    model.database = Database::default();
    model.last_answer = None;
    model.took = None;
    model.overview = Load::default();
    model.screens = Screens::default();
    model.routes.start(crate::console::core::route::Route::Overview);
    model.overlays.clear();
    model.schedule.refresh();
    commands
}
