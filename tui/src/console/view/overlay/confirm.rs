//! The question whether a change is meant: a line, or a dialog, by what it may destroy.

use ratatui::layout::Rect;

use crate::console::core::model::Model;
use crate::console::core::overlay::confirm::Confirm;
use crate::console::core::write::Level;
use crate::console::theme::Role;
use crate::console::widget::{Canvas, Cell, behind, input, overlay, wrap};

/// The largest width.
const WIDTH: u16 = 92;

/// The width of the column of labels.
const LABELS: u16 = 10;

/// Draws the question.
pub(super) fn draw(model: &Model, confirm: &Confirm, canvas: &mut Canvas, body: Rect, message: Rect) {
    if confirm.write.level() == Level::Row {
        draw_line(confirm, canvas, message);
    } else {
        draw_dialog(model, confirm, canvas, body);
    }
}

/// Draws a question that is answered with one key. Its end is always on the screen, whatever else there is to say.
fn draw_line(confirm: &Confirm, canvas: &mut Canvas, line: Rect) {
    canvas.clear(line);
    let question = "? y/N ";
    let facts: Vec<String> = confirm.write.facts().into_iter().map(|(_, text)| text).collect();
    let facts = if facts.is_empty() { String::new() } else { format!(" ({})", facts.join("; ")) };
    let end = Cell::new(question, Role::Banner);
    let room = line.width.saturating_sub(end.width());
    let taken = canvas.line(
        Rect { width: room, ..line },
        &[Cell::new(format!(" {}", confirm.write.title()), Role::Banner), Cell::new(facts, Role::Banner)],
    );
    canvas.line(behind(line, taken), &[end]);
}

fn draw_dialog(model: &Model, confirm: &Confirm, canvas: &mut Canvas, body: Rect) {
    let title = title(model, confirm);
    let width = WIDTH.min(body.width);
    let command = wrap(&confirm.write.command_line(), width.saturating_sub(4));
    let facts = facts(confirm, width.saturating_sub(4 + LABELS + 1));
    // Two borders, the facts, the reason, the confirmation, the hint, and the command below its label.
    let height = facts.len() + command.len() + 9;
    let height = u16::try_from(height).unwrap_or(u16::MAX);
    let inside = overlay(canvas, body, width, height, &title, "Esc changes nothing");
    // The fields and the hint are always in view; the facts and the command take what is left.
    let fixed = 5;
    let room = usize::from(inside.height).saturating_sub(fixed);
    let shown_facts = facts.len().min(room);
    let mut rows = inside.rows();
    for (label, text) in facts.iter().take(shown_facts) {
        let Some(row) = rows.next() else { return };
        canvas.text(Rect { width: LABELS.min(row.width), ..row }, label, Role::Label);
        canvas.text(behind(row, LABELS + 1), text, Role::Text);
    }
    rows.next();
    if let (Some(reason), Some(typed)) = (rows.next(), rows.next()) {
        draw_fields(confirm, canvas, reason, typed);
    }
    if let Some(row) = rows.next() {
        let hint = confirm.hint.as_deref().unwrap_or("Tab changes the field, Enter goes on.");
        canvas.text(row, hint, if confirm.hint.is_some() { Role::Bad } else { Role::Label });
    }
    rows.next();
    for (row, line) in rows.zip(std::iter::once("The same on the command line:".to_owned()).chain(command)) {
        canvas.text(row, &line, Role::Label);
    }
}

fn draw_fields(confirm: &Confirm, canvas: &mut Canvas, reason: Rect, typed: Rect) {
    let prompt = format!("type {} to confirm: ", confirm.expected);
    for (row, prompt, line, has_cursor) in [
        (reason, "reason for the audit trail: ", &confirm.reason, confirm.is_in_reason),
        (typed, prompt.as_str(), &confirm.typed, !confirm.is_in_reason),
    ] {
        let taken = canvas.text(row, prompt, if has_cursor { Role::Accent } else { Role::Label });
        let value = behind(row, taken);
        if has_cursor {
            input(canvas, value, &line.text(), line.cursor(), Role::Number);
        } else {
            canvas.text(value, &line.text(), Role::Text);
        }
    }
}

/// What will happen, and where.
fn title(model: &Model, confirm: &Confirm) -> String {
    let place = match (&*model.environment.name, &*model.database.name) {
        ("", "") => String::new(),
        ("", database) => format!(" on {database}"),
        (environment, _) => format!(" on {}", environment.to_uppercase()),
    };
    format!("{}{place}", confirm.write.title())
}

/// Labels and texts, broken into lines.
fn facts(confirm: &Confirm, width: u16) -> Vec<(&'static str, String)> {
    let lines = |(label, text): (&'static str, String)| {
        let labels = std::iter::once(label).chain(std::iter::repeat(""));
        labels.zip(wrap(&text, width)).collect::<Vec<_>>()
    };
    confirm.write.facts().into_iter().flat_map(lines).collect()
}
