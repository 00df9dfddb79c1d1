//! Workers, in a line: how many live, how busy they are, who is lost.

use domain::overview::{Overview, WORKERS};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::super::theme::{STRONG, Theme};
use super::super::widget::UNKNOWN;
use crate::text::{clean, seconds, span};

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
    let alive = seen.workers.iter().filter(|worker| worker.alive);
    let (busy, slots) = alive.clone().fold((0, 0), |(busy, slots), worker| (busy + worker.busy, slots + worker.slots));
    let named = seen.workers.len();
    let more = if i64::try_from(named).is_ok_and(|named| named >= WORKERS) { "+" } else { "" };
    let (glyph, style) = if alive.clone().next().is_some() { ("●", theme.accent()) } else { ("✗", theme.bad()) };
    let mut words = vec![
        Span::styled(format!("{glyph} {} of {named}{more} alive", alive.count()), style),
        Span::raw(format!(" · {busy} of {slots} slots busy")),
    ];
    for lost in seen.workers.iter().filter(|worker| !worker.alive) {
        let silent = span(seconds(lost.silent_s));
        words.push(Span::styled(format!(" · ✗ {} lost for {silent}", clean(&lost.name)), theme.bad()));
    }
    words
}
