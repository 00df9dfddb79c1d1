//! Everything about one event.

use domain::event::Event;
use ratatui::layout::Rect;

use super::level::level;
use crate::console::core::screen::events::State;
use crate::console::theme::Role;
use crate::console::widget::{Canvas, Cell, pane_of, wrap};

/// Draws the pane.
pub(super) fn draw(state: &State, canvas: &mut Canvas, area: Rect) {
    let Some(event) = state.selected() else {
        pane_of(canvas, area, &[Cell::new("EVENT", Role::Title)], &[], false);
        return;
    };
    let at = event.at.format("%Y-%m-%d %H:%M:%S%.3f UTC  ").to_string();
    let title =
        [Cell::label(at), level(event.level, canvas.glyphs), Cell::new(format!(" {}", event.kind), Role::Title)];
    let inside = pane_of(canvas, area, &title, &[Cell::label(way(event))], false);
    let mut lines: Vec<(String, Role)> = vec![(subjects(state, event), Role::Text)];
    let by = event.actor.as_ref().map(|actor| format!("by {actor}  ")).unwrap_or_default();
    let reason = event.reason.as_ref().map(|reason| format!("  reason: {reason}")).unwrap_or_default();
    lines.extend(wrap(&format!("{by}{}{reason}", event.message), inside.width).into_iter().map(|l| (l, Role::Text)));
    if let Some(detail) = &event.detail {
        lines.extend(wrap(&detail.to_string(), inside.width).into_iter().map(|line| (line, Role::Label)));
    }
    // A small strip has no room for ids: the message says more.
    let skipped = usize::from(inside.height < 2);
    for ((text, role), row) in lines.iter().skip(skipped).zip(inside.rows()) {
        canvas.text(row, text, *role);
    }
}

/// What the event is about.
fn subjects(state: &State, event: &Event) -> String {
    let job = event.job.map(|job| format!("job {job}"));
    let worker =
        event.worker.map(|id| format!("worker {}", event.worker_name.clone().unwrap_or_else(|| id.to_string())));
    let account = event.account.map(|id| {
        let name = state.account_name(id).map_or_else(|| id.to_string(), str::to_owned);
        format!("account {name}")
    });
    let parts: Vec<String> = [job, worker, account].into_iter().flatten().collect();
    if parts.is_empty() { "about the whole service".to_owned() } else { parts.join("  ") }
}

/// Where its keys lead.
fn way(event: &Event) -> &'static str {
    match (event.job, event.worker, event.account) {
        (Some(_), Some(_), _) => "Enter job, w worker, y copies",
        (Some(_), None, _) => "Enter job, y copies",
        (None, Some(_), _) => "Enter worker, y copies",
        (None, None, Some(_)) => "a account, y copies",
        (None, None, None) => "y copies",
    }
}
