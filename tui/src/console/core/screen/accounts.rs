//! The screen `accounts`.

use std::time::Duration;

use domain::account::{AccountPage, AccountSummary, SpenderOrder};

use super::account::{act_on, copies_of, step};
use super::account_pane::AccountPane;
use super::layout::{account_strip, is_wide};
use super::state::{Context, ScreenState, Subject};
use crate::console::core::action::Action;
use crate::console::core::command::Command;
use crate::console::core::data::{Data, MoneyData};
use crate::console::core::draft::{AccountDraft, Draft};
use crate::console::core::input::{Code, Input};
use crate::console::core::input_line::InputLine;
use crate::console::core::list::{List, Row};
use crate::console::core::load::Load;
use crate::console::core::query::{AccountOrder, MoneyPanel, MoneyQuery, Need, Panel, Place, Query};
use crate::console::core::route::Route;

/// How often the list is read.
const EVERY: Duration = Duration::from_secs(10);

/// Rows are read again from the first of this many before those on the screen.
const BLOCK: usize = 25;

/// The lines around the rows: the frame of the console, borders, the filter and the titles.
const AROUND: u16 = 4 + 2 + 2;

impl Row for AccountSummary {
    type Id = String;

    fn id(&self) -> String {
        self.name.clone()
    }
}

/// The rows of the list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Order {
    /// Those that run dry, or by name if there are none. It is the first thing that is shown.
    #[default]
    Worst,
    /// Those that spend or are refused.
    By(SpenderOrder),
    /// All, by name.
    Name,
}

/// What the screen knows.
#[derive(Debug)]
pub(crate) struct State {
    /// The rows of the list.
    pub(crate) order: Order,
    /// How the names begin, in lists by name.
    pub(crate) prefix: String,
    /// The filter, while it is edited.
    pub(crate) editing: Option<InputLine>,
    /// The state of the list.
    pub(crate) load: Load<()>,
    /// The accounts.
    pub(crate) accounts: List<AccountSummary>,
    /// Whether there are more than those that are loaded.
    pub(crate) has_more: bool,
    /// The account of the cursor.
    pub(crate) pane: AccountPane,
}

impl Default for State {
    fn default() -> Self {
        Self {
            order: Order::default(),
            prefix: String::new(),
            editing: None,
            load: Load::default(),
            accounts: List::default(),
            has_more: false,
            pane: AccountPane::new(Place::Pane),
        }
    }
}

impl State {
    fn query(&self) -> AccountOrder {
        match self.order {
            Order::Worst => AccountOrder::By(SpenderOrder::RunsDry),
            Order::By(order) => AccountOrder::By(order),
            Order::Name => {
                let after = self.block().checked_sub(1).and_then(|row| self.accounts.rows().get(row));
                AccountOrder::Name { prefix: self.prefix.clone(), after: after.map(|account| account.name.clone()) }
            }
        }
    }

    /// The first row that is read again.
    fn block(&self) -> usize {
        self.accounts.top() / BLOCK * BLOCK
    }

    fn list(&mut self, order: Order) {
        if self.order != order {
            self.order = order;
            self.accounts.clear();
            self.load.clear();
            self.has_more = false;
        }
    }

    fn take(&mut self, page: AccountPage) {
        if self.order == Order::Worst && page.accounts.is_empty() {
            return self.list(Order::Name);
        }
        if self.order != Order::Name {
            self.has_more = !page.is_complete;
            return self.accounts.replace(page.accounts);
        }
        let known = self.accounts.rows();
        let last = page.accounts.last().map(|account| account.name.clone());
        let rest = known
            .iter()
            .filter(|account| page.next.is_some() && last.as_ref().is_some_and(|last| account.name > *last));
        let mut rows: Vec<_> = known.iter().take(self.block()).cloned().collect();
        let rest: Vec<_> = rest.cloned().collect();
        self.has_more = if rest.is_empty() { page.next.is_some() } else { self.has_more };
        rows.extend(page.accounts);
        rows.extend(rest);
        self.accounts.replace(rows);
    }

    fn follow(&mut self) {
        let name = self.accounts.selected().map(|account| account.name.clone());
        self.pane.show(name.as_deref());
    }

