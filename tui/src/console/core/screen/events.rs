//! The screen `events`: what happened, in order.

mod fold;
mod levels;
mod model;
mod tail;

use std::time::Duration;

use domain::event::Event;

use super::state::{Context, ScreenState, Subject};
use crate::console::core::action::Action;
use crate::console::core::command::Command;
use crate::console::core::data::{Data, FleetData};
use crate::console::core::input::{Code, Input};
use crate::console::core::input_line::InputLine;
use crate::console::core::list::Step;
use crate::console::core::query::{FleetQuery, Need, Panel, Query};
use crate::console::core::route::Route;
use crate::console::core::step::step;

pub(crate) use fold::EventRow;
pub(crate) use levels::ALL as ALL_LEVELS;
pub(crate) use model::State;
pub(crate) use tail::Older;

/// How often events are read while they are followed, and else.
const FOLLOW_EVERY: Duration = Duration::from_secs(1);
const EVERY: Duration = Duration::from_secs(5);

impl ScreenState for State {
    fn open(&mut self, cx: &Context, route: &Route) {
        let Route::Events(Some(text)) = route else { return };
        if let Err(error) = self.set_filter(cx, text) {
            self.editing = Some((InputLine::new(text), Some(error)));
        }
    }

    fn needs(&self, _cx: &Context) -> Vec<Need> {
        let every = if self.is_following { FOLLOW_EVERY } else { EVERY };
        let mut needs = vec![Need::live(Query::Fleet(FleetQuery::Tail(self.effective(), self.tail.newest())), every)];
        needs.extend(self.older_need());
        let account = self.selected().and_then(|event| event.account);
        if let Some(account) = account.filter(|account| !self.accounts.contains_key(account)) {
            needs.push(Need::by_hand(Query::Fleet(FleetQuery::Account(account)), None));
        }
        needs
    }

    fn asked(&mut self, panel: Panel, now: Duration) {
        match panel {
            Panel::EventTail => self.load.asked(now),
            Panel::EventPage => self.older.asked(now),
            _ => {}
        }
    }

    fn arrived(&mut self, cx: &Context, data: Data) -> Vec<Command> {
        match data {
            Data::Fleet(FleetData::Tail(filter, page)) if filter == self.effective() => self.take_new(cx, page),
            Data::Fleet(FleetData::Page(filter, page)) if filter.kind == self.filter.kind => {
                self.take_older(cx, page);
            }
            Data::Fleet(FleetData::Account(account, name)) => {
                self.accounts.insert(account, name);
            }
            _ => {}
        }
        Vec::new()
    }

    fn failed(&mut self, panel: Panel, reason: String) {
        match panel {
            Panel::EventTail => self.load.failed(reason),
            Panel::EventPage => self.older.failed(reason),
            _ => {}
        }
    }

    fn act(&mut self, cx: &Context, action: Action) -> Option<Vec<Command>> {
        if let Some(step) = step(action) {
            self.step(step);
            return Some(Vec::new());
        }
        if let Some(level) = levels::level(action) {
            self.levels.toggle(level);
            self.restart();
            return Some(Vec::new());
        }
        match action {
            Action::Filter => self.start_editing(""),
            Action::Time => self.start_editing("until:"),
            Action::Follow => {
                self.is_following = !self.is_following;
                if self.is_following {
                    self.show();
                    self.list.step(Step::Home);
                }
            }
            Action::Right => self.unfold(true),
            Action::Left => self.unfold(false),
            Action::Save => return Some(self.save(cx)),
            Action::Back if self.clear() => {}
            Action::Open => match self.selected() {
                Some(Event { job: Some(job), .. }) => return Some(vec![Command::Go(Route::Job(*job))]),
                Some(Event { worker: Some(worker), .. }) => {
                    return Some(vec![Command::Go(Route::Workers(Some(worker.to_string())))]);
                }
                _ => return None,
            },
            _ => return None,
        }
        Some(Vec::new())
    }

    fn is_editing(&self) -> bool {
        self.editing.is_some()
    }

    fn edit(&mut self, cx: &Context, input: &Input) -> Vec<Command> {
        let Some((line, error)) = &mut self.editing else { return Vec::new() };
        match input {
            Input::Paste(text) => line.insert(text),
            Input::Key(key) if key.code == Code::Escape => self.editing = None,
            Input::Key(key) if key.code == Code::Enter => {
                let text = line.text();
                match self.set_filter(cx, &text) {
                    Ok(()) => self.editing = None,
                    Err(reason) => self.editing = Some((InputLine::new(&text), Some(reason))),
                }
            }
            Input::Key(key) => {
                line.edit(*key);
                *error = None;
            }
            _ => {}
        }
        Vec::new()
    }

    fn subject(&self) -> Subject {
        let Some(event) = self.selected() else { return Subject::default() };
        Subject {
            job: event.job,
            account: event.account.and_then(|account| self.account_name(account)).map(str::to_owned),
            worker: event.worker.map(|worker| worker.to_string()),
            ..Subject::default()
        }
    }

    fn copies(&self, _cx: &Context) -> Vec<(char, &'static str, String)> {
        let Some(event) = self.selected() else { return Vec::new() };
        let mut copies = vec![('y', "event as JSON", serde_json::to_string(event).unwrap_or_default())];
        copies.extend(event.job.map(|job| ('i', "job", job.to_string())));
        copies.extend(event.worker.map(|worker| ('w', "worker", worker.to_string())));
        copies.push(('m', "message", event.message.clone()));
        copies.push(('k', "filter by its kind", format!("kind:{}", event.kind)));
        copies
    }

    fn resized(&mut self, cx: &Context) {
        let (columns, lines) = cx.size;
        let strip = strip_lines((columns, lines));
        // The header, the tabs, the message, the keys, the border, the rate, the filter and the titles.
        self.list.set_height(usize::from(lines.saturating_sub(strip + 9)));
    }

    fn title(&self) -> String {
        self.text.clone()
    }
}

/// How many lines the detail of an event has.
pub(crate) fn strip_lines((columns, lines): (u16, u16)) -> u16 {
    match lines {
        ..24 => 3,
        24..30 => 6,
        _ if columns >= 100 => 8,
        _ => 7,
    }
}

#[cfg(test)]
mod tests;
