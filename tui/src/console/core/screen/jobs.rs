//! The screen `jobs`: which jobs, and why.

mod act;
mod copies;
mod edit;
mod editor;
mod rows;
mod size;

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::id::JobId;
use domain::job::JobState;
use domain::job::browse::{JobLine, MAX_REFRESHED, Selection};

use super::state::{Context, ScreenState, Subject};
use crate::console::core::action::Action;
use crate::console::core::command::Command;
use crate::console::core::data::{Data, JobData};
use crate::console::core::filter;
use crate::console::core::input::Input;
use crate::console::core::list::List;
use crate::console::core::load::Load;
use crate::console::core::query::{JobPanel, JobQuery, Need, Panel, Query};
use crate::console::core::route::Route;

pub(crate) use copies::commands;
pub(crate) use editor::{Editor, Field};
pub(crate) use size::{FIRST_ROW, rows, strip};

/// How often unfinished jobs on the screen are read again.
const PROGRESS_EVERY: Duration = Duration::from_secs(2);

/// How often newer jobs are looked for.
const NEWER_EVERY: Duration = Duration::from_secs(5);

/// What the screen knows.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// The jobs that are loaded, newest first.
    pub(crate) list: List<JobLine>,
    /// Whether the first page has arrived.
    pub(crate) page: Load<()>,
    /// Whether the next page is on its way.
    pub(crate) next_page: Load<()>,
    /// Which jobs are listed.
    pub(crate) selection: Selection,
    /// The time before which jobs are listed; `None`: now.
    pub(crate) from: Option<DateTime<Utc>>,
    /// The line that is edited.
    pub(crate) editor: Option<Editor>,
    /// How many jobs are newer than the first.
    pub(crate) newer: i64,
    /// Whether all jobs that match are selected, loaded or not.
    pub(crate) is_all: bool,
    /// The jobs that match, as far as they can be changed at once.
    pub(crate) matches: Load<Vec<JobId>>,
    /// Where the next page starts.
    pub(crate) next: Option<JobId>,
    /// How many pages ended because too many jobs were examined.
    pub(crate) scans: usize,
    /// The columns that are left out at the left.
    pub(crate) skip: usize,
    /// Whether the operator typed the filter here, so that Esc removes it.
    is_typed: bool,
    /// Whether the operator wants a search to go on.
    is_going_on: bool,
}

impl State {
    /// The job beside another, which gets the cursor.
    pub(crate) fn neighbour(&mut self, job: JobId, is_next: bool) -> Option<JobId> {
        if !self.list.select(&job) {
            return None;
        }
        let position = self.list.position();
        self.list.go_to(if is_next { position + 1 } else { position.checked_sub(1)? });
        self.list.selected().map(|row| row.id).filter(|found| *found != job)
    }

    /// Shows other jobs.
    fn show(&mut self, selection: Selection, from: Option<DateTime<Utc>>) {
        if selection != self.selection || from != self.from {
            *self = Self { selection, from, skip: self.skip, list: std::mem::take(&mut self.list), ..Self::default() };
            self.list.clear();
        }
    }

    /// The page before which the list starts: the smallest id of a millisecond.
    fn before(&self) -> Option<JobId> {
        let ms = u128::try_from(self.from?.timestamp_millis()).unwrap_or(0);
        Some(JobId::from(uuid::Uuid::from_u128(ms << 80)))
    }

    fn unfinished(&self) -> Vec<JobId> {
        let is_unfinished = |row: &&JobLine| matches!(row.state, JobState::Queued | JobState::Processing);
        self.list.visible().iter().filter(is_unfinished).map(|row| row.id).take(MAX_REFRESHED).collect()
    }

    fn next_need(&self) -> Option<Need> {
        let next = self.next?;
        let may_go_on = self.scans == 0 || self.is_going_on || self.list.rows().len() > self.scans;
        let is_needed = self.page.data().is_some() && self.list.is_near_end() && may_go_on;
        is_needed.then(|| by_hand(JobQuery::Next(self.selection.clone(), next)))
    }
}

fn by_hand(query: JobQuery) -> Need {
    Need::by_hand(Query::Job(query), None)
}

