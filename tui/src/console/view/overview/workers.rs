//! Workers, in one line: how many are alive, how many slots are busy, and which are lost.

use domain::overview::Overview;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::console::theme::{STRONG, Theme};
use crate::console::widget::UNKNOWN;
use crate::output::format::{duration, sanitize, seconds};
use crate::summary::Fleet;

/// Draws the line.
pub(super) fn draw(overview: Option<&Overview>, theme: Theme, frame: &mut Frame, area: Rect) {
    let mut spans = vec![Span::styled("Workers", STRONG), Span::raw("  ")];
    match overview {
        None => spans.push(Span::raw(UNKNOWN)),
        Some(overview) if overview.workers.is_empty() => {
            spans.push(Span::styled("✗ none: jobs stay queued", theme.warning()));
        }
        Some(overview) => spans.extend(describe(overview, theme)),
    }
    frame.render_widget(Line::from(spans), area);
}

fn describe(overview: &Overview, theme: Theme) -> Vec<Span<'static>> {
    let fleet = Fleet::of(overview);
    let (glyph, style) = if fleet.alive > 0 { ("●", theme.accent()) } else { ("✗", theme.error()) };
    let mut spans = vec![
        Span::styled(format!("{glyph} {}", fleet.alive_workers()), style),
        Span::raw(format!(" · {}", fleet.busy_slots())),
    ];
    for lost in overview.workers.iter().filter(|worker| !worker.alive) {
        let silence = duration(seconds(lost.silent_s));
        spans.push(Span::styled(format!(" · ✗ {} lost for {silence}", sanitize(&lost.name)), theme.error()));
    }
    spans
}
