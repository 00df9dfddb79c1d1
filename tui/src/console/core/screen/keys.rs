//! The screen `keys`.

use std::time::Duration;

use domain::key::{KeyCondition, KeyCursor, KeyFilter, KeyPage, KeyState, KeySummary};

use super::account::step;
use super::layout::key_strip;
use super::state::{Context, ScreenState, Subject};
use crate::console::core::action::Action;
use crate::console::core::command::Command;
use crate::console::core::data::{Data, MoneyData};
use crate::console::core::draft::{Draft, KeyDraft};
use crate::console::core::input::{Code, Input};
use crate::console::core::input_line::InputLine;
use crate::console::core::key_filter;
use crate::console::core::list::{List, Row};
use crate::console::core::load::Load;
use crate::console::core::query::{MoneyQuery, Need, Panel, Query};
use crate::console::core::route::Route;
use crate::console::core::write::{KeyWrite, Write};

/// How often the newest keys are read.
const EVERY: Duration = Duration::from_secs(10);

/// The lines around the rows: the frame of the console, borders, the filter and the titles.
const AROUND: u16 = 4 + 2 + 2;

impl Row for KeySummary {
    type Id = String;

    fn id(&self) -> String {
        self.id.to_string()
    }
}

/// What the screen knows.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// Which keys are listed.
    pub(crate) filter: KeyFilter,
    /// The filter, while it is edited, and what is wrong with it.
    pub(crate) editing: Option<(InputLine, Option<String>)>,
    /// The state of the list.
    pub(crate) load: Load<()>,
    /// The keys.
    pub(crate) keys: List<KeySummary>,
    /// Where the list continues.
    pub(crate) next: Option<KeyCursor>,
}

impl State {
    /// Lists the keys that pass a filter.
    fn list(&mut self, filter: KeyFilter) {
        if self.filter != filter {
            let keys = std::mem::take(&mut self.keys);
            *self = Self { filter, keys, ..Self::default() };
            self.keys.clear();
        }
    }

    /// Puts the newest keys before those that are known.
    fn newest(&mut self, page: KeyPage) {
        let last = page.keys.last().map(|key| (key.created_at, key.id.to_string()));
        let is_older = |key: &&KeySummary| {
            page.next.is_some() && last.as_ref().is_some_and(|last| (key.created_at, key.id.to_string()) < *last)
        };
        let older: Vec<_> = self.keys.rows().iter().filter(is_older).cloned().collect();
        if older.is_empty() {
            self.next = page.next;
        }
        self.keys.replace(page.keys.into_iter().chain(older).collect());
    }

    fn write(&self, action: Action) -> Option<Command> {
        if action == Action::New {
            let selected = self.keys.selected().map(|key| key.account.clone());
            let account = self.filter.account.clone().or(selected).unwrap_or_default();
            return Some(Command::Draft(Draft::Key(KeyDraft::Create { account })));
        }
        let key = self.keys.selected()?;
        let id = key.id.to_string();
        let draft = match action {
            Action::Revoke => {
                let of = format!("{} of {}", key.name, key.account);
                return Some(Command::Confirm(Write::Key(KeyWrite::Revoke { id, of, reason: String::new() })));
            }
            Action::Rename => KeyDraft::Rename { id, name: key.name.clone() },
            _ => KeyDraft::Limit { id, scopes: key.scopes.clone(), rate: key.rate.zip(key.burst) },
        };
        Some(Command::Draft(Draft::Key(draft)))
    }

    fn enter(&mut self) {
        let Some((line, error)) = &mut self.editing else { return };
        match key_filter::parse(&line.text()) {
            Ok(filter) => {
                self.editing = None;
                self.list(filter);
            }
            Err(reason) => *error = Some(reason),
        }
    }
}

impl ScreenState for State {
    fn open(&mut self, _cx: &Context, route: &Route) {
        if let Route::Keys(Some(filter)) = route {
            self.list(key_filter::parse(filter).unwrap_or_default());
        }
    }

