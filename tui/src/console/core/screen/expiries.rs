//! The screen `expiries`: what disappears when, and whether it is deleted.

use std::time::Duration;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use domain::id::JobId;
use domain::overview::Expiry;
use domain::result::{Expiring, ExpiringAccounts, Storage};

use super::state::{Context, ScreenState, Subject};
use crate::console::core::action::Action;
use crate::console::core::command::Command;
use crate::console::core::data::{Data, ExpiryData};
use crate::console::core::draft::{Draft, ExpiryDraft};
use crate::console::core::list::{List, Row};
use crate::console::core::load::Load;
use crate::console::core::preview::Wanted;
use crate::console::core::query::{ExpiryQuery, Need, Panel, Query};
use crate::console::core::route::Route;
use crate::console::core::step::step;
use crate::console::core::write::{ExpiryVerb, ExpiryWrite, Write};

/// How often the parts are read.
const HOURS_EVERY: Duration = Duration::from_secs(30);
const FIRST_EVERY: Duration = Duration::from_secs(10);

/// The results of a page.
pub(crate) const PAGE: usize = 50;

/// The most results that are marked.
const MAX_MARKED: usize = 1_000;

/// How much a terminal shows of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Arrangement {
    /// A list below two lines.
    Small,
    /// A list, or the accounts, below the chart.
    Medium,
    /// Everything.
    Large,
    /// Everything, with a preview.
    Wide,
}

impl Arrangement {
    /// The arrangement in a terminal of this size.
    pub(crate) fn of((columns, lines): (u16, u16)) -> Self {
        match (columns, lines) {
            (160.., 40..) => Self::Wide,
            (120.., 30..) => Self::Large,
            (80.., 24..) => Self::Medium,
            _ => Self::Small,
        }
    }

    /// The lines of the screen that are not rows of the list: header and footer, and what is above.
    fn other_lines(self) -> u16 {
        match self {
            Self::Small => 9,
            Self::Medium => 15,
            Self::Large | Self::Wide => 18,
        }
    }
}

impl Row for Expiring {
    type Id = JobId;

    fn id(&self) -> JobId {
        self.job
    }
}

/// What the screen knows.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// How many results expire in each hour.
    pub(crate) hours: Load<Vec<Expiry>>,
    /// The results that expire next, or from an hour on.
    pub(crate) list: List<Expiring>,
    /// How reading them goes.
    pub(crate) first: Load<()>,
    /// Whose they are.
    pub(crate) accounts: Load<ExpiringAccounts>,
    /// What they occupy.
    pub(crate) storage: Load<Storage>,
    /// The hour of the cursor; `None`: from now on.
    pub(crate) hour: Option<DateTime<Utc>>,
    /// Whether the accounts are shown where there is no room for both.
    pub(crate) shows_accounts: bool,
    /// The results of the last page, if it was full.
    is_more: bool,
}

impl State {
    /// The hour that is looked at.
    pub(crate) fn current(&self, cx: &Context) -> Option<DateTime<Utc>> {
        self.hour.or_else(|| this_hour(cx))
    }

    /// Moves the cursor by hours, from the present one to the last in which results expire.
    fn turn(&mut self, cx: &Context, hours: i64) {
        let (Some(now), Some(current)) = (this_hour(cx), self.current(cx)) else { return };
        let last = self.hours.data().and_then(|hours| hours.last()).map_or(now, |expiry| expiry.hour.max(now));
        let next = (current + TimeDelta::hours(hours)).clamp(now, last);
        self.go_to((next > now).then_some(next));
    }

    fn go_to(&mut self, hour: Option<DateTime<Utc>>) {
        if hour != self.hour {
            self.hour = hour;
            self.list.clear();
            self.first.clear();
            self.accounts.clear();
            self.is_more = false;
        }
    }

    /// The marked results, or else that of the cursor.
    fn chosen(&self) -> Vec<JobId> {
        if self.list.marks().is_empty() {
            return self.list.selected().map(|row| row.job).into_iter().collect();
        }
        self.list.marks().iter().copied().collect()
    }

    fn change(&self, command: impl FnOnce(Vec<JobId>) -> Command) -> Vec<Command> {
        match self.chosen() {
            jobs if jobs.is_empty() => vec![Command::Say("There is no result to change.".to_owned())],
            jobs if jobs.len() > MAX_MARKED => vec![Command::Say(format!("At most {MAX_MARKED} results at once."))],
            jobs => vec![command(jobs)],
        }
    }

    fn of_row(&self, command: impl FnOnce(JobId) -> Command) -> Vec<Command> {
        self.list.selected().map(|row| command(row.job)).into_iter().collect()
    }

    fn back(&mut self) -> Option<Vec<Command>> {
        if !self.list.marks().is_empty() {
            self.list.unmark();
        } else if self.hour.is_some() {
            self.go_to(None);
        } else {
            return None;
        }
        Some(Vec::new())
    }
}

/// The present hour.
fn this_hour(cx: &Context) -> Option<DateTime<Utc>> {
    cx.clock?.duration_trunc(TimeDelta::hours(1)).ok()
}

