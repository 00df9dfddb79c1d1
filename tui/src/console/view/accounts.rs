//! The screen `accounts`.

use domain::account::{AccountState, AccountSummary, SpenderOrder};
use ratatui::layout::{Constraint, Layout, Rect};

use super::account_pane::{self, empty_in};
use super::{Words, placeholder, progress};
use crate::console::core::model::Model;
use crate::console::core::screen::accounts::{Order, State};
use crate::console::core::screen::layout::{above_ledger, account_strip, is_wide};
use crate::console::theme::Role;
use crate::console::widget::{Canvas, Cell, Column, Table, Thumb, Width, pane_of, prompt};
use crate::output::format::count;

const COLUMNS: &[Column] = &[
    Column::left("ACCOUNT", Width::Fill(10), 0),
    Column::left("STATE", Width::Fixed(11), 2),
    Column::right("CREDITS", Width::Fixed(10), 0),
    Column::right("≈/MIN", Width::Fixed(7), 0),
    Column::right("EMPTY IN", Width::Fixed(8), 0),
    Column::right("REFUSED", Width::Fixed(7), 1),
];

/// Draws the screen.
pub(super) fn draw(model: &Model, canvas: &mut Canvas, area: Rect) {
    let state = &model.screens.accounts;
    if !is_wide(model.size) {
        let [list, bottom] =
            Layout::vertical([Constraint::Min(0), Constraint::Length(account_strip(model.size))]).areas(area);
        draw_list(model, state, canvas, list);
        account_pane::draw(model, &state.pane, canvas, bottom);
        return;
    }
    let [list, right] = Layout::horizontal([Constraint::Fill(6), Constraint::Fill(5)]).areas(area);
    let [top, ledger] =
        Layout::vertical([Constraint::Length(above_ledger(model.size)), Constraint::Min(0)]).areas(right);
    draw_list(model, state, canvas, list);
    account_pane::draw(model, &state.pane, canvas, top);
    account_pane::draw_ledger(model, &state.pane, canvas, ledger, false);
}

fn draw_list(model: &Model, state: &State, canvas: &mut Canvas, area: Rect) {
    let accounts = &state.accounts;
    let more = if state.has_more { "+" } else { "" };
    let known = state.load.data().map(|()| format!("ACCOUNTS {}{more}", accounts.rows().len()));
    let title = known.unwrap_or_else(|| "ACCOUNTS".to_owned());
    let inside = pane_of(canvas, area, &[Cell::new(title, Role::Title)], &[progress(&state.load, model.now)], false);
    let [line, rows] = Layout::vertical([Constraint::Length(1), Constraint::Min(0)]).areas(inside);
    match &state.editing {
        Some(text) => drop(prompt(canvas, line, "/ name begins with: ", &text.text(), text.cursor())),
        None => drop(canvas.line(line, &order(state))),
    }
    let words = Words { things: "accounts", filter: &state.prefix, nothing: nothing(state.order) };
    if placeholder(canvas, rows, &state.load, accounts.rows().len(), &words) {
        return;
    }
    let mut table = Table::new(COLUMNS, accounts.rows().len());
    (table.top, table.cursor) = (accounts.top(), Some(accounts.position()));
    table.thumb = Thumb::needed(accounts.top(), Table::height(rows), accounts.rows().len());
    table.draw(canvas, rows, |row| accounts.rows().get(row).map(cells).unwrap_or_default());
}

/// The rows of the list, and how to list others.
fn order(state: &State) -> Vec<Cell<'static>> {
    let text = match state.order {
        Order::Worst | Order::By(SpenderOrder::RunsDry) => "empty soonest, of those that spend most".to_owned(),
        Order::By(SpenderOrder::Spends) => "those that spend most".to_owned(),
        Order::By(SpenderOrder::Refused) => "refused most".to_owned(),
        Order::Name if state.prefix.is_empty() => "all, by name".to_owned(),
        Order::Name => format!("name begins with {}", state.prefix),
    };
    vec![Cell::text(text), Cell::label("   s other order  / by name")]
}

fn nothing(order: Order) -> &'static str {
    match order {
        Order::Name => "No accounts yet. N creates one, or: tintype account create NAME",
        Order::Worst | Order::By(_) => "No account moved credits in the last 5 minutes. s shows the next order.",
    }
}

fn cells(account: &AccountSummary) -> Vec<Cell<'_>> {
    let state = match account.state {
        AccountState::Active => Cell::text("active"),
        AccountState::Suspended => Cell::new("! suspended", Role::Warning),
    };
    #[expect(clippy::cast_possible_truncation, reason = "seconds, of which a billion are 30 years")]
    let seconds = account.empty_in_s.map(|seconds| seconds.clamp(0.0, 1e9) as i64);
    let refused = if account.refused > 0 { Role::Warning } else { Role::Label };
    vec![
        Cell::text(account.name.as_str()),
        state,
        Cell::number(count(account.credits)),
        Cell::text(format!("{:.1}", account.burn_per_minute)),
        empty_in(seconds),
        Cell::new(count(account.refused), refused),
    ]
}

#[cfg(test)]
mod tests;
