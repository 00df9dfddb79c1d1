//! The accounts that spend, who runs dry first.

use domain::overview::Account;
use ratatui::layout::Rect;

use super::load::{self, Frame};
use crate::console::core::model::Model;
use crate::console::core::screen::overview::Pane;
use crate::console::theme::Role;
use crate::console::widget::{Align, Canvas, Cell, Column, Table, Width};
use crate::output::format::{count, duration, seconds};

const COLUMNS: [Column; 5] = [
    Column { title: "ACCOUNT", width: Width::Fill(8), align: Align::Left, priority: 0 },
    Column { title: "CREDITS", width: Width::Fixed(8), align: Align::Right, priority: 0 },
    Column { title: "/min", width: Width::Fixed(6), align: Align::Right, priority: 1 },
    Column { title: "EMPTY IN", width: Width::Fixed(9), align: Align::Right, priority: 0 },
    Column { title: "REFUSED", width: Width::Fixed(7), align: Align::Right, priority: 2 },
];

/// Credits that last for less than this soon end.
const SOON_S: f64 = 600.0;

/// Draws the pane.
pub(super) fn draw(model: &Model, canvas: &mut Canvas, area: Rect) {
    let state = &model.screens.overview;
    let is_partial = state.burn.data().is_some_and(|burn| burn.is_partial);
    let subtitle = if is_partial { "some of many" } else { "5 min" };
    let frame = Frame { title: "SPENDING", subtitle: subtitle.to_owned(), has_focus: state.pane == Pane::Accounts };
    let Some((inside, burn)) = load::draw(model, canvas, area, frame, &state.burn) else { return };
    if burn.accounts.is_empty() {
        canvas.text(inside, "No account spent credits in 5 min.", Role::Label);
        return;
    }
    let cursor = state.position(Pane::Accounts);
    let top = cursor.unwrap_or(0).saturating_sub(Table::height(inside).saturating_sub(1));
    let table = Table { top, cursor, ..Table::new(&COLUMNS, burn.accounts.len()) };
    table.draw(canvas, inside, |at| burn.accounts.get(at).map(row).unwrap_or_default());
}

fn row(account: &Account) -> Vec<Cell<'static>> {
    let (state, role) = match account.empty_in_s {
        _ if account.suspended => ("suspended".to_owned(), Role::Warning),
        _ if account.credits <= 0 => ("empty".to_owned(), Role::Bad),
        Some(left) if left < SOON_S => (duration(seconds(left)), Role::Warning),
        Some(left) => (duration(seconds(left)), Role::Text),
        None => ("–".to_owned(), Role::Label),
    };
    #[expect(clippy::cast_possible_truncation, reason = "a rate for people")]
    let per_min = account.per_min.round() as i64;
    let refused = if account.refused > 0 { Role::Warning } else { Role::Label };
    vec![
        Cell::text(account.name.clone()),
        Cell::number(count(account.credits)),
        Cell::label(count(per_min)),
        Cell::new(state, role),
        Cell::new(count(account.refused), refused),
    ]
}
