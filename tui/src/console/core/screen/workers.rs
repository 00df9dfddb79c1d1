//! The screen `workers`: who is alive, full, slow or lost.

mod history;
mod order;

use std::time::Duration;

use domain::id::WorkerId;
use domain::worker::{Fleet, InFlightJob, Worker, WorkerState};

use super::state::{Context, ScreenState, Subject};
use crate::console::core::action::Action;
use crate::console::core::command::Command;
use crate::console::core::data::{Data, FleetData};
use crate::console::core::list::{List, Row, Step};
use crate::console::core::load::Load;
use crate::console::core::query::{FleetQuery, Need, Panel, Query};
use crate::console::core::route::Route;
use crate::console::core::step::step;
use crate::console::core::write::{FleetVerb, FleetWrite, Write};

pub(crate) use history::{History, fitted};
pub(crate) use order::Order;

/// How often the workers are read.
const EVERY: Duration = Duration::from_secs(2);

/// How often the jobs of one worker are read.
const JOBS_EVERY: Duration = Duration::from_secs(3);

/// How many lines the workers and the panes below them have. In a small
/// terminal each has the whole screen, with room for some words about the worker of the cursor.
pub(crate) fn pane_lines((columns, lines): (u16, u16)) -> (u16, u16) {
    let body = lines.saturating_sub(4);
    match is_split((columns, lines)) {
        true => (body - body / 2, body / 2),
        // The worker of the cursor is described below the others.
        false if lines >= 24 => (body - 9, body),
        false => (body, body),
    }
}

/// Whether all panes are on the screen at once.
pub(crate) fn is_split((columns, lines): (u16, u16)) -> bool {
    columns >= 120 && lines >= 30
}

/// A part of the screen that takes keys.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Pane {
    /// The workers.
    #[default]
    Workers,
    /// Everything about one of them.
    Detail,
    /// Its jobs.
    Jobs,
}

impl Row for Worker {
    type Id = WorkerId;

    fn id(&self) -> WorkerId {
        self.id
    }
}

impl Row for InFlightJob {
    type Id = domain::id::JobId;

    fn id(&self) -> domain::id::JobId {
        self.job
    }
}

/// What the screen knows.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// The workers.
    pub(crate) fleet: Load<Fleet>,
    /// The same in the order of the screen, with the cursor.
    pub(crate) list: List<Worker>,
    /// What the workers are sorted by.
    pub(crate) order: Order,
    /// What beats reported since the console was opened.
    pub(crate) history: History,
    /// Whose jobs they are, and whether they could be read.
    pub(crate) jobs_of: Load<WorkerId>,
    /// The jobs of the worker that the cursor is on.
    pub(crate) jobs: List<InFlightJob>,
    /// The part that has the keys.
    pub(crate) pane: Pane,
    /// Where the cursor goes when the workers arrive.
    wanted: Option<String>,
}

impl State {
    /// The worker that the cursor is on.
    pub(crate) fn selected(&self) -> Option<&Worker> {
        self.list.selected()
    }

    fn step(&mut self, step: Step) {
        match self.pane {
            Pane::Workers | Pane::Detail => {
                self.list.step(step);
                self.worker_changed();
            }
            Pane::Jobs => self.jobs.step(step),
        }
    }

    /// The jobs of another worker are not those of this one.
    fn worker_changed(&mut self) {
        if self.jobs_of.data() != self.selected().map(|worker| &worker.id) {
            self.jobs_of.clear();
            self.jobs.clear();
        }
    }

    fn show(&mut self) {
        let mut workers = self.fleet.data().map(|fleet| fleet.workers.clone()).unwrap_or_default();
        self.order.sort(&mut workers);
        self.list.replace(workers);
        let is_wanted = |wanted: &String, worker: &Worker| worker.name == *wanted || worker.id.to_string() == *wanted;
        if let Some(wanted) = self.wanted.take_if(|_| self.fleet.data().is_some())
            && let Some(id) = self.list.rows().iter().find(|worker| is_wanted(&wanted, worker)).map(|worker| worker.id)
        {
            self.list.select(&id);
        }
        self.worker_changed();
    }

    fn turn(&mut self, is_next: bool) {
        self.pane = match (self.pane, is_next) {
            (Pane::Workers, true) | (Pane::Jobs, false) => Pane::Detail,
            (Pane::Detail, true) | (Pane::Workers, false) => Pane::Jobs,
            (Pane::Jobs, true) | (Pane::Detail, false) => Pane::Workers,
        };
    }

    fn jobs_route(&self) -> Option<Vec<Command>> {
        let name = &self.selected()?.name;
        let name = if name.contains(char::is_whitespace) { format!("\"{name}\"") } else { name.clone() };
        Some(vec![Command::Go(Route::Jobs(Some(format!("worker:{name}"))))])
    }

    fn write(&self, verb: FleetVerb) -> Vec<Command> {
        let Some(worker) = self.selected() else { return Vec::new() };
        if let Some(refusal) = refusal(worker, verb) {
            return vec![Command::Say(format!("Nothing was changed: {refusal}."))];
        }
        let is_ambiguous = self.list.rows().iter().filter(|other| other.name == worker.name).count() > 1;
        let (name, reason) = (worker.name.clone(), String::new());
        let write = FleetWrite { verb, worker: worker.id, name, is_ambiguous, leases: worker.busy, reason };
        vec![Command::Confirm(Write::Fleet(write))]
    }
}

