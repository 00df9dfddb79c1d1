//! The screen `account`.

use domain::account::LedgerEntry;

use super::account_pane::AccountPane;
use super::layout::above_ledger;
use super::state::{Context, ScreenState, Subject};
use crate::console::core::action::Action;
use crate::console::core::command::Command;
use crate::console::core::data::Data;
use crate::console::core::list::Step;
use crate::console::core::query::{Need, Panel, Place};
use crate::console::core::route::Route;

/// The lines around the ledger and the account above it: the frame of the console, borders and titles.
const AROUND: u16 = 4 + 3;

/// What the screen knows.
#[derive(Debug)]
pub(crate) struct State {
    /// The account.
    pub(crate) pane: AccountPane,
}

impl Default for State {
    fn default() -> Self {
        Self { pane: AccountPane::new(Place::Screen) }
    }
}

impl ScreenState for State {
    fn open(&mut self, _cx: &Context, route: &Route) {
        if let Route::Account(name) = route {
            self.pane.show(Some(name));
        }
    }

    fn needs(&self, _cx: &Context) -> Vec<Need> {
        self.pane.needs()
    }

    fn asked(&mut self, panel: Panel, now: std::time::Duration) {
        if let Panel::Money(panel) = panel {
            self.pane.asked(panel, now);
        }
    }

    fn arrived(&mut self, cx: &Context, data: Data) -> Vec<Command> {
        if let Data::Money(data) = data {
            self.pane.arrived(cx, data);
        }
        Vec::new()
    }

    fn failed(&mut self, panel: Panel, reason: String) {
        if let Panel::Money(panel) = panel {
            self.pane.failed(panel, reason);
        }
    }

    fn act(&mut self, _cx: &Context, action: Action) -> Option<Vec<Command>> {
        if let Some(step) = step(action) {
            self.pane.entries.step(step);
            return Some(Vec::new());
        }
        act_on(&self.pane, action)
    }

    fn subject(&self) -> Subject {
        let job = self.pane.entries.selected().and_then(|entry| entry.job);
        Subject { job, account: self.pane.name.clone(), ..Subject::default() }
    }

    fn copies(&self, _cx: &Context) -> Vec<(char, &'static str, String)> {
        let mut copies = copies_of(&self.pane);
        copies.extend(self.pane.entries.selected().map(|entry| ('m', "movement", movement(entry))));
        let job = self.pane.entries.selected().and_then(|entry| entry.job);
        copies.extend(job.map(|job| ('j', "job", job.to_string())));
        copies
    }

    fn resized(&mut self, cx: &Context) {
        self.pane.entries.set_height(cx.size.1.saturating_sub(AROUND + above_ledger(cx.size)).into());
    }

    fn title(&self) -> String {
        self.pane.name.clone().unwrap_or_default()
    }
}

/// How an action moves the cursor.
pub(super) fn step(action: Action) -> Option<Step> {
    Some(match action {
        Action::Up => Step::Up,
        Action::Down => Step::Down,
        Action::PageUp => Step::PageUp,
        Action::PageDown => Step::PageDown,
        Action::Home => Step::Home,
        Action::End => Step::End,
        _ => return None,
    })
}

/// What an action does to the account that is shown.
pub(super) fn act_on(pane: &AccountPane, action: Action) -> Option<Vec<Command>> {
    let filter = || pane.name.as_deref().map(|name| format!("account:{}", quoted(name)));
    let command = match action {
        Action::Adjust => pane.adjust().map(Command::Draft),
        Action::Limit => pane.limit().map(Command::Draft),
        Action::Hold => pane.hold().map(Command::Confirm),
        Action::Jobs => filter().map(|filter| Command::Go(Route::Jobs(Some(filter)))),
        Action::Key => filter().map(|filter| Command::Go(Route::Keys(Some(filter)))),
        _ => return None,
    };
    let nothing = || Command::Say("Nothing is known of the account yet.".to_owned());
    Some(vec![command.unwrap_or_else(nothing)])
}

/// What can be copied of an account.
pub(super) fn copies_of(pane: &AccountPane) -> Vec<(char, &'static str, String)> {
    let Some(name) = &pane.name else { return Vec::new() };
    let mut copies = vec![('y', "name", name.clone())];
    copies.extend(pane.account().map(|account| ('i', "id", account.id.to_string())));
    let quoted = crate::console::core::write::quoted(name);
    copies.push(('c', "command", format!("tintype account show {quoted}")));
    copies.push(('l', "ledger command", format!("tintype ledger {quoted}")));
    copies
}

fn movement(entry: &LedgerEntry) -> String {
    let parts = [
        Some(entry.at.to_rfc3339()),
        Some(entry.kind.name().to_owned()),
        Some(entry.amount.to_string()),
        Some(entry.balance.to_string()),
        entry.job.map(|job| job.to_string()),
        entry.reason.clone(),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// A name as filters take it.
fn quoted(name: &str) -> String {
    if name.contains(char::is_whitespace) { format!("\"{name}\"") } else { name.to_owned() }
}