    fn needs(&self, _cx: &Context) -> Vec<Need> {
        let mut needs = vec![Need::by_hand(Query::Money(MoneyQuery::Keys(self.filter.clone())), Some(EVERY))];
        if let Some(next) = self.next.clone().filter(|_| self.keys.is_near_end()) {
            needs.push(Need::by_hand(Query::Money(MoneyQuery::OlderKeys(self.filter.clone(), next)), None));
        }
        needs
    }

    fn asked(&mut self, _panel: Panel, now: Duration) {
        self.load.asked(now);
    }

    fn arrived(&mut self, cx: &Context, data: Data) -> Vec<Command> {
        match data {
            Data::Money(MoneyData::Keys(page)) => self.newest(page),
            Data::Money(MoneyData::OlderKeys(page)) => {
                self.keys.append(page.keys);
                self.next = page.next;
            }
            _ => return Vec::new(),
        }
        self.load.arrived(cx.now, ());
        Vec::new()
    }

    fn failed(&mut self, _panel: Panel, reason: String) {
        self.load.failed(reason);
    }

    fn act(&mut self, _cx: &Context, action: Action) -> Option<Vec<Command>> {
        if let Some(step) = step(action) {
            self.keys.step(step);
            return Some(Vec::new());
        }
        match action {
            Action::Filter => {
                self.editing = Some((InputLine::new(&key_filter::print(&self.filter)), None));
                Some(Vec::new())
            }
            Action::Back if self.filter != KeyFilter::default() => {
                self.list(KeyFilter::default());
                Some(Vec::new())
            }
            Action::Open | Action::Jobs => {
                let key = self.keys.selected()?.id.to_string();
                Some(vec![Command::Go(Route::Jobs(Some(format!("key:{key}"))))])
            }
            Action::New | Action::Revoke | Action::Rename | Action::Limit => {
                if let Some(refusal) = self.refusal(action) {
                    return Some(vec![Command::Say(refusal)]);
                }
                Some(vec![self.write(action)?])
            }
            _ => None,
        }
    }

    fn is_editing(&self) -> bool {
        self.editing.is_some()
    }

    fn edit(&mut self, _cx: &Context, input: &Input) -> Vec<Command> {
        let Some((line, error)) = &mut self.editing else { return Vec::new() };
        match input {
            Input::Key(key) if key.code == Code::Escape => self.editing = None,
            Input::Key(key) if key.code == Code::Enter => self.enter(),
            Input::Key(key) => {
                *error = None;
                line.edit(*key);
            }
            Input::Paste(text) => line.insert(text),
            Input::Mouse(..) | Input::Focus(_) | Input::Resize(..) | Input::Closed => {}
        }
        Vec::new()
    }

    fn refusal(&self, action: Action) -> Option<String> {
        let key = self.keys.selected();
        match (action, key) {
            (Action::Revoke | Action::Rename | Action::Limit, None) => Some("no key is selected".to_owned()),
            (Action::Revoke, Some(key)) if key.condition == KeyCondition::Revoked => {
                Some("the key is revoked already".to_owned())
            }
            (Action::Limit, Some(key)) if key.state != KeyState::Active => {
                Some(format!("the key is {}: create a new one", key.state.name()))
            }
            _ => None,
        }
    }

    fn subject(&self) -> Subject {
        let key = self.keys.selected();
        let account = key.map(|key| key.account.clone());
        Subject { key: key.map(|key| key.id.to_string()), account, ..Subject::default() }
    }

    fn copies(&self, _cx: &Context) -> Vec<(char, &'static str, String)> {
        let Some(key) = self.keys.selected() else { return Vec::new() };
        vec![
            ('y', "prefix", format!("tt_{}", key.id)),
            ('i', "id", key.id.to_string()),
            ('n', "name", key.name.clone()),
            ('c', "command", format!("tintype keys --filter id:{}", key.id)),
        ]
    }

    fn resized(&mut self, cx: &Context) {
        self.keys.set_height(cx.size.1.saturating_sub(AROUND + key_strip(cx.size)).into());
    }

    fn title(&self) -> String {
        key_filter::print(&self.filter)
    }
}
