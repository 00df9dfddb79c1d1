use std::time::Duration;

use chrono::{DateTime, TimeDelta};
use domain::overview::{Burn, FailureGroup, Failures, FleetSummary, HOUR, Minute, Outcomes, Worker};

use super::{Pane, State};
use crate::console::core::action::Action;
use crate::console::core::attention::{Finding, Severity};
use crate::console::core::command::Command;
use crate::console::core::data::Data;
use crate::console::core::query::Query;
use crate::console::core::route::Route;
use crate::console::core::screen::{Context, ScreenState};

fn context(s: u64) -> Context {
    Context { now: Duration::from_secs(s), clock: None, size: (80, 24) }
}

fn finding(id: &str, target: Option<Route>) -> Finding {
    Finding { severity: Severity::Warning, id: id.to_owned(), since: None, text: format!("{id} is wrong"), target }
}

fn minutes(numbers: std::ops::Range<i64>, completed: i64) -> Vec<Minute> {
    let minute =
        |number| Minute { minute: DateTime::UNIX_EPOCH + TimeDelta::minutes(number), completed, ..Minute::default() };
    numbers.map(minute).collect()
}

#[test]
fn the_whole_hour_is_read_once_and_then_its_last_minutes() {
    let mut state = State::default();
    let asks = |state: &State, s| state.needs(&context(s)).into_iter().next().map(|need| need.query);
    assert_eq!(asks(&state, 1), Some(Query::Throughput(HOUR)));
    state.arrived(&context(2), Data::Throughput(minutes(0..60, 1)));
    assert_eq!(asks(&state, 12), Some(Query::Throughput(3)));
    state.arrived(&context(12), Data::Throughput(minutes(58..61, 5)));

    let known = state.throughput.data().expect("minutes");
    let completed: i64 = known.iter().map(|minute| minute.completed).sum();
    assert_eq!((known.len(), completed, known[0].minute.timestamp()), (60, 57 + 15, 60));
    assert_eq!(asks(&state, 99), Some(Query::Throughput(HOUR)), "there may be a gap");
}

#[test]
fn the_cursor_stays_on_its_finding_when_the_order_changes() {
    let mut state = State::default();
    let (a, b) = (finding("a", Some(Route::Expiries)), finding("b", Some(Route::Workers(None))));
    state.judge(vec![a.clone(), b.clone()]);
    state.act(&context(1), Action::Down);
    assert_eq!(state.position(Pane::Attention), Some(1));
    state.judge(vec![b, finding("c", None), a]);

    assert_eq!(state.position(Pane::Attention), Some(0));
    assert_eq!(state.act(&context(1), Action::Open), Some(vec![Command::Go(Route::Workers(None))]));
    state.judge(Vec::new());
    assert_eq!((state.position(Pane::Attention), state.act(&context(1), Action::Open)), (None, Some(Vec::new())));
}

#[test]
fn a_letter_leads_to_what_its_finding_is_about_whatever_has_the_keys() {
    let mut state = State::default();
    state.judge(vec![finding("a", None), finding("b", Some(Route::Expiries))]);
    state.act(&context(1), Action::NextPane);

    assert_eq!(state.act(&context(1), Action::Alert(1)), Some(vec![Command::Go(Route::Expiries)]));
    assert!(matches!(state.act(&context(1), Action::Alert(0)).as_deref(), Some([Command::Say(_)])));
    assert_eq!(state.act(&context(1), Action::Alert(2)), Some(Vec::new()));
}

#[test]
fn every_list_leads_to_the_screen_of_its_rows() {
    let mut state = State::default();
    let group = FailureGroup {
        code: "X".to_owned(),
        kind: "pdf".to_owned(),
        recent: 1,
        hour: 1,
        sampled: 1,
        last: DateTime::UNIX_EPOCH,
    };
    let failures = Failures { groups: vec![group], ..Failures::default() };
    state.arrived(&context(1), Data::Outcomes(Outcomes { failures, ..Outcomes::default() }));
    let worker = Worker { name: "w-1".to_owned(), ..Worker::default() };
    state.arrived(&context(1), Data::FleetSummary(FleetSummary { workers: vec![worker], ..FleetSummary::default() }));
    let account = domain::overview::Account { name: "ada".to_owned(), ..Default::default() };
    state.arrived(&context(1), Data::Burn(Burn { accounts: vec![account], ..Burn::default() }));

    for route in [
        Route::Jobs(Some("status:failed error:X type:pdf".to_owned())),
        Route::Workers(Some("w-1".to_owned())),
        Route::Account("ada".to_owned()),
    ] {
        state.act(&context(1), Action::NextPane);
        assert_eq!(state.act(&context(1), Action::Open), Some(vec![Command::Go(route)]));
    }
    assert_eq!(state.subject().account.as_deref(), Some("ada"));
    state.act(&context(1), Action::NextPane);
    state.act(&context(1), Action::PreviousPane);
    assert_eq!(state.pane, Pane::Accounts);
}
