//! A form: the fields of a change.

use ratatui::layout::Rect;

use crate::console::core::overlay::form::Form;
use crate::console::theme::Role;
use crate::console::widget::{Canvas, behind, cut, input, overlay};

/// The largest width.
const WIDTH: u16 = 78;

/// The width of the column of labels.
const LABELS: u16 = 14;

/// Draws the form.
pub(super) fn draw(form: &Form, canvas: &mut Canvas, area: Rect) {
    let fields = u16::try_from(form.fields.len()).unwrap_or(u16::MAX);
    let height = fields.saturating_mul(2).saturating_add(4);
    let subtitle = "Enter goes on · Esc changes nothing";
    let inside = overlay(canvas, area, WIDTH, height, &form.draft.title(), subtitle);
    let mut rows = inside.rows();
    // The field with the cursor is in view, however many there are.
    let shown = usize::from(inside.height.saturating_sub(1) / 2).max(1);
    let top = (form.current + 1).saturating_sub(shown);
    for (number, (spec, line)) in form.fields.iter().enumerate().skip(top).take(shown) {
        let (Some(row), help) = (rows.next(), rows.next()) else { break };
        let (label, value) = (Rect { width: LABELS.min(row.width), ..row }, behind(row, LABELS + 1));
        let is_current = number == form.current;
        canvas.text(label, spec.label, if is_current { Role::Accent } else { Role::Label });
        if is_current {
            input(canvas, value, &line.text(), line.cursor(), Role::Number);
        } else {
            canvas.text(value, &line.text(), Role::Text);
        }
        if let Some(help) = help {
            canvas.text(behind(help, LABELS + 1), &spec.help, Role::Label);
        }
    }
    if let (Some(error), Some(last)) = (&form.error, inside.rows().next_back()) {
        let text = format!("{} {}", canvas.glyphs.warning, error.message);
        canvas.text(last, &cut(&text, last.width), Role::Bad);
    }
}
