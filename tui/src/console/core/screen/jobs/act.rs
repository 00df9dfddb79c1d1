//! Actions of the screen.

use domain::id::JobId;
use domain::job::JobState;
use domain::job::browse::{JobLine, MAX_COUNTED, Selection};

use super::{Editor, Field, State};
use crate::console::core::action::Action;
use crate::console::core::command::Command;
use crate::console::core::filter;
use crate::console::core::list::Step;
use crate::console::core::load::LoadState;
use crate::console::core::route::Route;
use crate::console::core::write::{JobChange, JobWrite, Jobs, Write};

/// Why there is one order.
const ONE_ORDER: &str =
    "Jobs are sorted by their submission, newest first: no index serves another order. @ goes to a time.";

impl State {
    /// Carries out an action, unless it is not one of the screen's.
    pub(super) fn carry_out(&mut self, action: Action) -> Option<Vec<Command>> {
        match action {
            Action::Up => self.step(Step::Up),
            Action::Down => self.step(Step::Down),
            Action::PageUp => self.step(Step::PageUp),
            Action::PageDown => self.step(Step::PageDown),
            Action::Home => self.step(Step::Home),
            Action::End => self.step(Step::End),
            Action::Left => self.skip = self.skip.saturating_sub(1),
            Action::Right | Action::Columns => self.skip = (self.skip + 1) % 9,
            Action::Mark => self.list.toggle_mark(),
            Action::MarkRange => self.list.mark_range(),
            Action::SelectAll => self.is_all = true,
            Action::Unmark => self.unmark(),
            Action::Filter => self.editor = Some(Editor::new(Field::Filter, &filter::print(&self.selection))),
            Action::Time => self.editor = Some(Editor::new(Field::Time, "")),
            Action::Sort => return Some(vec![Command::Say(ONE_ORDER.to_owned())]),
            Action::Back => return self.back(),
            Action::Open => return self.selected(Route::Job).map(|route| vec![Command::Go(route)]),
            Action::View => return Some(self.result(Command::View)),
            Action::Save => return Some(self.result(Command::SaveResult)),
            Action::Retry | Action::Cancel => {
                return Some(vec![self.write(action).map_or_else(Command::Say, Command::Confirm)]);
            }
            _ => return None,
        }
        Some(Vec::new())
    }

    fn step(&mut self, step: Step) {
        let before = self.list.position();
        self.list.step(step);
        let is_at_end = before == self.list.position() && matches!(step, Step::Down | Step::PageDown | Step::End);
        self.is_going_on |= is_at_end;
    }

    fn unmark(&mut self) {
        self.is_all = false;
        self.matches.clear();
        self.list.unmark();
    }

    /// Peels one layer: the marks, the time, the filter that was typed here.
    fn back(&mut self) -> Option<Vec<Command>> {
        if self.is_all || !self.list.marks().is_empty() {
            self.unmark();
        } else if self.from.is_some() {
            self.show(self.selection.clone(), None);
        } else if self.is_typed && self.selection != Selection::default() {
            return Some(vec![Command::Replace(Route::Jobs(Some(String::new())))]);
        } else {
            return None;
        }
        Some(Vec::new())
    }

    fn selected<T>(&self, of: impl Fn(JobId) -> T) -> Option<T> {
        self.list.selected().map(|row| of(row.id))
    }

    /// The command for the result of the job of the cursor, if it has one.
    fn result(&self, command: impl Fn(JobId) -> Command) -> Vec<Command> {
        let Some(row) = self.list.selected() else { return Vec::new() };
        vec![match row.state {
            JobState::Completed => command(row.id),
            state => Command::Say(format!("The job is {}: it has no result.", state.name())),
        }]
    }

    /// The change of all jobs that match, of those that are marked, or of the one of the cursor; or why there is none.
    pub(super) fn write(&self, action: Action) -> Result<Write, String> {
        let change = if action == Action::Retry { JobChange::Retry } else { JobChange::Cancel };
        let jobs = if self.is_all {
            self.all()?
        } else if self.list.marks().is_empty() {
            let row = self.list.selected().ok_or("There is no job.")?;
            check(change, row)?;
            Jobs::Ids(vec![row.id])
        } else {
            at_most(self.list.marks().len())?;
            Jobs::Ids(self.list.marks().iter().copied().collect())
        };
        Ok(Write::Job(JobWrite { change, jobs, reason: String::new() }))
    }

    fn all(&self) -> Result<Jobs, String> {
        match (self.matches.data(), self.matches.state()) {
            (Some(jobs), _) if jobs.is_empty() => Err("No jobs match.".to_owned()),
            (Some(jobs), _) => {
                at_most(jobs.len())?;
                Ok(Jobs::Matching { filter: filter::print(&self.selection), expected: jobs.len() })
            }
            (None, LoadState::Failed(reason)) => Err(format!("The jobs that match cannot be counted: {reason}.")),
            (None, LoadState::Idle | LoadState::Loading(_)) => {
                Err("The jobs that match are still being counted.".to_owned())
            }
        }
    }
}

fn at_most(jobs: usize) -> Result<(), String> {
    if i64::try_from(jobs).is_ok_and(|jobs| jobs <= MAX_COUNTED) {
        return Ok(());
    }
    Err(format!("More than {MAX_COUNTED} jobs are selected: narrow the filter, such as with since:1h."))
}

fn check(change: JobChange, row: &JobLine) -> Result<(), String> {
    match (change, row.state) {
        (JobChange::Retry, JobState::Failed) | (JobChange::Cancel, JobState::Queued | JobState::Processing) => Ok(()),
        (JobChange::Retry, state) => Err(format!("Only failed jobs can be retried: this one is {}.", state.name())),
        (JobChange::Cancel, state) => {
            Err(format!("Only unfinished jobs can be cancelled: this one is {}.", state.name()))
        }
    }
}
