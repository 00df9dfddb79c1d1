//! The ledger of an account.

use domain::account::{LedgerEntry, LedgerKind};
use ratatui::layout::Rect;

use crate::console::core::model::Model;
use crate::console::core::screen::account_pane::AccountPane;
use crate::console::theme::Role;
use crate::console::view::{Words, placeholder, progress};
use crate::console::widget::{Canvas, Cell, Column, Table, Thumb, Width, middle, pane_of};
use crate::output::format::count;

const LEDGER: &[Column] = &[
    Column::left("TIME", Width::Fixed(14), 2),
    Column::left("KIND", Width::Fixed(6), 0),
    Column::right("AMOUNT", Width::Fixed(9), 0),
    Column::right("BALANCE", Width::Fixed(12), 0),
    Column::left("JOB, OR WHO AND WHY", Width::Fill(12), 1),
];

/// Draws the ledger, in a border.
pub(in crate::console::view) fn draw_ledger(
    model: &Model,
    account: &AccountPane,
    canvas: &mut Canvas,
    area: Rect,
    has_cursor: bool,
) {
    let balanced = match account.adds_up() {
        Some(true) => Cell::new(format!("adds up to the balance {}", canvas.glyphs.good), Role::Good),
        Some(false) => Cell::new(format!("does NOT add up to the balance {}", canvas.glyphs.bad), Role::Bad),
        None => progress(&account.ledger, model.now),
    };
    let inside = pane_of(canvas, area, &[Cell::new("LEDGER newest first", Role::Title)], &[balanced], false);
    let entries = &account.entries;
    let words = Words { things: "movements", filter: "", nothing: "No credits have moved yet." };
    if account.account().is_none() || placeholder(canvas, inside, &account.ledger, entries.rows().len(), &words) {
        return;
    }
    let mut table = Table::new(LEDGER, entries.rows().len());
    if has_cursor {
        (table.top, table.cursor) = (entries.top(), Some(entries.position()));
        table.thumb = Thumb::needed(entries.top(), Table::height(inside), entries.rows().len());
    }
    table.draw(canvas, inside, |row| entries.rows().get(row).map(movement).unwrap_or_default());
}

fn movement(entry: &LedgerEntry) -> Vec<Cell<'_>> {
    let role = match entry.kind {
        LedgerKind::Debit => Role::Text,
        LedgerKind::Refund => Role::Warning,
        LedgerKind::Grant => Role::Good,
        LedgerKind::Adjust => Role::Accent,
    };
    let sign = if entry.amount > 0 { "+" } else { "" };
    let job = entry.job.map(|job| middle(&job.to_string(), 13).into_owned());
    let parts = [job, entry.error_code.clone(), entry.actor.clone(), entry.reason.clone()];
    let reference = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
    vec![
        Cell::label(entry.at.format("%m-%d %H:%M:%S").to_string()),
        Cell::new(entry.kind.name(), role),
        Cell::number(format!("{sign}{}", count(entry.amount))),
        Cell::text(count(entry.balance)),
        Cell::text(reference),
    ]
}