/// Why a worker cannot be changed like that.
fn refusal(worker: &Worker, verb: FleetVerb) -> Option<String> {
    let Worker { name, state, .. } = worker;
    match verb {
        FleetVerb::Drain if worker.draining_at.is_some() => Some(format!("{name} is drained already")),
        FleetVerb::Drain if *state == WorkerState::Lost => Some(format!("{name} is lost: it claims nothing")),
        FleetVerb::Undrain if worker.draining_at.is_none() => Some(format!("{name} is not drained")),
        FleetVerb::Release if *state != WorkerState::Lost && worker.draining_at.is_none() => {
            Some(format!("{name} would claim the jobs again: drain it first"))
        }
        FleetVerb::Release if worker.busy == 0 => Some(format!("{name} holds no lease")),
        FleetVerb::Drain | FleetVerb::Undrain | FleetVerb::Release => None,
    }
}

fn verb(action: Action) -> Option<FleetVerb> {
    match action {
        Action::Drain => Some(FleetVerb::Drain),
        Action::Undrain => Some(FleetVerb::Undrain),
        Action::Release => Some(FleetVerb::Release),
        _ => None,
    }
}

impl ScreenState for State {
    fn open(&mut self, _cx: &Context, route: &Route) {
        if let Route::Workers(Some(wanted)) = route {
            self.wanted = Some(wanted.clone());
            self.show();
        }
    }

    fn needs(&self, _cx: &Context) -> Vec<Need> {
        let mut needs = vec![Need::live(Query::Fleet(FleetQuery::Workers), EVERY)];
        if let Some(worker) = self.selected() {
            needs.push(Need::by_hand(Query::Fleet(FleetQuery::InFlight(worker.id)), Some(JOBS_EVERY)));
        }
        needs
    }

    fn asked(&mut self, panel: Panel, now: Duration) {
        match panel {
            Panel::Workers => self.fleet.asked(now),
            Panel::InFlight => self.jobs_of.asked(now),
            _ => {}
        }
    }

    fn arrived(&mut self, cx: &Context, data: Data) -> Vec<Command> {
        match data {
            Data::Fleet(FleetData::Workers(fleet)) => {
                self.history.add(&fleet);
                self.fleet.arrived(cx.now, fleet);
                self.show();
            }
            Data::Fleet(FleetData::InFlight(worker, jobs)) if self.selected().is_some_and(|row| row.id == worker) => {
                self.jobs_of.arrived(cx.now, worker);
                self.jobs.replace(jobs);
            }
            _ => {}
        }
        Vec::new()
    }

    fn failed(&mut self, panel: Panel, reason: String) {
        match panel {
            Panel::Workers => self.fleet.failed(reason),
            Panel::InFlight => self.jobs_of.failed(reason),
            _ => {}
        }
    }

    fn act(&mut self, _cx: &Context, action: Action) -> Option<Vec<Command>> {
        if let Some(verb) = verb(action) {
            return Some(self.write(verb));
        }
        if let Some(step) = step(action) {
            self.step(step);
            return Some(Vec::new());
        }
        match action {
            Action::NextPane => self.turn(true),
            Action::PreviousPane => self.turn(false),
            Action::Back if self.pane != Pane::Workers => self.pane = Pane::Workers,
            Action::Sort => {
                self.order = self.order.next();
                self.show();
            }
            Action::Open if self.pane == Pane::Jobs => {
                return self.jobs.selected().map(|job| vec![Command::Go(Route::Job(job.job))]);
            }
            Action::Open | Action::Jobs => return self.jobs_route(),
            _ => return None,
        }
        Some(Vec::new())
    }

    fn refusal(&self, action: Action) -> Option<String> {
        let verb = verb(action)?;
        self.selected().map_or_else(|| Some("there is no worker".to_owned()), |worker| refusal(worker, verb))
    }

    fn subject(&self) -> Subject {
        let job = self.jobs.selected().filter(|_| self.pane == Pane::Jobs);
        Subject {
            job: job.map(|job| job.job),
            account: job.map(|job| job.account_name.clone()),
            worker: self.selected().map(|worker| worker.name.clone()),
            ..Subject::default()
        }
    }

    fn copies(&self, _cx: &Context) -> Vec<(char, &'static str, String)> {
        let mut copies = Vec::new();
        if let Some(job) = self.jobs.selected().filter(|_| self.pane == Pane::Jobs) {
            copies.push(('y', "job", job.job.to_string()));
        }
        if let Some(worker) = self.selected() {
            let row = serde_json::to_string(worker).unwrap_or_default();
            let show = format!("tintype workers show {}", worker.id);
            copies.extend([('n', "name", worker.name.clone()), ('i', "id", worker.id.to_string())]);
            copies.extend([('j', "JSON", row), ('c', "command", show)]);
        }
        copies
    }

    fn resized(&mut self, cx: &Context) {
        let lines = pane_lines(cx.size);
        self.list.set_height(usize::from(lines.0.saturating_sub(3)));
        self.jobs.set_height(usize::from(lines.1.saturating_sub(3)));
    }

    fn title(&self) -> String {
        self.selected().map(|worker| worker.name.clone()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
