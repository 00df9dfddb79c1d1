//! The screen `overview`: whether the service is healthy, and what is worst.

use std::time::Duration;

use domain::overview::{Burn, Expiry, FleetSummary, HOUR, Minute, Outcomes};

use super::state::{Context, ScreenState, Subject};
use crate::console::core::action::Action;
use crate::console::core::attention::Finding;
use crate::console::core::command::Command;
use crate::console::core::data::Data;
use crate::console::core::load::Load;
use crate::console::core::query::{Need, Panel, Query};
use crate::console::core::route::Route;

/// How often the parts are read.
const EVERY: Duration = Duration::from_secs(10);
const BURN_EVERY: Duration = Duration::from_secs(15);
const EXPIRIES_EVERY: Duration = Duration::from_secs(30);

/// After this long without an answer, the whole hour is read again, and else the last minutes.
const MAX_GAP: Duration = Duration::from_mins(1);
const LAST_MINUTES: i32 = 3;

/// A list of the screen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, strum::EnumIter)]
pub(crate) enum Pane {
    /// The findings.
    #[default]
    Attention,
    /// Why jobs failed.
    Failures,
    /// The workers.
    Workers,
    /// The accounts that spend.
    Accounts,
}

impl Pane {
    const ALL: [Self; 4] = [Self::Attention, Self::Failures, Self::Workers, Self::Accounts];
}

/// What the screen knows.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// The last hour by the minute.
    pub(crate) throughput: Load<Vec<Minute>>,
    /// Why jobs failed, and how long they took.
    pub(crate) outcomes: Load<Outcomes>,
    /// Who spends credits.
    pub(crate) burn: Load<Burn>,
    /// What expires when.
    pub(crate) expiries: Load<Vec<Expiry>>,
    /// The workers.
    pub(crate) fleet: Load<FleetSummary>,
    /// The findings, the worst first.
    pub(crate) findings: Vec<Finding>,
    /// The list that has the keys.
    pub(crate) pane: Pane,
    /// The row of the cursor, by its id.
    cursor: Option<String>,
}

/// A row: its id, and where it leads.
type Row = (String, Option<Route>);

impl State {
    /// Replaces what is wrong.
    pub(crate) fn judge(&mut self, findings: Vec<Finding>) {
        self.findings = findings;
    }

    /// The position of the cursor, if this list has the keys.
    pub(crate) fn position(&self, pane: Pane) -> Option<usize> {
        let rows = self.rows(pane);
        if pane != self.pane || rows.is_empty() {
            return None;
        }
        let found = self.cursor.as_ref().and_then(|cursor| rows.iter().position(|(id, _)| id == cursor));
        Some(found.unwrap_or(0))
    }

    fn rows(&self, pane: Pane) -> Vec<Row> {
        match pane {
            Pane::Attention => {
                self.findings.iter().map(|finding| (finding.id.clone(), finding.target.clone())).collect()
            }
            Pane::Failures => {
                let groups = self.outcomes.data().map(|outcomes| outcomes.failures.groups.as_slice());
                let row = |group: &domain::overview::FailureGroup| {
                    let filter = format!("status:failed error:{} type:{}", group.code, group.kind);
                    (format!("{} {}", group.code, group.kind), Some(Route::Jobs(Some(filter))))
                };
                groups.unwrap_or_default().iter().map(row).collect()
            }
            Pane::Workers => {
                let workers = self.fleet.data().map(|fleet| fleet.workers.as_slice()).unwrap_or_default();
                workers.iter().map(|w| (w.name.clone(), Some(Route::Workers(Some(w.name.clone()))))).collect()
            }
            Pane::Accounts => {
                let accounts = self.burn.data().map(|burn| burn.accounts.as_slice()).unwrap_or_default();
                accounts.iter().map(|a| (a.name.clone(), Some(Route::Account(a.name.clone())))).collect()
            }
        }
    }

    fn row(&self) -> Option<Row> {
        self.rows(self.pane).into_iter().nth(self.position(self.pane)?)
    }

    fn go(&mut self, position: usize) {
        let rows = self.rows(self.pane);
        let last = rows.len().saturating_sub(1);
        self.cursor = rows.into_iter().nth(position.min(last)).map(|(id, _)| id);
    }

    fn turn(&mut self, steps: usize) {
        let at = Pane::ALL.iter().position(|pane| *pane == self.pane).unwrap_or(0);
        self.pane = Pane::ALL.into_iter().cycle().nth(at + steps).unwrap_or_default();
        self.cursor = None;
    }

