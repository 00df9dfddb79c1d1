//! A line of text that the operator edits.

use ratatui::layout::Rect;

use super::canvas::{Canvas, behind};
use super::text::width;
use crate::console::theme::Role;

/// Draws a line of text with the terminal's cursor before the character of this number. If the text does not fit, the
/// part around the cursor is shown. Returns the width that was taken.
pub(crate) fn input(canvas: &mut Canvas, area: Rect, text: &str, cursor: usize, role: Role) -> u16 {
    if area.is_empty() {
        return 0;
    }
    let skipped = skip(text, cursor, area.width);
    let shown: String = text.chars().skip(skipped).collect();
    let before: String = text.chars().take(cursor).skip(skipped).collect();
    let taken = canvas.text(area, &shown, role);
    if skipped > 0 {
        canvas.text(Rect { width: 1, ..area }, canvas.glyphs.ellipsis, Role::Label);
    }
    let column = width(&before).min(area.width - 1);
    canvas.frame.set_cursor_position((area.x + column, area.y));
    taken.max(column + 1)
}

/// Draws a prompt and the line of text behind it.
pub(crate) fn prompt(canvas: &mut Canvas, area: Rect, prompt: &str, text: &str, cursor: usize) -> u16 {
    let taken = canvas.text(area, prompt, Role::Key);
    taken + input(canvas, behind(area, taken), text, cursor, Role::Text)
}

/// How many characters are left out so that the cursor and a blank for the next character are in view.
fn skip(text: &str, cursor: usize, columns: u16) -> usize {
    let mut before: String = text.chars().take(cursor).collect();
    let mut skipped = 0;
    while width(&before) + 1 > columns && !before.is_empty() {
        before.remove(0);
        skipped += 1;
    }
    skipped
}

#[cfg(test)]
mod tests {
    use super::prompt;
    use crate::console::widget::testing::{cursor, draw};

    #[test]
    fn the_cursor_is_always_in_view() {
        for (text, at, line, column) in [
            ("abc", 3, "/ abc     ", 5),
            ("abc", 0, "/ abc     ", 2),
            ("status:failed", 13, "/ …failed ", 9),
            ("status:failed", 2, "/ status:…", 4),
            ("日本語日本語", 6, "/ … 本語  ", 8),
            ("", 0, "/         ", 2),
        ] {
            let draw_prompt = |canvas: &mut super::Canvas, area| {
                prompt(canvas, area, "/ ", text, at);
            };
            assert_eq!(draw(10, 1, draw_prompt), line, "{text}");
            assert_eq!(cursor(10, 1, draw_prompt), (column, 0), "{text}");
        }
    }
}
