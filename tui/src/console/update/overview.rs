//! Updates of the overview.

use std::time::Duration;

use domain::overview::Overview;

use crate::console::effect::Effect;
use crate::console::model::{Load, PollFailure};

/// Replaces the data.
pub(super) fn arrived(overview: &mut Load<Overview>, now: Duration, data: Overview) -> Effect {
    let effect = if is_shown(overview, &data) { Effect::None } else { Effect::Draw };
    *overview = Load::Live { data, since: now };
    effect
}

/// Keeps the last data, and records why there is nothing newer.
pub(super) fn failed(overview: &mut Load<Overview>, failure: PollFailure) -> Effect {
    *overview = match std::mem::take(overview) {
        Load::Connecting | Load::Failing(_) => Load::Failing(failure),
        Load::Live { data, since } | Load::Stale { data, since, .. } => Load::Stale { data, since, failure },
    };
    Effect::Draw
}

/// Whether the screen already looks as it would with the new data. Its clock shows seconds.
fn is_shown(overview: &Load<Overview>, new: &Overview) -> bool {
    match overview {
        Load::Live { data: old, .. } => {
            old.at.timestamp() == new.at.timestamp() && Overview { at: new.at, ..old.clone() } == *new
        }
        Load::Connecting | Load::Failing(_) | Load::Stale { .. } => false,
    }
}
