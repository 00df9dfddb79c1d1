//! What the screen `events` knows.

use std::collections::{BTreeSet, HashMap};

use chrono::DateTime;
use domain::event::{Event, EventFilter, EventId, EventPage};
use domain::id::AccountId;

use super::fold::{EventRow, fold, members};
use super::levels::Levels;
use super::tail::{Older, Tail};
use crate::console::core::command::Command;
use crate::console::core::event_filter::parse;
use crate::console::core::input_line::InputLine;
use crate::console::core::list::{List, Step};
use crate::console::core::load::Load;
use crate::console::core::query::{FleetQuery, Need, Query};
use crate::console::core::screen::state::Context;

/// What the screen knows.
#[derive(Debug)]
pub(crate) struct State {
    /// The events that pass the filter.
    pub(crate) tail: Tail,
    /// Whether they could be read.
    pub(crate) load: Load<()>,
    /// Whether older ones could be read.
    pub(crate) older: Load<()>,
    /// The rows, with the cursor.
    pub(crate) list: List<EventRow>,
    /// Whether the newest events are kept on the screen.
    pub(crate) is_following: bool,
    /// How many events arrived that are not on the screen.
    pub(crate) unseen: usize,
    /// The levels that are shown.
    pub(crate) levels: Levels,
    /// The filter, as it was typed.
    pub(crate) text: String,
    /// The filter that is being typed, and why it cannot be used.
    pub(crate) editing: Option<(InputLine, Option<String>)>,
    /// The names of accounts; `None`: there is no such account.
    pub(crate) accounts: HashMap<AccountId, Option<String>>,
    pub(super) filter: EventFilter,
    unfolded: BTreeSet<EventId>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            tail: Tail::default(),
            load: Load::default(),
            older: Load::default(),
            list: List::default(),
            is_following: true,
            unseen: 0,
            levels: Levels::default(),
            text: String::new(),
            editing: None,
            accounts: HashMap::new(),
            filter: EventFilter::default(),
            unfolded: BTreeSet::new(),
        }
    }
}

impl State {
    /// The event that the cursor is on.
    pub(crate) fn selected(&self) -> Option<&Event> {
        self.list.selected().map(|row| &row.event)
    }

    /// The name of an account, as far as it is known.
    pub(crate) fn account_name(&self, account: AccountId) -> Option<&str> {
        self.accounts.get(&account).and_then(Option::as_deref)
    }

    /// The filter that events are read by.
    pub(super) fn effective(&self) -> EventFilter {
        EventFilter { levels: self.levels.of(&self.filter.levels), ..self.filter.clone() }
    }

    /// Another filter is another list.
    pub(super) fn restart(&mut self) {
        self.tail = Tail::default();
        self.load.clear();
        self.older.clear();
        self.list.clear();
        self.unfolded.clear();
        self.unseen = 0;
    }

    pub(super) fn set_filter(&mut self, cx: &Context, text: &str) -> Result<(), String> {
        self.filter = parse(text, cx.clock.unwrap_or(DateTime::UNIX_EPOCH))?;
        text.trim().clone_into(&mut self.text);
        // What happened until some time has no newest end to follow.
        self.is_following = self.filter.until.is_none();
        self.restart();
        Ok(())
    }

    /// Shows what is known.
    pub(super) fn show(&mut self) {
        let was_at_top = self.list.position() == 0;
        self.list.replace(fold(self.tail.events(), &self.unfolded));
        if was_at_top && self.is_following {
            self.list.step(Step::Home);
        }
        self.unseen = 0;
    }

    pub(super) fn take_new(&mut self, cx: &Context, page: EventPage) {
        let new = self.tail.add_new(page);
        let is_first = self.load.data().is_none();
        self.load.arrived(cx.now, ());
        if self.is_following || is_first {
            self.show();
        } else {
            self.unseen += new;
        }
    }

    /// Shows a page of older events. Those that arrived and are not on the screen are not part of it.
    pub(super) fn take_older(&mut self, cx: &Context, page: EventPage) {
        self.older.arrived(cx.now, ());
        self.tail.add_older(page);
        self.list.replace(fold(self.tail.events(), &self.unfolded));
    }

    pub(super) fn step(&mut self, step: Step) {
        if step == Step::Home && self.unseen > 0 {
            self.show();
        }
        self.list.step(step);
    }

    /// The question for older events, once the cursor is near the oldest one.
    pub(super) fn older_need(&self) -> Option<Need> {
        let query = match self.tail.older() {
            _ if !self.list.is_near_end() || self.load.data().is_none() => return None,
            Older::Unknown | Older::End => return None,
            Older::From(cursor) => FleetQuery::Page(self.effective(), Some(cursor)),
            Older::Until(at) => FleetQuery::Page(EventFilter { until: Some(at), ..self.effective() }, None),
        };
        Some(Need::by_hand(Query::Fleet(query), None))
    }

    pub(super) fn unfold(&mut self, is_unfolded: bool) {
        let Some(row) = self.list.selected().cloned() else { return };
        if is_unfolded && row.count > 1 {
            self.unfolded.extend(members(self.tail.events(), &row));
        } else if !is_unfolded {
            self.unfolded.clear();
        }
        self.list.replace(fold(self.tail.events(), &self.unfolded));
    }

    /// The events on the list as lines of JSON.
    pub(super) fn save(&self, cx: &Context) -> Vec<Command> {
        let lines: Vec<String> = self.tail.events().filter_map(|event| serde_json::to_string(event).ok()).collect();
        if lines.is_empty() {
            return vec![Command::Say("There are no events to save.".to_owned())];
        }
        let at = cx.clock.unwrap_or(DateTime::UNIX_EPOCH).format("%Y%m%d-%H%M%S");
        vec![Command::SaveText(format!("tintype-events-{at}.jsonl"), lines.join("\n") + "\n")]
    }

    pub(super) fn start_editing(&mut self, suffix: &str) {
        let blank = if self.text.is_empty() || suffix.is_empty() { "" } else { " " };
        self.editing = Some((InputLine::new(&format!("{}{blank}{suffix}", self.text)), None));
    }

    /// Removes the filter, if there is one.
    pub(super) fn clear(&mut self) -> bool {
        let is_set = !self.text.is_empty() || self.levels != Levels::default();
        if is_set {
            (self.text, self.filter, self.levels) = Default::default();
            self.is_following = true;
            self.restart();
        }
        is_set
    }
}
