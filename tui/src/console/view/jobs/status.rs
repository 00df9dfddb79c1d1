//! The state of the list: what is marked, and how much of it is loaded; or what the editor says.

use domain::job::browse::{MAX_COUNTED, SCAN_SIZE};
use ratatui::layout::Rect;

use crate::console::core::load::LoadState;
use crate::console::core::screen::jobs::{Editor, Field, State};
use crate::console::theme::Role;
use crate::console::widget::{Canvas, Cell};
use crate::output::format::{count, quantity};

/// Draws the line.
pub(super) fn draw(canvas: &mut Canvas, area: Rect, state: &State) {
    let cells = match &state.editor {
        Some(editor) => editing(editor, state),
        None => vec![marked(state), Cell::text("  "), loaded(state)],
    };
    canvas.line(area, &cells);
}

fn editing(editor: &Editor, state: &State) -> Vec<Cell<'static>> {
    if let Some(error) = &editor.error {
        return vec![Cell::new(error.clone(), Role::Bad)];
    }
    match editor.field {
        Field::Time => vec![Cell::label("14:32, -2h, now, 2026-11-29T14:32  Enter goes there, Esc leaves it")],
        Field::Filter => {
            let chosen = editor.completion.as_ref().map(|(_, chosen)| *chosen);
            let words = editor.candidates(&state.known());
            let word = |(at, word): (usize, String)| {
                Cell::new(format!("{word}  "), if chosen == Some(at) { Role::Accent } else { Role::Label })
            };
            let mut cells = vec![Cell::new("Tab ", Role::Key)];
            cells.extend(words.into_iter().enumerate().map(word));
            cells
        }
    }
}

fn marked(state: &State) -> Cell<'static> {
    if state.is_all {
        return match (state.matches.data(), state.matches.state()) {
            (Some(jobs), _) if i64::try_from(jobs.len()).is_ok_and(|jobs| jobs > MAX_COUNTED) => {
                Cell::new(format!("all that match: more than {}, narrow the filter", count(MAX_COUNTED)), Role::Warning)
            }
            (Some(jobs), _) => Cell::new(format!("all that match: {}", quantity(len(jobs.len()), "job")), Role::Marked),
            (None, LoadState::Failed(reason)) => Cell::new(format!("not counted: {reason}"), Role::Bad),
            (None, LoadState::Idle | LoadState::Loading(_)) => Cell::new("all that match: …", Role::Marked),
        };
    }
    match state.list.marks().len() {
        0 => Cell::default(),
        marks => Cell::new(format!("{} marked", count(len(marks))), Role::Marked),
    }
}

fn loaded(state: &State) -> Cell<'static> {
    let rows = count(len(state.list.rows().len()));
    let scanned = count(SCAN_SIZE.saturating_mul(len(state.scans)));
    match (state.next_page.failure(), state.next) {
        (Some(reason), _) => Cell::new(format!("the next page failed: {reason}"), Role::Bad),
        (None, Some(_)) if state.scans > 0 => {
            Cell::new(format!("searched {scanned} jobs, {rows} found: PgDn searches on"), Role::Warning)
        }
        (None, Some(_)) => Cell::label(format!("{rows} loaded, more below")),
        (None, None) if state.page.data().is_none() => Cell::default(),
        (None, None) => Cell::label(format!("{rows} loaded, complete")),
    }
}

fn len(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}