impl ScreenState for State {
    fn needs(&self, cx: &Context) -> Vec<Need> {
        let mut needs = vec![
            Need::live(Query::Expiry(ExpiryQuery::Hours), HOURS_EVERY),
            Need::live(Query::Expiry(ExpiryQuery::Storage), HOURS_EVERY),
            // The sweep, which the overview shows, too.
            Need::live(Query::FleetSummary, HOURS_EVERY),
        ];
        // Pages behind the first stay as they are until they are read again by hand.
        let every = (self.list.rows().len() <= PAGE).then_some(FIRST_EVERY);
        needs.push(Need::by_hand(Query::Expiry(ExpiryQuery::First(self.hour)), every));
        if let Some(last) = self.list.rows().last().filter(|_| self.is_more && self.list.is_near_end()) {
            needs.push(Need::by_hand(Query::Expiry(ExpiryQuery::More(last.cursor())), None));
        }
        if let Some(hour) = self.current(cx) {
            needs.push(Need::by_hand(Query::Expiry(ExpiryQuery::Accounts(hour)), Some(HOURS_EVERY)));
        }
        needs
    }

    fn asked(&mut self, panel: Panel, now: Duration) {
        match panel {
            Panel::ExpiryTimeline => self.hours.asked(now),
            Panel::ExpiryFirst => self.first.asked(now),
            Panel::ExpiryAccounts => self.accounts.asked(now),
            Panel::ExpiryStorage => self.storage.asked(now),
            _ => {}
        }
    }

    fn arrived(&mut self, cx: &Context, data: Data) -> Vec<Command> {
        let Data::Expiry(data) = data else { return Vec::new() };
        match data {
            ExpiryData::Hours(hours) => self.hours.arrived(cx.now, hours),
            ExpiryData::First(rows) => {
                self.is_more = rows.len() >= PAGE;
                self.list.replace(rows);
                self.first.arrived(cx.now, ());
            }
            ExpiryData::More(rows) => {
                self.is_more = rows.len() >= PAGE;
                self.list.append(rows);
            }
            ExpiryData::Accounts(accounts) => self.accounts.arrived(cx.now, accounts),
            ExpiryData::Storage(storage) => self.storage.arrived(cx.now, storage),
        }
        Vec::new()
    }

    fn failed(&mut self, panel: Panel, reason: String) {
        match panel {
            Panel::ExpiryTimeline => self.hours.failed(reason),
            Panel::ExpiryFirst | Panel::ExpiryMore => self.first.failed(reason),
            Panel::ExpiryAccounts => self.accounts.failed(reason),
            Panel::ExpiryStorage => self.storage.failed(reason),
            _ => {}
        }
    }

    fn act(&mut self, cx: &Context, action: Action) -> Option<Vec<Command>> {
        if let Some(step) = step(action) {
            self.list.step(step);
            return Some(Vec::new());
        }
        match action {
            Action::Left => self.turn(cx, -1),
            Action::Right => self.turn(cx, 1),
            Action::NextPane | Action::PreviousPane => self.shows_accounts = !self.shows_accounts,
            Action::Mark => self.list.toggle_mark(),
            Action::MarkRange => self.list.mark_range(),
            Action::Unmark => self.list.unmark(),
            Action::Back => return self.back(),
            Action::Open => return Some(self.of_row(|job| Command::Go(Route::Job(job)))),
            Action::View => return Some(self.of_row(Command::View)),
            Action::Save => return Some(self.of_row(Command::SaveResult)),
            Action::Extend => {
                return Some(self.change(|jobs| Command::Draft(Draft::Expiry(ExpiryDraft { jobs }))));
            }
            Action::Delete => {
                let write = |jobs| ExpiryWrite { verb: ExpiryVerb::Delete, jobs, reason: String::new() };
                return Some(self.change(|jobs| Command::Confirm(Write::Expiry(write(jobs)))));
            }
            _ => return None,
        }
        Some(Vec::new())
    }

    fn refusal(&self, action: Action) -> Option<String> {
        let needs_row = matches!(
            action,
            Action::Open | Action::View | Action::Save | Action::Extend | Action::Delete | Action::Account
        );
        (needs_row && self.chosen().is_empty()).then(|| "there is no result".to_owned())
    }

    fn subject(&self) -> Subject {
        let row = self.list.selected();
        Subject { job: row.map(|row| row.job), account: row.map(|row| row.account.clone()), ..Subject::default() }
    }

    fn copies(&self, _cx: &Context) -> Vec<(char, &'static str, String)> {
        let Some(row) = self.list.selected() else { return Vec::new() };
        vec![
            ('y', "job", row.job.to_string()),
            ('a', "account", row.account.clone()),
            ('e', "expiry", row.expires_at.to_rfc3339()),
            ('c', "command", format!("tintype expiries extend {} --hours 24", row.job)),
        ]
    }

    fn resized(&mut self, cx: &Context) {
        let other = Arrangement::of(cx.size).other_lines();
        self.list.set_height(cx.size.1.saturating_sub(other).into());
    }

    fn preview(&self, cx: &Context) -> Option<Wanted> {
        let is_shown = Arrangement::of(cx.size) == Arrangement::Wide;
        let job = self.list.selected().filter(|_| is_shown)?.job;
        let lines = cx.size.1.saturating_sub(Arrangement::Wide.other_lines() + 1);
        Some(Wanted { job, columns: (cx.size.0 / 4).saturating_sub(4), lines })
    }

    fn title(&self) -> String {
        self.hour.map(|hour| format!("from {}", hour.format("%a %H:%MZ"))).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
