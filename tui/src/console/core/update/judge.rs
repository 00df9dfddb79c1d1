//! Judging: findings from what the console knows.

use std::time::Duration;

use crate::console::core::attention::{Facts, findings};
use crate::console::core::link::Link;
use crate::console::core::load::Load;
use crate::console::core::model::Model;

/// Data that is older than this, because its screen is not shown, says nothing about the present.
const MAX_AGE: Duration = Duration::from_secs(90);

/// Judges again what the console knows.
pub(super) fn judge(model: &mut Model) {
    let found = findings(&known(model));
    model.screens.overview.judge(found);
}

/// The facts that the console knows.
fn known(model: &Model) -> Facts<'_> {
    let overview = &model.screens.overview;
    let outage = match &model.link {
        Link::Down(outage) => Some((outage.reason.as_str(), model.stale_for())),
        Link::Connecting | Link::Live => None,
    };
    Facts {
        outage,
        hint: model.database.hint.as_deref(),
        took: model.took,
        snapshot: model.overview.data(),
        minutes: current(model, &overview.throughput).map_or(&[], Vec::as_slice),
        outcomes: current(model, &overview.outcomes),
        burn: current(model, &overview.burn),
        fleet: current(model, &overview.fleet),
    }
}

/// Data, unless it is much older than what was read last.
fn current<'a, T>(model: &Model, load: &'a Load<T>) -> Option<&'a T> {
    let newest = model.last_answer.unwrap_or(model.now);
    let limit = MAX_AGE * model.settings.stretch;
    load.data().filter(|_| load.at().is_some_and(|at| at + limit >= newest))
}
