//! Accounts: who runs out of credits first.

use domain::overview::{ACCOUNTS, Account, Overview};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::super::theme::{STRONG, Theme};
use super::super::widget::{self, UNKNOWN};
use crate::text::{clean, count};

/// What is said of an account that may not submit.
const SUSPENDED: &str = "  ⊘ suspended";

/// Draws the pane.
pub(super) fn draw(seen: Option<&Overview>, theme: Theme, frame: &mut Frame, area: Rect) {
    let inside = widget::pane(frame, theme, area, "Accounts", "fewest credits first");
    let Some(seen) = seen else {
        return frame.render_widget(Line::from(UNKNOWN), inside);
    };
    if seen.accounts.is_empty() {
        let hint = "none yet: tintype account create NAME";
        return frame.render_widget(Line::styled(hint, theme.faint()), inside);
    }
    let columns = Columns::of(&seen.accounts, usize::from(inside.width));
    let mut lines: Vec<Line> = seen.accounts.iter().map(|account| row(account, &columns, theme)).collect();
    if i64::try_from(lines.len()).is_ok_and(|named| named >= ACCOUNTS) {
        lines.push(Line::styled("… perhaps more", theme.faint()));
    }
    widget::list(frame, theme, inside, lines);
}

/// The widths of what differs in width.
struct Columns {
    name: usize,
    credits: usize,
}

impl Columns {
    fn of(accounts: &[Account], room: usize) -> Self {
        let longest = |widths: &mut dyn Iterator<Item = usize>| widths.max().unwrap_or(0);
        let credits = longest(&mut accounts.iter().map(|account| count(account.credits).len())) + 2;
        let mark = if accounts.iter().any(|account| account.suspended) { Span::raw(SUSPENDED).width() } else { 0 };
        let name = longest(&mut accounts.iter().map(|account| Span::raw(clean(&account.name)).width()));
        Self { name: name.clamp(8, room.saturating_sub(credits + mark).max(8)), credits }
    }
}

fn row(account: &Account, columns: &Columns, theme: Theme) -> Line<'static> {
    let mark = if account.suspended { SUSPENDED } else { "" };
    let style = if account.credits > 0 { STRONG } else { theme.bad() };
    Line::from(vec![
        Span::raw(widget::fit(&account.name, columns.name)),
        Span::styled(format!("{:>1$}", count(account.credits), columns.credits), style),
        Span::styled(mark, theme.warning()),
    ])
}
