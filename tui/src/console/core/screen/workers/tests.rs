use std::time::Duration;

use chrono::DateTime;
use domain::id::{AccountId, JobId};
use domain::job::JobType;
use domain::worker::{Fleet, InFlightJob};
use uuid::Uuid;

use super::{Order, Pane, State};
use crate::console::core::action::Action;
use crate::console::core::command::Command;
use crate::console::core::data::{Data, FleetData};
use crate::console::core::query::{FleetQuery, Query};
use crate::console::core::route::Route;
use crate::console::core::screen::{Context, ScreenState};
use crate::console::core::write::{FleetVerb, Write};
use crate::fleet_text::tests::{fleet, worker};

fn context() -> Context {
    Context { now: Duration::from_secs(9), clock: None, size: (120, 36) }
}

fn arrive(state: &mut State, fleet: Fleet) {
    state.arrived(&context(), Data::Fleet(FleetData::Workers(fleet)));
}

fn loaded() -> State {
    let mut state = State::default();
    state.resized(&context());
    arrive(&mut state, fleet());
    state
}

fn name(state: &State) -> &str {
    state.selected().map_or("", |worker| worker.name.as_str())
}

fn job(number: u128) -> InFlightJob {
    InFlightJob {
        job: JobId::from(Uuid::from_u128(number)),
        kind: JobType::Pdf,
        account: AccountId::from(Uuid::from_u128(1)),
        account_name: "ada".to_owned(),
        attempt: 1,
        started_at: DateTime::UNIX_EPOCH,
        run_s: 3.0,
        lease_left_s: 42.0,
    }
}

#[test]
fn those_in_trouble_are_first_and_the_cursor_stays_on_its_worker() {
    let mut state = loaded();
    assert_eq!(name(&state), "w-12");
    state.act(&context(), Action::Down);
    assert_eq!(name(&state), "w-09");
    state.act(&context(), Action::Sort);
    assert_eq!((state.order, name(&state)), (Order::Name, "w-09"));
    arrive(&mut state, Fleet { workers: vec![worker(9), worker(1)], ..fleet() });
    assert_eq!(name(&state), "w-09");
}

#[test]
fn a_worker_that_a_route_names_is_selected_when_it_arrives() {
    let mut state = State::default();
    state.open(&context(), &Route::Workers(Some("w-07".to_owned())));
    arrive(&mut state, fleet());
    assert_eq!(name(&state), "w-07");
    state.open(&context(), &Route::Workers(Some(worker(2).id.to_string())));
    assert_eq!(name(&state), "w-02");
    state.act(&context(), Action::Home);
    arrive(&mut state, fleet());
    assert_eq!(name(&state), "w-12", "it is selected once");
}

#[test]
fn the_jobs_are_those_of_the_worker_that_the_cursor_is_on() {
    let mut state = loaded();
    let asked = |state: &State| match state.needs(&context())[1].query {
        Query::Fleet(FleetQuery::InFlight(worker)) => worker,
        ref other => panic!("{other:?}"),
    };
    assert_eq!(asked(&state), worker(12).id);
    state.arrived(&context(), Data::Fleet(FleetData::InFlight(worker(12).id, vec![job(1)])));
    assert_eq!(state.jobs.rows().len(), 1);

    state.act(&context(), Action::Down);
    assert!(state.jobs.rows().is_empty() && state.jobs_of.data().is_none());
    state.arrived(&context(), Data::Fleet(FleetData::InFlight(worker(12).id, vec![job(1)])));
    assert!(state.jobs.rows().is_empty(), "the answer is about another one");
    assert_eq!(asked(&state), worker(9).id);
}

#[test]
fn a_change_is_confirmed_only_where_it_is_possible() {
    let mut state = loaded();
    let confirmed = |state: &mut State, action| match state.act(&context(), action).as_deref() {
        Some([Command::Confirm(Write::Fleet(write))]) => Some((write.verb, write.leases)),
        Some([Command::Say(text)]) => {
            assert!(text.starts_with("Nothing was changed: w-"), "{text}");
            None
        }
        other => panic!("{other:?}"),
    };
    for (worker, drain, undrain, release) in [
        ("w-12", false, false, true),
        ("w-09", true, false, false),
        ("w-07", false, true, true),
        ("w-08", false, true, false),
    ] {
        assert_eq!(name(&state), worker);
        assert_eq!(confirmed(&mut state, Action::Drain).map(|(verb, _)| verb), drain.then_some(FleetVerb::Drain));
        assert_eq!(confirmed(&mut state, Action::Undrain).map(|(verb, _)| verb), undrain.then_some(FleetVerb::Undrain));
        let leases = confirmed(&mut state, Action::Release);
        assert_eq!(leases.map(|(verb, _)| verb), release.then_some(FleetVerb::Release), "{worker}");
        assert_eq!(state.refusal(Action::Release).is_none(), release);
        state.act(&context(), Action::Down);
    }
}

#[test]
fn enter_leads_to_the_jobs_of_a_worker_or_to_the_job() {
    let mut state = loaded();
    let jobs = Some(vec![Command::Go(Route::Jobs(Some("worker:w-12".to_owned())))]);
    assert_eq!(state.act(&context(), Action::Open), jobs);
    state.arrived(&context(), Data::Fleet(FleetData::InFlight(worker(12).id, vec![job(1), job(2)])));
    state.act(&context(), Action::PreviousPane);
    state.act(&context(), Action::Down);
    assert_eq!(state.pane, Pane::Jobs);
    assert_eq!(state.act(&context(), Action::Open), Some(vec![Command::Go(Route::Job(job(2).job))]));
    assert_eq!(state.subject().account.as_deref(), Some("ada"));
    assert!(state.act(&context(), Action::Back).is_some() && state.pane == Pane::Workers);
}
