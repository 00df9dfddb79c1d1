//! The parts of a job: its request, events, attempts and credits, one at a time.

use domain::job::{ErrorCode, MAX_ATTEMPTS};
use ratatui::layout::{Constraint, Layout, Rect};

use crate::console::core::data::JobDetail;
use crate::console::core::screen::job::{State, Tab};
use crate::console::theme::Role;
use crate::console::widget::{self, Canvas, Cell, pane_of};
use crate::output::format::timestamp;

/// Draws the chosen part.
pub(super) fn draw(canvas: &mut Canvas, area: Rect, state: &State, detail: &JobDetail) {
    let inside = pane_of(canvas, area, &[], &[Cell::label("Tab next")], true);
    let [tabs, rest] = Layout::vertical([Constraint::Length(1), Constraint::Min(0)]).areas(inside);
    let events = format!("Events ({})", detail.trail.events.len());
    let attempts = format!("Attempts ({})", detail.job.attempt);
    let ledger = format!("Ledger ({})", detail.trail.ledger.len());
    let tab = |name| widget::Tab { key: "", name, short: name };
    let names = [tab("Request"), tab(&events), tab(&attempts), tab(&ledger)];
    let chosen = Tab::ALL.iter().position(|tab| *tab == state.tab).unwrap_or(0);
    widget::tabs(canvas, tabs, &names, chosen);
    let lines = match state.tab {
        Tab::Request => request(detail),
        Tab::Events => events_of(detail),
        Tab::Attempts => attempts_of(detail),
        Tab::Ledger => ledger_of(detail),
    };
    let top = state.scroll.min(lines.len().saturating_sub(1));
    canvas.lines(rest, lines.get(top..).unwrap_or_default());
}

/// The options as they are stored, which have no secrets.
fn request(JobDetail { job, .. }: &JobDetail) -> Vec<Vec<Cell<'static>>> {
    let text = serde_json::to_string_pretty(&job.options).unwrap_or_default();
    let secrets = job.had_secrets.then(|| {
        vec![Cell::new("with headers, cookies or credentials, which are sealed and never shown", Role::Warning)]
    });
    secrets.into_iter().chain(text.lines().map(|line| vec![Cell::text(line.to_owned())])).collect()
}

fn events_of(JobDetail { trail, .. }: &JobDetail) -> Vec<Vec<Cell<'static>>> {
    let line = |event: &domain::job::TrailEvent| {
        let by = event.actor.as_ref().map(|actor| format!("  by {actor}")).unwrap_or_default();
        let reason = event.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        vec![
            Cell::label(format!("{}  ", timestamp(event.at))),
            Cell::new(format!("{:<16}", event.kind), Role::Accent),
            Cell::text(format!("{}{by}{reason}", event.message)),
        ]
    };
    or_none(trail.events.iter().map(line).collect(), "Nothing but its submission and its end happened to it.")
}

/// Attempts that were followed by another, as events tell, and the last one.
fn attempts_of(JobDetail { job, trail }: &JobDetail) -> Vec<Vec<Cell<'static>>> {
    let earlier = trail.events.iter().filter(|event| matches!(event.kind.as_str(), "job.retried" | "job.lapsed"));
    let line = |event: &domain::job::TrailEvent| {
        vec![Cell::label(format!("{}  ", timestamp(event.at))), Cell::new(event.message.clone(), Role::Warning)]
    };
    let mut lines: Vec<_> = earlier.map(line).collect();
    lines.extend(job.started_at.map(|at| {
        let worker = trail.worker.as_deref().unwrap_or_default();
        let end = job.error_code.as_ref().map_or(job.state.name(), ErrorCode::name);
        vec![
            Cell::label(format!("{}  ", timestamp(at))),
            Cell::text(format!("attempt {} of {MAX_ATTEMPTS} on {worker}: {end}", job.attempt)),
        ]
    }));
    or_none(lines, "No worker has started it.")
}

fn ledger_of(JobDetail { trail, .. }: &JobDetail) -> Vec<Vec<Cell<'static>>> {
    let line = |moved: &domain::job::TrailMovement| {
        vec![
            Cell::label(format!("{}  ", timestamp(moved.at))),
            Cell::number(format!("{:>+8}  ", moved.amount)),
            Cell::text(moved.kind.clone()),
        ]
    };
    or_none(trail.ledger.iter().map(line).collect(), "No credits were moved for it.")
}

fn or_none(lines: Vec<Vec<Cell<'static>>>, nothing: &'static str) -> Vec<Vec<Cell<'static>>> {
    if lines.is_empty() { vec![vec![Cell::label(nothing)]] } else { lines }
}