    fn sort(&mut self) {
        self.prefix.clear();
        self.list(match self.order {
            Order::Worst | Order::By(SpenderOrder::RunsDry) => Order::By(SpenderOrder::Spends),
            Order::By(SpenderOrder::Spends) => Order::By(SpenderOrder::Refused),
            Order::By(SpenderOrder::Refused) => Order::Name,
            Order::Name => Order::By(SpenderOrder::RunsDry),
        });
        self.follow();
    }

    /// Lists the accounts whose names begin with this.
    fn filter(&mut self, prefix: &str) {
        let prefix = prefix.trim().trim_start_matches("name:").trim_matches('"');
        if self.prefix != prefix || self.order != Order::Name {
            prefix.clone_into(&mut self.prefix);
            self.accounts.clear();
            self.load.clear();
            self.order = Order::Name;
            self.follow();
        }
    }
}

impl ScreenState for State {
    fn open(&mut self, _cx: &Context, route: &Route) {
        match route {
            Route::Accounts(Some(filter)) if filter == "runs-dry" => self.list(Order::By(SpenderOrder::RunsDry)),
            Route::Accounts(Some(filter)) => self.filter(filter),
            _ => {}
        }
    }

    fn needs(&self, _cx: &Context) -> Vec<Need> {
        let mut needs = vec![Need::by_hand(Query::Money(MoneyQuery::Accounts(self.query())), Some(EVERY))];
        needs.extend(self.pane.needs());
        needs
    }

    fn asked(&mut self, panel: Panel, now: Duration) {
        match panel {
            Panel::Money(MoneyPanel::Accounts) => self.load.asked(now),
            Panel::Money(panel) => self.pane.asked(panel, now),
            _ => {}
        }
    }

    fn arrived(&mut self, cx: &Context, data: Data) -> Vec<Command> {
        match data {
            Data::Money(MoneyData::Accounts(page)) => {
                self.load.arrived(cx.now, ());
                self.take(page);
                self.follow();
            }
            Data::Money(data) => self.pane.arrived(cx, data),
            _ => {}
        }
        Vec::new()
    }

    fn failed(&mut self, panel: Panel, reason: String) {
        match panel {
            Panel::Money(MoneyPanel::Accounts) => self.load.failed(reason),
            Panel::Money(panel) => self.pane.failed(panel, reason),
            _ => {}
        }
    }

    fn act(&mut self, _cx: &Context, action: Action) -> Option<Vec<Command>> {
        if let Some(step) = step(action) {
            self.accounts.step(step);
            self.follow();
            return Some(Vec::new());
        }
        match action {
            Action::Open => {
                let name = self.accounts.selected()?.name.clone();
                Some(vec![Command::Go(Route::Account(name))])
            }
            Action::Sort => {
                self.sort();
                Some(Vec::new())
            }
            Action::Filter => {
                self.editing = Some(InputLine::new(&self.prefix));
                Some(Vec::new())
            }
            Action::Back if !self.prefix.is_empty() => {
                self.filter("");
                Some(Vec::new())
            }
            Action::New => Some(vec![Command::Draft(Draft::Account(AccountDraft::Create))]),
            action => act_on(&self.pane, action),
        }
    }

    fn is_editing(&self) -> bool {
        self.editing.is_some()
    }

    fn edit(&mut self, _cx: &Context, input: &Input) -> Vec<Command> {
        let Some(line) = &mut self.editing else { return Vec::new() };
        match input {
            Input::Key(key) if key.code == Code::Escape => self.editing = None,
            Input::Key(key) if key.code == Code::Enter => {
                let text = line.text();
                self.editing = None;
                self.filter(&text);
            }
            Input::Key(key) => {
                line.edit(*key);
            }
            Input::Paste(text) => line.insert(text),
            Input::Mouse(..) | Input::Focus(_) | Input::Resize(..) | Input::Closed => {}
        }
        Vec::new()
    }

    fn subject(&self) -> Subject {
        Subject { account: self.pane.name.clone(), ..Subject::default() }
    }

    fn copies(&self, _cx: &Context) -> Vec<(char, &'static str, String)> {
        copies_of(&self.pane)
    }

    fn resized(&mut self, cx: &Context) {
        let strip = if is_wide(cx.size) { 0 } else { account_strip(cx.size) };
        self.accounts.set_height(cx.size.1.saturating_sub(AROUND + strip).into());
    }

    fn title(&self) -> String {
        self.prefix.clone()
    }
}
