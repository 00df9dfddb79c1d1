//! The job of the cursor, below the table.

use domain::job::ErrorCode;
use domain::job::browse::JobLine;
use ratatui::layout::Rect;

use super::cells::elapsed;
use crate::console::core::model::Model;
use crate::console::theme::Role;
use crate::console::widget::{Canvas, Cell, pane};
use crate::output::format::quantity;

/// Draws the strip: two lines, or a pane of four.
pub(super) fn draw(model: &Model, canvas: &mut Canvas, area: Rect, job: Option<&JobLine>) {
    let Some(job) = job.filter(|_| area.height > 0) else { return };
    if area.height < 4 {
        canvas.lines(area, &[why(job), vec![Cell::label(job.source.as_str())]]);
        return;
    }
    let inside = pane(canvas, area, &job.id.to_string(), "Enter shows everything");
    let clock = model.clock();
    let times = format!(
        "submitted {}Z, waited {}, ran {}",
        job.created_at.format("%Y-%m-%d %H:%M:%S%.3f"),
        elapsed(Some(job.created_at), job.started_at.or(job.completed_at).or(clock)),
        Some(elapsed(job.started_at, job.completed_at.or(clock)))
            .filter(|run| !run.is_empty())
            .unwrap_or("never".to_owned()),
    );
    let of = [
        Some(("account", job.account.clone())),
        Some(("key", job.key.clone())),
        job.worker.clone().map(|worker| ("worker", worker)),
        job.batch.map(|batch| ("batch", batch.to_string())),
        job.reference.clone().map(|reference| ("reference", reference)),
    ];
    let of = of.into_iter().flatten();
    let links = of.flat_map(|(label, value)| [Cell::label(format!("{label} ")), Cell::text(format!("{value}  "))]);
    let state = vec![Cell::text(format!("{}  {times}", job.state.name()))];
    canvas.lines(inside, &[state, why(job), vec![Cell::text(job.source.as_str())], links.collect()]);
}

/// Why it failed, and what it cost.
fn why(job: &JobLine) -> Vec<Cell<'_>> {
    let cost = Cell::label(quantity(job.cost.into(), "credit"));
    let Some(code) = job.error_code.as_ref().map(ErrorCode::name) else { return vec![cost] };
    let message = format!(" {}", job.error_message.as_deref().unwrap_or_default());
    vec![Cell::new(code, Role::Bad), Cell::text(message), Cell::text("  "), cost, Cell::label(" refunded")]
}
