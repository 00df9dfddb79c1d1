//! The findings, the worst first.

use ratatui::layout::Rect;

use crate::console::core::action::Action;
use crate::console::core::attention::{Finding, Severity};
use crate::console::core::keys;
use crate::console::core::model::Model;
use crate::console::core::route::{Route, Screen};
use crate::console::core::screen::overview::Pane;
use crate::console::theme::Role;
use crate::console::widget::{Canvas, Cell, UNKNOWN, behind, pane_of, width};

/// The narrowest list that has room for times and for where its rows lead.
const WIDE: u16 = 100;

/// How many lines the pane needs, of as many as it may have.
pub(super) fn height(model: &Model, max: u16) -> u16 {
    let rows = u16::try_from(model.screens.overview.findings.len()).unwrap_or(max).max(1);
    (rows + 2).min(max.max(4))
}

/// Draws the pane.
pub(super) fn draw(model: &Model, canvas: &mut Canvas, area: Rect) {
    let state = &model.screens.overview;
    let (worst, number) = (state.findings.first(), state.findings.len());
    let title = match worst {
        Some(worst) => [Cell::new("ATTENTION", Role::Title), Cell::new(format!(" {number}"), role(worst.severity))],
        None => [Cell::new("ATTENTION", Role::Title), Cell::default()],
    };
    let subtitle = if worst.is_some() { Cell::label("worst first") } else { Cell::default() };
    let inside = pane_of(canvas, area, &title, &[subtitle], state.pane == Pane::Attention);
    if worst.is_none() {
        let (text, role) = match model.overview.data() {
            Some(_) => (format!("{} Nothing needs attention.", canvas.glyphs.good), Role::Good),
            None => (UNKNOWN.to_owned(), Role::Label),
        };
        canvas.text(inside, &text, role);
        return;
    }
    let cursor = state.position(Pane::Attention);
    let rows = usize::from(inside.height);
    let top = cursor.unwrap_or(0).saturating_sub(rows.saturating_sub(1));
    for ((at, finding), line) in state.findings.iter().enumerate().skip(top).zip(inside.rows()) {
        draw_row(canvas, line, at, finding);
        if cursor == Some(at) {
            canvas.restyle(line, Role::Selected);
        }
    }
    let hidden = number.saturating_sub(top + rows);
    if hidden > 0 {
        let edge =
            Rect { x: area.x + 2, y: area.bottom().saturating_sub(1), width: area.width.saturating_sub(4), height: 1 };
        canvas.text_right(edge, &format!(" {hidden} more "), Role::Warning);
    }
}

fn draw_row(canvas: &mut Canvas, line: Rect, at: usize, finding: &Finding) {
    let (sign, word) = match finding.severity {
        Severity::Critical => (canvas.glyphs.bad, "CRIT"),
        Severity::Warning => (canvas.glyphs.warning, "WARN"),
        Severity::Notice => (canvas.glyphs.dot, "note"),
    };
    let role = role(finding.severity);
    let mut cells = vec![Cell::new(format!("{} ", key(at)), Role::Key), Cell::new(format!("{sign} {word} "), role)];
    let is_wide = line.width >= WIDE;
    if is_wide {
        let since = finding.since.map_or_else(|| "     ".to_owned(), |since| since.format("%H:%M").to_string());
        cells.push(Cell::label(format!("{since} ")));
    }
    let text =
        Cell::new(finding.text.as_str(), if finding.severity == Severity::Critical { Role::Bad } else { Role::Text });
    cells.push(text);
    let taken = canvas.line(line, &cells);
    let rest = behind(line, taken + 2);
    let Some(route) = &finding.target else { return };
    let short = format!("{} {}", canvas.glyphs.arrow, route.screen().tab().name());
    let long = format!("{short} {}", about(route));
    // The whole way, or at least the screen.
    if let Some(target) = [long.trim_end(), &short].into_iter().find(|target| width(target) <= rest.width) {
        canvas.text_right(rest, target, Role::Accent);
    }
}

/// The key that leads to what the finding is about.
fn key(at: usize) -> String {
    let action = u8::try_from(at).ok().map(Action::Alert);
    let binding = keys::of_screen(Screen::Overview).iter().find(|binding| Some(binding.action) == action);
    binding.map_or_else(|| " ".to_owned(), keys::Binding::keys_text)
}

fn role(severity: Severity) -> Role {
    match severity {
        Severity::Critical => Role::Bad,
        Severity::Warning => Role::Warning,
        Severity::Notice => Role::Label,
    }
}

/// What the screen is about.
fn about(route: &Route) -> String {
    match route {
        Route::Jobs(about)
        | Route::Workers(about)
        | Route::Accounts(about)
        | Route::Keys(about)
        | Route::Events(about) => about.clone().unwrap_or_default(),
        Route::Account(name) => name.clone(),
        Route::Job(id) => id.to_string(),
        Route::Overview | Route::Expiries => String::new(),
    }
}
