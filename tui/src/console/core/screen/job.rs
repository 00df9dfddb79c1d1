//! The screen `job`: everything about one job.

mod copies;
mod timeline;

use std::time::Duration;

use domain::id::JobId;
use domain::job::{Job, JobState};

use super::state::{Context, ScreenState, Subject};
use crate::console::core::action::Action;
use crate::console::core::command::Command;
use crate::console::core::data::{Data, JobData, JobDetail};
use crate::console::core::load::Load;
use crate::console::core::preview::Wanted;
use crate::console::core::query::{JobQuery, Need, Panel, Query};
use crate::console::core::route::Route;
use crate::console::core::write::{JobChange, JobWrite, Jobs, Write};

pub(crate) use timeline::{Moment, MomentKind, timeline};

/// How often an unfinished job is read.
const EVERY: Duration = Duration::from_secs(1);

/// The size of the terminal from which on the result is beside the facts.
const PREVIEW_FROM: (u16, u16) = (120, 30);

/// A part of the screen's lower half.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, strum::EnumIter)]
pub(crate) enum Tab {
    /// The options.
    #[default]
    Request,
    /// What happened.
    Events,
    /// How often it was tried.
    Attempts,
    /// The credits.
    Ledger,
}

impl Tab {
    pub(crate) const ALL: [Self; 4] = [Self::Request, Self::Events, Self::Attempts, Self::Ledger];

    fn turned(self, steps: usize) -> Self {
        let at = Self::ALL.iter().position(|tab| *tab == self).unwrap_or(0);
        Self::ALL.into_iter().cycle().nth(at + steps).unwrap_or_default()
    }
}

/// What the screen knows.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// The job that is shown.
    pub(crate) id: Option<JobId>,
    /// Everything that is known of it; `None` inside if it does not exist.
    pub(crate) detail: Load<Option<Box<JobDetail>>>,
    /// The part that is shown below.
    pub(crate) tab: Tab,
    /// How many lines of it are above the screen.
    pub(crate) scroll: usize,
}

impl State {
    /// The job, once it is known.
    pub(crate) fn detail(&self) -> Option<&JobDetail> {
        self.detail.data()?.as_deref()
    }

    fn job(&self) -> Option<&Job> {
        self.detail().map(|detail| &detail.job)
    }

    fn write(&self, change: JobChange) -> Result<Write, String> {
        let job = self.job().ok_or("There is no job.")?;
        let refusal = match (change, job.state) {
            (JobChange::Retry, JobState::Failed) if job.had_secrets => {
                "Its headers, cookies and credentials were deleted when it ended: its customer must submit it again."
            }
            (JobChange::Retry, JobState::Failed) | (JobChange::Cancel, JobState::Queued | JobState::Processing) => {
                let jobs = Jobs::Ids(vec![job.id]);
                return Ok(Write::Job(JobWrite { change, jobs, reason: String::new() }));
            }
            (JobChange::Retry, _) => "Only a failed job can be retried.",
            (JobChange::Cancel, _) => "Only an unfinished job can be cancelled.",
        };
        Err(refusal.to_owned())
    }

    fn result(&self, command: impl Fn(JobId) -> Command) -> Vec<Command> {
        let Some(detail) = self.detail() else { return Vec::new() };
        if detail.trail.result.is_some() {
            return vec![command(detail.job.id)];
        }
        let why = if detail.job.state == JobState::Completed { "has expired" } else { "does not exist" };
        vec![Command::Say(format!("The result {why}."))]
    }

    fn turn(&mut self, steps: usize) {
        self.tab = self.tab.turned(steps);
        self.scroll = 0;
    }
}

impl ScreenState for State {
    fn preview(&self, cx: &Context) -> Option<Wanted> {
        let (columns, lines) = cx.size;
        let detail = self.detail().filter(|detail| detail.trail.result.is_some())?;
        let is_shown = columns >= PREVIEW_FROM.0 && lines >= PREVIEW_FROM.1;
        // Half of the columns and three fifths of the lines, without the borders and the line that says what it is.
        let size = (columns / 2 - 4, (lines - 4) * 3 / 5 - 3);
        is_shown.then_some(Wanted { job: detail.job.id, columns: size.0, lines: size.1 })
    }

    fn open(&mut self, _cx: &Context, route: &Route) {
        if let Route::Job(id) = route
            && self.id != Some(*id)
        {
            *self = Self { id: Some(*id), tab: self.tab, ..Self::default() };
        }
    }

    fn needs(&self, _cx: &Context) -> Vec<Need> {
        let Some(id) = self.id else { return Vec::new() };
        let is_unfinished = self.job().is_some_and(|job| !job.state.is_terminal());
        vec![Need::by_hand(Query::Job(JobQuery::Detail(id)), is_unfinished.then_some(EVERY))]
    }

    fn asked(&mut self, _panel: Panel, now: Duration) {
        self.detail.asked(now);
    }

    fn arrived(&mut self, cx: &Context, data: Data) -> Vec<Command> {
        if let Data::Job(JobData::Detail(id, detail)) = data
            && self.id == Some(id)
        {
            self.detail.arrived(cx.now, detail);
        }
        Vec::new()
    }

    fn failed(&mut self, _panel: Panel, reason: String) {
        self.detail.failed(reason);
    }

    fn act(&mut self, _cx: &Context, action: Action) -> Option<Vec<Command>> {
        match action {
            Action::NextPane | Action::Right => self.turn(1),
            Action::PreviousPane | Action::Left => self.turn(Tab::ALL.len() - 1),
            Action::Down | Action::ScrollDown => self.scroll += 1,
            Action::Up | Action::ScrollUp => self.scroll = self.scroll.saturating_sub(1),
            Action::PageDown => self.scroll += 5,
            Action::PageUp => self.scroll = self.scroll.saturating_sub(5),
            Action::Home => self.scroll = 0,
            Action::Open => return Some(Vec::new()),
            Action::View => return Some(self.result(Command::View)),
            Action::Save => return Some(self.result(Command::SaveResult)),
            Action::Retry => {
                return Some(vec![self.write(JobChange::Retry).map_or_else(Command::Say, Command::Confirm)]);
            }
            Action::Cancel => {
                return Some(vec![self.write(JobChange::Cancel).map_or_else(Command::Say, Command::Confirm)]);
            }
            _ => return None,
        }
        Some(Vec::new())
    }

    fn refusal(&self, action: Action) -> Option<String> {
        match action {
            Action::Retry => self.write(JobChange::Retry).err(),
            Action::Cancel => self.write(JobChange::Cancel).err(),
            _ => None,
        }
    }

    fn subject(&self) -> Subject {
        let Some(JobDetail { job, trail }) = self.detail() else { return Subject::default() };
        Subject {
            job: Some(job.id),
            account: Some(trail.account.clone()),
            key: Some(trail.key.clone()),
            worker: trail.worker.clone(),
        }
    }

    fn copies(&self, _cx: &Context) -> Vec<(char, &'static str, String)> {
        self.detail().map(copies::of).unwrap_or_default()
    }

    fn title(&self) -> String {
        self.id.map(|id| id.to_string()).unwrap_or_default()
    }
}
