//! The timeline of a job.

use ratatui::layout::Rect;

use crate::console::core::data::JobDetail;
use crate::console::core::screen::job::{Moment, MomentKind, timeline};
use crate::console::theme::Role;
use crate::console::view::jobs::elapsed;
use crate::console::widget::{Canvas, Cell, Step, timeline as draw_steps};

/// Draws the timeline, each step with the time since the one before.
pub(super) fn draw(canvas: &mut Canvas, area: Rect, detail: &JobDetail) {
    let glyphs = canvas.glyphs;
    let mut before = None;
    let step = |moment: Moment| {
        let (sign, role) = match moment.kind {
            MomentKind::Waiting => (glyphs.waiting, Role::Text),
            MomentKind::Running => (glyphs.busy, Role::Accent),
            MomentKind::Setback => (glyphs.warning, Role::Warning),
            MomentKind::Failed => (glyphs.bad, Role::Bad),
            MomentKind::Completed => (glyphs.good, Role::Good),
            MomentKind::Note => (glyphs.dot, Role::Label),
        };
        let after = elapsed(before.replace(moment.at), Some(moment.at));
        Step {
            sign,
            what: Cell::new(moment.what, role),
            at: moment.at.format("%H:%M:%S%.3f").to_string(),
            detail: moment.detail,
            after: if after.is_empty() { after } else { format!("+{after}") },
        }
    };
    let steps: Vec<Step> = timeline(detail).into_iter().map(step).collect();
    draw_steps(canvas, area, &steps);
}
