//! Workers, in a line: how many live, how busy they are, who is lost.

use domain::overview::Overview;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::super::theme::{STRONG, Theme};
use super::super::widget::UNKNOWN;
use crate::text::{clean, seconds, span};
use crate::totals::Fleet;

/// Draws the line.
pub(super) fn draw(seen: Option<&Overview>, theme: Theme, frame: &mut Frame, area: Rect) {
    let mut words = vec![Span::styled("Workers", STRONG), Span::raw("  ")];
    match seen {
        None => words.push(Span::raw(UNKNOWN)),
        Some(seen) if seen.workers.is_empty() => {
            words.push(Span::styled("✗ none, so jobs wait", theme.warning()));
        }
        Some(seen) => words.extend(tell(seen, theme)),
    }
    frame.render_widget(Line::from(words), area);
}

fn tell(seen: &Overview, theme: Theme) -> Vec<Span<'static>> {
    let fleet = Fleet::of(seen);
    let (glyph, style) = if fleet.alive > 0 { ("●", theme.accent()) } else { ("✗", theme.bad()) };
    let mut words =
        vec![Span::styled(format!("{glyph} {}", fleet.living()), style), Span::raw(format!(" · {}", fleet.working()))];
    for lost in seen.workers.iter().filter(|worker| !worker.alive) {
        let silent = span(seconds(lost.silent_s));
        words.push(Span::styled(format!(" · ✗ {} lost for {silent}", clean(&lost.name)), theme.bad()));
    }
    words
}
