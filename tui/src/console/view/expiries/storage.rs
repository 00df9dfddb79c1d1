//! Whether expired results are deleted, and what is stored.

use chrono::{DateTime, Utc};
use ratatui::layout::Rect;

use crate::console::core::model::Model;
use crate::console::theme::Role;
use crate::console::view::progress;
use crate::console::widget::{Canvas, Cell, UNKNOWN, pane_of};
use crate::fleet_text;
use crate::output::format::{bytes, duration};

/// Draws the pane.
pub(super) fn draw(model: &Model, canvas: &mut Canvas, area: Rect) {
    let load = &model.screens.expiries.storage;
    let title = [Cell::new("SWEEP & STORAGE", Role::Title)];
    let inside = pane_of(canvas, area, &title, &[progress(load, model.now)], false);
    let storage = load.data();
    let mut lines = vec![
        [vec![label("last sweep")], vec![sweep(model)]].concat(),
        [vec![label("overdue")], vec![overdue(model)]].concat(),
    ];
    let value = |text: Option<String>| Cell::number(text.unwrap_or_else(|| UNKNOWN.to_owned()));
    let kept = storage.map(|storage| duration(storage.retention));
    lines.push(vec![label("kept"), value(kept), Cell::label("  after completion")]);
    let files = storage.map(|storage| bytes(storage.result_bytes));
    let buckets = storage.map(|storage| format!("  in {} of 32 buckets", storage.buckets)).unwrap_or_default();
    lines.push(vec![label("results"), value(files), Cell::label(buckets)]);
    lines.push(vec![label("html"), value(storage.map(|storage| bytes(storage.source_bytes)))]);
    let emptied = storage.and_then(|storage| storage.swept.first().copied());
    let emptied = storage.map(|_| emptied.map_or_else(|| "not lately".to_owned(), |at| ago(model, at)));
    lines.push(vec![label("emptied"), value(emptied), Cell::label("  a bucket")]);
    canvas.lines(inside, &lines);
    if let (None, Some(reason)) = (storage, load.failure()) {
        canvas.text(Rect { y: inside.bottom().saturating_sub(1), height: 1, ..inside }, reason, Role::Warning);
    }
}

/// The same in one line.
pub(super) fn status(model: &Model) -> Vec<Cell<'static>> {
    let storage = model.screens.expiries.storage.data();
    let stored = storage.map_or_else(|| UNKNOWN.to_owned(), |storage| bytes(storage.result_bytes));
    vec![
        Cell::label(" sweep "),
        sweep(model),
        Cell::label("  overdue "),
        overdue(model),
        Cell::label("  stored "),
        Cell::number(stored),
    ]
}

fn label(text: &str) -> Cell<'static> {
    Cell::label(format!("{text:<12}"))
}

/// When a worker last looked for what has expired.
fn sweep(model: &Model) -> Cell<'static> {
    match model.screens.overview.fleet.data().map(|fleet| fleet.sweep.last_at) {
        None => Cell::label(UNKNOWN),
        Some(None) => Cell::new("not known", Role::Label),
        Some(Some(at)) => Cell::new(ago(model, at), Role::Good),
    }
}

fn overdue(model: &Model) -> Cell<'static> {
    match model.screens.overview.fleet.data().map(|fleet| fleet.sweep.overdue_since) {
        None => Cell::label(UNKNOWN),
        Some(None) => Cell::new("none", Role::Good),
        Some(Some(since)) => Cell::new(format!("for {}", age(model, since)), Role::Bad),
    }
}

fn ago(model: &Model, at: DateTime<Utc>) -> String {
    format!("{} ago", age(model, at))
}

fn age(model: &Model, at: DateTime<Utc>) -> String {
    model.clock().map_or_else(|| UNKNOWN.to_owned(), |now| fleet_text::age(now, at))
}
