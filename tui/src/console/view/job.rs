//! The screen `job`: what it is, what happened to it, its result, and its parts below.

mod facts;
mod parts;
mod steps;

use ratatui::layout::{Constraint, Layout, Rect};

use super::Breakpoint;
use super::preview::preview;
use super::state::{Words, placeholder, progress};
use crate::console::core::data::JobDetail;
use crate::console::core::model::Model;
use crate::console::core::screen::ScreenState;
use crate::console::core::screen::job::timeline;
use crate::console::theme::Role;
use crate::console::widget::{Canvas, Cell, pane_of};

/// Draws the screen.
pub(super) fn draw(model: &Model, canvas: &mut Canvas, area: Rect) {
    let state = &model.screens.job;
    let Some(detail) = state.detail() else {
        let words =
            Words { things: "the job", filter: "", nothing: "There is no such job: it may be older than 30 days." };
        let title = state.id.map(|id| format!("JOB {id}")).unwrap_or_default();
        let inside = pane_of(canvas, area, &[Cell::new(title, Role::Title)], &[], false);
        placeholder(canvas, inside, &state.detail, 0, &words);
        return;
    };
    let breakpoint = Breakpoint::of(model.size);
    let parts = if breakpoint == Breakpoint::Small { Constraint::Length(4) } else { Constraint::Percentage(40) };
    let [above, below] = Layout::vertical([Constraint::Min(0), parts]).areas(area);
    let is_wide = !matches!(breakpoint, Breakpoint::Small | Breakpoint::Medium);
    let right = Constraint::Fill(u16::from(is_wide));
    let [left, right] = Layout::horizontal([Constraint::Fill(1), right]).areas(above);
    draw_job(model, canvas, left, detail);
    if is_wide {
        draw_result(model, canvas, right, detail);
    }
    parts::draw(canvas, below, state, detail);
}

fn draw_job(model: &Model, canvas: &mut Canvas, area: Rect, detail: &JobDetail) {
    let title = [Cell::new(format!("JOB {}", detail.job.id), Role::Title)];
    let inside = pane_of(canvas, area, &title, &[progress(&model.screens.job.detail, model.now)], false);
    let facts = facts::of(detail, model.clock(), canvas.glyphs);
    let moments = timeline(detail).len().min(usize::from(inside.height / 2));
    let [top, rest] = Layout::vertical([Constraint::Min(0), Constraint::Length(lines(moments))]).areas(inside);
    let [top, rest] = match lines(facts.len()) {
        // The timeline has the rest, behind a blank line.
        height if height < top.height => {
            let parts = [Constraint::Length(height), Constraint::Length(1), Constraint::Min(0)];
            let [top, _, rest] = Layout::vertical(parts).areas(inside);
            [top, rest]
        }
        _ => [top, rest],
    };
    canvas.lines(top, &facts);
    steps::draw(canvas, rest, detail);
}

fn lines(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}

/// The preview of the result, or why there is none.
fn draw_result(model: &Model, canvas: &mut Canvas, area: Rect, detail: &JobDetail) {
    let inside = pane_of(canvas, area, &[Cell::new("RESULT", Role::Title)], &facts::result(detail), false);
    if let Some(wanted) = model.screens.job.preview(&model.context()) {
        preview(model, wanted, canvas, inside);
    } else if detail.trail.result.is_none() {
        let why = match detail.job.completed_at {
            None => "There is none yet.",
            Some(_) if detail.job.error_code.is_some() => "The job failed: there is none.",
            Some(_) => "It has expired.",
        };
        canvas.text(inside, why, Role::Label);
    }
}

#[cfg(test)]
mod tests;
