//! One account: its credits and how fast it spends them, and its ledger.

mod ledger;

use domain::account::{AccountDetails, Hour, MAX_KEYS};
use ratatui::layout::Rect;

use super::{Words, placeholder, progress};
use crate::console::core::model::Model;
use crate::console::core::screen::account_pane::AccountPane;
use crate::console::theme::Role;
use crate::console::widget::{Canvas, Cell, UNKNOWN, behind, pane_of, sparkline};
use crate::output::format::{approximate, count, duration, quantity};

pub(super) use ledger::draw_ledger;

/// An account that lasts for less than this, in seconds, is the worst.
const SOON_S: i64 = 600;

/// Draws the account in five lines, in a border.
pub(super) fn draw(model: &Model, account: &AccountPane, canvas: &mut Canvas, area: Rect) {
    let name = account.name.clone().unwrap_or_default();
    let state = account.account().map(state).unwrap_or_default();
    let title = [Cell::new(name, Role::Title), Cell::text(if state.text.is_empty() { "" } else { " " }), state];
    let inside = pane_of(canvas, area, &title, &[progress(&account.details, model.now)], false);
    let len = usize::from(account.account().is_some());
    let nothing = if account.name.is_some() { "There is no account of this name." } else { "" };
    let words = Words { things: "the account", filter: "", nothing };
    if account.name.is_none() || placeholder(canvas, inside, &account.details, len, &words) {
        return;
    }
    let Some(details) = account.account() else { return };
    let mut rows = inside.rows();
    let lines = [credits(details, inside.width), limits(details), checks(account, canvas)];
    for (line, row) in lines.iter().filter(|line| !line.is_empty()).zip(&mut rows) {
        canvas.line(row, line);
    }
    if let Some(row) = rows.next() {
        draw_hours(account, canvas, row);
    }
    if let (Some(row), Some(hours)) = (rows.next(), account.hours.data()) {
        canvas.line(row, &sums(hours));
    }
}

/// Whether the account may submit: a letter, a sign and a colour.
pub(super) fn state(account: &AccountDetails) -> Cell<'static> {
    match account.suspended_at {
        Some(_) => Cell::new("! suspended", Role::Warning),
        None => Cell::new("active", Role::Good),
    }
}

/// How long credits last: the sooner they end, the worse it looks.
pub(super) fn empty_in(seconds: Option<i64>) -> Cell<'static> {
    let text = |seconds: i64| duration(std::time::Duration::from_secs(seconds.max(0).unsigned_abs()));
    match seconds {
        None => Cell::label("–"),
        Some(0) => Cell::new("✗ empty", Role::Bad),
        Some(seconds) if seconds < SOON_S => Cell::new(format!("✗ {}", text(seconds)), Role::Bad),
        Some(seconds) if seconds < 6 * SOON_S => Cell::new(format!("! {}", text(seconds)), Role::Warning),
        Some(seconds) => Cell::text(text(seconds)),
    }
}

fn credits(account: &AccountDetails, width: u16) -> Vec<Cell<'static>> {
    let left = account.empty_at.map(|at| (at - account.at).num_seconds());
    let left = if account.credits == 0 && account.refused > 0 { Some(0) } else { left };
    let at = account.empty_at.filter(|_| width >= 60 && left.is_some_and(|left| left < 86_400));
    let at = at.map(|at| format!(" ≈{}", at.format("%H:%M:%S"))).unwrap_or_default();
    vec![
        Cell::label("credits "),
        Cell::number(count(account.credits)),
        Cell::label("   burn "),
        Cell::number(format!("≈{:.1}/min", account.burn_per_minute)),
        Cell::label("   empty in "),
        empty_in(left),
        Cell::label(at),
    ]
}

fn limits(account: &AccountDetails) -> Vec<Cell<'static>> {
    let more = if account.active_keys >= MAX_KEYS { "+" } else { "" };
    let rate = match (account.rate, account.burst) {
        (Some(rate), Some(burst)) => format!("{}/min, burst {}", count(rate.into()), count(burst.into())),
        _ => "unlimited".to_owned(),
    };
    let keys = quantity(account.active_keys, "key").replacen(' ', &format!("{more} "), 1);
    let refused = if account.refused > 0 { Role::Warning } else { Role::Text };
    vec![
        Cell::label("refused 5 min "),
        Cell::new(count(account.refused), refused),
        Cell::text(format!("  {keys}")),
        Cell::label("  rate "),
        Cell::text(rate),
        Cell::label("  weight "),
        Cell::text(account.weight.to_string()),
        Cell::label("  plan "),
        Cell::text(account.plan.clone()),
    ]
}

/// The checks, and how much they cover: `tintype audit` checks everything.
fn checks(account: &AccountPane, canvas: &Canvas) -> Vec<Cell<'static>> {
    let (good, bad) = (canvas.glyphs.good, canvas.glyphs.bad);
    match account.refunds.data() {
        Some(check) if check.unrefunded.is_empty() => vec![Cell::new(
            format!("{good} the newest {} are refunded", quantity(check.checked, "failed job")),
            Role::Good,
        )],
        Some(check) => {
            let jobs: Vec<_> = check.unrefunded.iter().map(ToString::to_string).collect();
            vec![Cell::new(format!("{bad} failed without a refund: {}", jobs.join(" ")), Role::Bad)]
        }
        None => Vec::new(),
    }
}

fn draw_hours(account: &AccountPane, canvas: &mut Canvas, row: Rect) {
    let label = canvas.text(row, "debits/h, 24 h ", Role::Label);
    match account.hours.data() {
        None => {
            canvas.text(behind(row, label), UNKNOWN, Role::Label);
        }
        Some(hours) => {
            let counts: Vec<Option<i64>> = hours.iter().map(|hour| Some(hour.debits)).collect();
            let max = hours.iter().map(|hour| hour.debits).max().unwrap_or(0);
            let width = u16::try_from(counts.len()).unwrap_or(0);
            let chart = Rect { width: width.min(row.width.saturating_sub(label)), ..behind(row, label) };
            sparkline(canvas, chart, &counts, max, Role::Accent);
            let text = format!("  max {}", approximate(max));
            canvas.text(behind(row, label + chart.width), &text, Role::Label);
        }
    }
}

fn sums(hours: &[Hour]) -> Vec<Cell<'static>> {
    let sum = |value: fn(&Hour) -> i64| approximate(hours.iter().map(value).sum());
    vec![
        Cell::label("24 h: debits "),
        Cell::text(sum(|hour| hour.debits)),
        Cell::label("  refunds "),
        Cell::text(sum(|hour| hour.refunds)),
        Cell::label("  refused "),
        Cell::text(sum(|hour| hour.refused)),
    ]
}
