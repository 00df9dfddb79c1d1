//! What happened to one thing, in order.

use ratatui::layout::Rect;

use super::canvas::{Canvas, Cell, behind};
use crate::console::theme::Role;

/// The width of the column of times.
const TIME: u16 = 12;

/// The width of the column of what happened.
const WHAT: u16 = 12;

/// A step: when, what, and how long after the step before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step<'a> {
    /// A sign of one cell.
    pub(crate) sign: &'a str,
    /// What happened.
    pub(crate) what: Cell<'a>,
    /// When, such as `14:08:01.201`.
    pub(crate) at: String,
    /// Where, and why.
    pub(crate) detail: String,
    /// How long after the step before, such as `+0.7s`.
    pub(crate) after: String,
}

/// Draws the steps from the top. If they do not fit, the last row says how many are hidden.
pub(crate) fn timeline(canvas: &mut Canvas, area: Rect, steps: &[Step]) {
    let rows = usize::from(area.height);
    let shown = if steps.len() > rows { rows.saturating_sub(1) } else { steps.len() };
    for (line, step) in area.rows().zip(steps.iter().take(shown)) {
        canvas.text(line, step.sign, step.what.role);
        canvas.text(
            Rect { width: WHAT.min(line.width.saturating_sub(2)), ..behind(line, 2) },
            &step.what.text,
            step.what.role,
        );
        let rest = behind(line, 2 + WHAT + 1);
        canvas.text(Rect { width: TIME.min(rest.width), ..rest }, &step.at, Role::Text);
        let rest = behind(rest, TIME + 1);
        let after = Cell::text(step.after.as_str()).width();
        let has_room = rest.width > after;
        if has_room {
            canvas.text_right(rest, &step.after, Role::Label);
        }
        let room = if has_room { rest.width - after - 1 } else { rest.width };
        canvas.text(Rect { width: room, ..rest }, &step.detail, Role::Label);
    }
    if let Some(line) = area.rows().nth(shown).filter(|_| shown < steps.len()) {
        canvas.text(line, &format!("… {} more", steps.len() - shown), Role::Label);
    }
}

#[cfg(test)]
mod tests {
    use super::{Cell, Role, Step};
    use crate::console::widget::testing::draw;

    fn step(sign: &'static str, what: &'static str, role: Role, detail: &str) -> Step<'static> {
        let at = "14:08:01.201".to_owned();
        Step { sign, what: Cell::new(what, role), at, detail: detail.to_owned(), after: "+0.7s".to_owned() }
    }

    #[test]
    fn steps_that_do_not_fit_are_counted() {
        let steps = [
            step("○", "queued", Role::Text, ""),
            step("◐", "processing", Role::Accent, "w-03 #1"),
            step("✗", "attempt 1 failed", Role::Bad, "navigation failed: connection refused"),
            step("✓", "completed", Role::Good, ""),
        ];
        insta::assert_snapshot!(draw(46, 3, |canvas, area| super::timeline(canvas, area, &steps)), @"
        ○ queued       14:08:01.201              +0.7s
        ◐ processing   14:08:01.201 w-03 #1      +0.7s
        … 2 more                                      
        ");
        insta::assert_snapshot!(draw(34, 4, |canvas, area| super::timeline(canvas, area, &steps)), @"
        ○ queued       14:08:01.201  +0.7s
        ◐ processing   14:08:01.201  +0.7s
        ✗ attempt 1 f… 14:08:01.201  +0.7s
        ✓ completed    14:08:01.201  +0.7s
        ");
    }
}
