//! The screen `jobs`: the filter, the table, and the job of the cursor.

mod cells;
mod status;
mod strip;

use ratatui::layout::{Constraint, Layout, Rect};

use super::state::{Words, placeholder, progress};
use crate::console::core::filter;
use crate::console::core::model::Model;
use crate::console::core::screen::jobs::{Field, State, strip as strip_height};
use crate::console::theme::Role;
use crate::console::widget::{Canvas, Cell, Table, Thumb, pane_of, prompt};
use crate::output::format::count;

pub(super) use cells::{elapsed, sign};

/// Draws the screen.
pub(super) fn draw(model: &Model, canvas: &mut Canvas, area: Rect) {
    let state = &model.screens.jobs;
    let strip = Constraint::Length(strip_height(model.size.1));
    let [list, below] = Layout::vertical([Constraint::Min(0), strip]).areas(area);
    let title = [Cell::new("JOBS", Role::Title)];
    let inside = pane_of(canvas, list, &title, &subtitle(model, state), state.editor.is_none());
    let line = Constraint::Length(1);
    let [filter, table, status] = Layout::vertical([line, Constraint::Min(0), line]).areas(inside);
    draw_filter(canvas, filter, state);
    draw_table(model, canvas, table, state);
    status::draw(canvas, status, state);
    strip::draw(model, canvas, below, state.list.selected());
}

/// How many jobs are newer, and how reading goes.
fn subtitle(model: &Model, state: &State) -> Vec<Cell<'static>> {
    let mut cells = vec![progress(&state.page, model.now)];
    if state.newer > 0 {
        let more = if state.newer >= domain::job::browse::MAX_COUNTED { "+" } else { "" };
        cells.push(Cell::new(format!("+{}{more} new, r shows them", count(state.newer)), Role::Accent));
    }
    cells
}

fn draw_filter(canvas: &mut Canvas, area: Rect, state: &State) {
    if let Some(editor) = &state.editor {
        let sign = if editor.field == Field::Filter { "/ " } else { "@ " };
        prompt(canvas, area, sign, &editor.line.text(), editor.line.cursor());
        return;
    }
    let text = filter::print(&state.selection);
    let shown = if text.is_empty() { "all jobs" } else { &text };
    let mut cells = vec![Cell::new("/ ", Role::Key), Cell::text(shown.to_owned())];
    let from = state.from.map(|at| format!("  {}Z and before", at.format("%Y-%m-%d %H:%M:%S")));
    cells.extend(from.map(|from| Cell::new(from, Role::Accent)));
    canvas.line(area, &cells);
}

fn draw_table(model: &Model, canvas: &mut Canvas, area: Rect, state: &State) {
    let list = &state.list;
    let filter = filter::print(&state.selection);
    let words = Words {
        things: "jobs",
        filter: if state.next.is_some() { "" } else { &filter },
        nothing: if state.next.is_some() { "None yet: PgDn searches on." } else { "No job was submitted yet." },
    };
    if placeholder(canvas, area, &state.page, list.rows().len(), &words) {
        return;
    }
    let height = Table::height(area);
    let table = Table {
        top: list.top(),
        cursor: Some(list.position()),
        is_marked: &|row| state.is_all || list.rows().get(row).is_some_and(|row| list.is_marked(row)),
        skip: state.skip,
        thumb: (list.rows().len() > height).then(|| Thumb::rows(list.top(), height, list.rows().len())),
        ..Table::new(cells::COLUMNS, list.rows().len())
    };
    let (clock, glyphs) = (model.clock(), canvas.glyphs);
    table.draw(canvas, area, |row| list.rows().get(row).map(|job| cells::of(job, clock, glyphs)).unwrap_or_default());
}

#[cfg(test)]
mod tests;
