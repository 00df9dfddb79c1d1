//! Accounts: those with the fewest credits.

use domain::overview::{Account, MAX_ACCOUNTS, Overview};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::console::theme::{STRONG, Theme};
use crate::console::widget::{self, UNKNOWN};
use crate::output::format::{count, sanitize};

/// The mark of a suspended account.
const SUSPENDED: &str = "  ⊘ suspended";
/// The smallest width of the column of names.
const MIN_NAME_WIDTH: usize = 8;
/// The space between the columns.
const GAP: usize = 2;

/// Draws the pane.
pub(super) fn draw(overview: Option<&Overview>, theme: Theme, frame: &mut Frame, area: Rect) {
    let inside = widget::pane(frame, theme, area, "Accounts", "fewest credits first");
    let Some(overview) = overview else {
        return frame.render_widget(Line::from(UNKNOWN), inside);
    };
    if overview.accounts.is_empty() {
        let hint = "none: tintype account create NAME";
        return frame.render_widget(Line::styled(hint, theme.faint()), inside);
    }
    let columns = Columns::new(&overview.accounts, usize::from(inside.width));
    let mut lines: Vec<Line> = overview.accounts.iter().map(|account| row(account, &columns, theme)).collect();
    if i64::try_from(lines.len()).is_ok_and(|listed| listed >= MAX_ACCOUNTS) {
        lines.push(Line::styled("… there may be more", theme.faint()));
    }
    widget::list(frame, theme, inside, lines);
}

/// The widths of the columns.
struct Columns {
    name: usize,
    credits: usize,
}

impl Columns {
    fn new(accounts: &[Account], width: usize) -> Self {
        let credits = accounts.iter().map(|account| count(account.credits).len()).max().unwrap_or(0) + GAP;
        let mark = if accounts.iter().any(|account| account.suspended) { SUSPENDED.width() } else { 0 };
        let name = accounts.iter().map(|account| sanitize(&account.name).width()).max().unwrap_or(0);
        let max_name = width.saturating_sub(credits + mark).max(MIN_NAME_WIDTH);
        Self { name: name.clamp(MIN_NAME_WIDTH, max_name), credits }
    }
}

fn row(account: &Account, columns: &Columns, theme: Theme) -> Line<'static> {
    let mark = if account.suspended { SUSPENDED } else { "" };
    let style = if account.credits > 0 { STRONG } else { theme.error() };
    Line::from(vec![
        Span::raw(widget::fit(&account.name, columns.name)),
        Span::styled(format!("{:>1$}", count(account.credits), columns.credits), style),
        Span::styled(mark, theme.warning()),
    ])
}
