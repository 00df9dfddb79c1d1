//! The first line: which database, what may be changed, the state of the link, and the database's clock.

use std::time::Duration;

use ratatui::layout::Rect;

use crate::console::core::link::{Link, Outage};
use crate::console::core::model::Model;
use crate::console::theme::Role;
use crate::console::widget::{Canvas, Cell, UNKNOWN, middle};
use crate::output::format;

/// The narrowest name of a database that is worth drawing.
const MIN_NAME: u16 = 6;

/// Draws the line. Where there is little room, the name of the database is cut, and never the state of the link.
pub(super) fn draw(model: &Model, canvas: &mut Canvas, area: Rect) {
    let clock = model.clock().map_or_else(|| UNKNOWN.to_owned(), |clock| clock.format("%H:%M:%SZ").to_string());
    let is_wide = area.width >= 100;
    let mut cells = Vec::new();
    if is_wide {
        cells.push(Cell::new("tintype ", Role::Title));
    }
    if !model.environment.name.is_empty() {
        cells.push(Cell::new(format!("[{}] ", model.environment.name.to_uppercase()), Role::Title));
    }
    let mut behind_name = vec![Cell::text("  "), access(model, is_wide), Cell::text("  ")];
    behind_name.extend(state(model, canvas));
    let clock = Cell::label(clock);
    let taken = cells.iter().chain(&behind_name).map(Cell::width).fold(clock.width() + 1, u16::saturating_add);
    let room = area.width.saturating_sub(taken).max(MIN_NAME);
    cells.push(Cell::text(middle(&model.database.name, room)));
    cells.extend(behind_name);
    cells.extend(explanation(model));
    if model.environment.is_protected {
        canvas.restyle(Rect { height: 1, ..canvas.frame.area() }, Role::Protected);
    }
    let protected = |cell: Cell<'static>| Cell { role: role(model, cell.role), ..cell };
    let cells: Vec<Cell> =
        cells.into_iter().map(|cell| protected(Cell::new(cell.text.into_owned(), cell.role))).collect();
    let taken = canvas.line_right(area, &[protected(clock)]);
    canvas.line(Rect { width: area.width.saturating_sub(taken + 1), ..area }, &cells);
}

/// In an environment where mistakes are expensive, the whole line says so, except for what is more urgent.
fn role(model: &Model, role: Role) -> Role {
    let is_urgent = matches!(role, Role::Banner | Role::Alarm);
    if model.environment.is_protected && !is_urgent { Role::Protected } else { role }
}

/// What may be changed, and for how long.
fn access(model: &Model, is_wide: bool) -> Cell<'static> {
    match (model.access.left(model.now), is_wide) {
        (Some(left), _) => {
            Cell::new(format!(" WRITE {:02}:{:02} ", left.as_secs() / 60, left.as_secs() % 60), Role::Banner)
        }
        (None, _) if model.database.is_standby => Cell::label("STANDBY"),
        (None, true) => Cell::label("READ-ONLY"),
        (None, false) => Cell::label("RO"),
    }
}

/// The state of the link.
fn state(model: &Model, canvas: &Canvas) -> Vec<Cell<'static>> {
    let glyphs = canvas.glyphs;
    let state = match (&model.link, model.stale_for()) {
        (Link::Connecting, _) => Cell::new(format!("{} connecting", glyphs.waiting), Role::Warning),
        (Link::Live, _) => Cell::new(format!("{} link", glyphs.live), Role::Good),
        (Link::Down(_), Some(age)) => {
            Cell::new(format!(" {} STALE {} ", glyphs.waiting, format::duration(age)), Role::Banner)
        }
        (Link::Down(_), None) => Cell::new(format!(" {} NO DATABASE ", glyphs.bad), Role::Alarm),
    };
    let frozen = model.settings.is_frozen.then(|| Cell::new(" FROZEN (z) ", Role::Banner));
    std::iter::once(state).chain(frozen).collect()
}

/// Why the link is down, or what there is to say of the database.
fn explanation(model: &Model) -> Option<Cell<'static>> {
    match &model.link {
        Link::Connecting => None,
        Link::Live => model.database.hint.as_ref().map(|hint| Cell::new(format!("  {hint}"), Role::Warning)),
        Link::Down(outage) => Some(Cell::text(format!("  {}", explain(outage, model.now)))),
    }
}

fn explain(outage: &Outage, now: Duration) -> String {
    let attempt = outage.attempts + 1;
    let next = match outage.retry_at {
        Some(retry_at) if retry_at > now => format!("attempt {attempt} in {}", countdown(retry_at.saturating_sub(now))),
        Some(_) => format!("attempt {attempt} now"),
        None => "waiting for a response".to_owned(),
    };
    format!("{next} · {}", outage.reason)
}

/// Formats the time left, rounded up to a whole second.
fn countdown(left: Duration) -> String {
    format::duration(left + Duration::from_millis(999))
}