    /// Replaces the minutes that were read again, and forgets those that are no longer of the last hour.
    fn merge(&self, new: Vec<Minute>) -> Vec<Minute> {
        let first = new.first().map(|minute| minute.minute);
        let old = self.throughput.data().map(Vec::as_slice).unwrap_or_default();
        let kept = old.iter().filter(|minute| first.is_some_and(|first| minute.minute < first)).cloned();
        let mut minutes: Vec<Minute> = kept.chain(new).collect();
        let surplus = minutes.len().saturating_sub(usize::try_from(HOUR).unwrap_or(usize::MAX));
        minutes.drain(..surplus);
        minutes
    }
}

/// Goes to where a row leads.
fn jump(row: Option<Row>) -> Vec<Command> {
    match row {
        Some((_, Some(route))) => vec![Command::Go(route)],
        Some((_, None)) => vec![Command::Say("There is no screen that says more.".to_owned())],
        None => Vec::new(),
    }
}

impl ScreenState for State {
    fn needs(&self, cx: &Context) -> Vec<Need> {
        let is_recent = self.throughput.at().is_some_and(|at| cx.now < at + MAX_GAP);
        let minutes = if is_recent { LAST_MINUTES } else { HOUR };
        vec![
            Need::live(Query::Throughput(minutes), EVERY),
            Need::live(Query::FleetSummary, EVERY),
            Need::live(Query::Outcomes, EVERY),
            Need::live(Query::Burn, BURN_EVERY),
            Need::live(Query::ExpiryHours, EXPIRIES_EVERY),
        ]
    }

    fn asked(&mut self, panel: Panel, now: Duration) {
        match panel {
            Panel::Throughput => self.throughput.asked(now),
            Panel::Outcomes => self.outcomes.asked(now),
            Panel::Burn => self.burn.asked(now),
            Panel::ExpiryHours => self.expiries.asked(now),
            Panel::FleetSummary => self.fleet.asked(now),
            _ => {}
        }
    }

    fn arrived(&mut self, cx: &Context, data: Data) -> Vec<Command> {
        match data {
            Data::Throughput(minutes) => self.throughput.arrived(cx.now, self.merge(minutes)),
            Data::Outcomes(outcomes) => self.outcomes.arrived(cx.now, outcomes),
            Data::Burn(burn) => self.burn.arrived(cx.now, burn),
            Data::ExpiryHours(expiries) => self.expiries.arrived(cx.now, expiries),
            Data::FleetSummary(fleet) => self.fleet.arrived(cx.now, fleet),
            _ => {}
        }
        Vec::new()
    }

    fn failed(&mut self, panel: Panel, reason: String) {
        match panel {
            Panel::Throughput => self.throughput.failed(reason),
            Panel::Outcomes => self.outcomes.failed(reason),
            Panel::Burn => self.burn.failed(reason),
            Panel::ExpiryHours => self.expiries.failed(reason),
            Panel::FleetSummary => self.fleet.failed(reason),
            _ => {}
        }
    }

    fn act(&mut self, _cx: &Context, action: Action) -> Option<Vec<Command>> {
        let position = self.position(self.pane).unwrap_or(0);
        match action {
            Action::Up => self.go(position.saturating_sub(1)),
            Action::Down => self.go(position + 1),
            Action::Home => self.go(0),
            Action::End => self.go(usize::MAX),
            Action::NextPane => self.turn(1),
            Action::PreviousPane => self.turn(Pane::ALL.len() - 1),
            Action::Open => return Some(jump(self.row())),
            Action::Alert(number) => {
                let row = self.rows(Pane::Attention).into_iter().nth(number.into());
                return Some(jump(row));
            }
            _ => return None,
        }
        Some(Vec::new())
    }

    fn subject(&self) -> Subject {
        match self.row() {
            Some((_, Some(Route::Account(name)))) => Subject { account: Some(name), ..Subject::default() },
            Some((_, Some(Route::Workers(worker)))) => Subject { worker, ..Subject::default() },
            _ => Subject::default(),
        }
    }

    fn copies(&self, _cx: &Context) -> Vec<(char, &'static str, String)> {
        let Some((id, _)) = self.row() else { return Vec::new() };
        let finding = self.findings.iter().find(|finding| self.pane == Pane::Attention && finding.id == id);
        let text = finding.map(|finding| finding.text.clone()).unwrap_or(id);
        vec![('y', "row", text), ('c', "command", "tintype overview".to_owned())]
    }
}

#[cfg(test)]
mod tests;