impl ScreenState for State {
    fn open(&mut self, cx: &Context, route: &Route) {
        let Route::Jobs(Some(text)) = route else { return };
        match filter::parse(text, cx.clock) {
            Ok(selection) => {
                let is_typed = std::mem::take(&mut self.is_typed);
                self.show(selection, self.from.filter(|_| is_typed));
                self.is_typed = is_typed;
            }
            Err(error) => self.editor = Some(Editor::failed(text, &error)),
        }
    }

    fn needs(&self, _cx: &Context) -> Vec<Need> {
        let mut needs = vec![by_hand(JobQuery::Page(self.selection.clone(), self.before()))];
        needs.extend(self.next_need());
        let unfinished = self.unfinished();
        if !unfinished.is_empty() {
            needs.push(Need::live(Query::Job(JobQuery::Progress(unfinished)), PROGRESS_EVERY));
        }
        let is_plain = self.selection == Selection::default() && self.from.is_none();
        if let Some(first) = self.list.rows().first().filter(|_| is_plain) {
            needs.push(Need::live(Query::Job(JobQuery::Newer(first.id)), NEWER_EVERY));
        }
        if self.is_all {
            needs.push(by_hand(JobQuery::Matches(self.selection.clone())));
        }
        needs
    }

    fn asked(&mut self, panel: Panel, now: Duration) {
        match panel {
            Panel::Job(JobPanel::Page) => self.page.asked(now),
            Panel::Job(JobPanel::Next) => self.next_page.asked(now),
            Panel::Job(JobPanel::Matches) => self.matches.asked(now),
            _ => {}
        }
    }

    fn arrived(&mut self, cx: &Context, data: Data) -> Vec<Command> {
        let Data::Job(data) = data else { return Vec::new() };
        match data {
            JobData::Page(page) => {
                self.page.arrived(cx.now, ());
                self.first_page(page);
            }
            JobData::Next(after, page) => {
                self.next_page.arrived(cx.now, ());
                self.following_page(after, page);
            }
            JobData::Progress(progress) => self.progress(&progress),
            JobData::Newer(than, newer) => {
                if self.list.rows().first().is_some_and(|first| first.id == than) {
                    self.newer = newer;
                }
            }
            JobData::Matches(jobs) => self.matches.arrived(cx.now, jobs),
            JobData::Detail(..) => {}
        }
        Vec::new()
    }

    fn failed(&mut self, panel: Panel, reason: String) {
        match panel {
            Panel::Job(JobPanel::Next) => self.next_page.failed(reason),
            Panel::Job(JobPanel::Matches) => self.matches.failed(reason),
            _ => self.page.failed(reason),
        }
    }

    fn act(&mut self, _cx: &Context, action: Action) -> Option<Vec<Command>> {
        self.carry_out(action)
    }

    fn is_editing(&self) -> bool {
        self.editor.is_some()
    }

    fn edit(&mut self, cx: &Context, input: &Input) -> Vec<Command> {
        self.edit_line(cx, input)
    }

    fn click(&mut self, cx: &Context, _column: u16, line: u16) -> Vec<Command> {
        if let Some(row) = line.checked_sub(FIRST_ROW).filter(|row| usize::from(*row) < rows(cx.size)) {
            self.list.go_to(self.list.top() + usize::from(row));
        }
        Vec::new()
    }

    fn refusal(&self, action: Action) -> Option<String> {
        match action {
            Action::Retry | Action::Cancel => self.write(action).err(),
            _ => None,
        }
    }

    fn subject(&self) -> Subject {
        let Some(row) = self.list.selected() else { return Subject::default() };
        Subject {
            job: Some(row.id),
            account: Some(row.account.clone()),
            key: Some(row.key.clone()),
            worker: row.worker.clone(),
        }
    }

    fn copies(&self, _cx: &Context) -> Vec<(char, &'static str, String)> {
        self.list.selected().map(copies::of).unwrap_or_default()
    }

    fn resized(&mut self, cx: &Context) {
        self.list.set_height(rows(cx.size));
    }

    fn title(&self) -> String {
        filter::print(&self.selection)
    }
}

#[cfg(test)]
pub(crate) mod testing;

#[cfg(test)]
mod tests;
