//! A secret that is shown once.

use ratatui::layout::Rect;

use crate::console::theme::Role;
use crate::console::widget::{Canvas, overlay, wrap};

/// The largest width.
const WIDTH: u16 = 78;

/// Draws the secret.
pub(super) fn draw(secret: &str, canvas: &mut Canvas, area: Rect) {
    let width = WIDTH.min(area.width);
    let secret = wrap(secret, width.saturating_sub(4));
    let height = u16::try_from(secret.len()).unwrap_or(u16::MAX).saturating_add(5);
    let inside = overlay(canvas, area, width, height, "SHOWN ONCE", "");
    let mut rows = inside.rows();
    for (line, row) in secret.iter().zip(&mut rows) {
        canvas.text(row, line, Role::Number);
    }
    rows.next();
    let hints =
        ["Nobody can show it again: only its hash is stored.", "y copies it and erases it; any other key erases it."];
    for (hint, row) in hints.iter().zip(rows) {
        canvas.text(row, hint, Role::Label);
    }
}
