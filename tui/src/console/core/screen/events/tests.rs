use std::time::Duration;

use chrono::{DateTime, TimeDelta};
use domain::event::{Event, EventCursor, EventFilter, EventLevel, EventPage};
use domain::id::{AccountId, JobId, WorkerId};
use uuid::Uuid;

use super::State;
use super::tail::tests::event;
use crate::console::core::action::Action;
use crate::console::core::command::Command;
use crate::console::core::data::{Data, FleetData};
use crate::console::core::input::{Code, Input, Key};
use crate::console::core::query::{FleetQuery, Query};
use crate::console::core::route::Route;
use crate::console::core::screen::{Context, ScreenState};

fn context() -> Context {
    let clock = Some(DateTime::UNIX_EPOCH + TimeDelta::hours(9));
    Context { now: Duration::from_secs(9), clock, size: (80, 24) }
}

fn asked(state: &State) -> (EventFilter, usize) {
    let needs = state.needs(&context());
    match &needs[0].query {
        Query::Fleet(FleetQuery::Tail(filter, _)) => (filter.clone(), needs.len()),
        other => panic!("{other:?}"),
    }
}

fn arrive(state: &mut State, events: Vec<Event>, next: Option<EventCursor>) {
    let (filter, _) = asked(state);
    state.arrived(&context(), Data::Fleet(FleetData::Tail(filter, EventPage { events, next })));
}

fn loaded() -> State {
    let mut state = State::default();
    state.resized(&context());
    arrive(&mut state, (0..30).rev().map(|id| event(id, id)).collect(), None);
    state
}

fn press(state: &mut State, text: &str) {
    for c in text.chars() {
        state.edit(&context(), &Input::Key(Key::of(Code::Char(c))));
    }
}

#[test]
fn new_events_enter_above_and_the_cursor_stays_on_its_row_unless_it_is_at_the_top() {
    let mut state = loaded();
    arrive(&mut state, vec![event(40, 40)], None);
    assert_eq!(state.selected().and_then(|event| event.id), Some(40));

    state.act(&context(), Action::Down);
    arrive(&mut state, vec![event(41, 41)], None);
    assert_eq!(state.selected().and_then(|event| event.id), Some(29));
}

#[test]
fn without_following_new_events_are_counted_until_they_are_asked_for() {
    let mut state = loaded();
    state.act(&context(), Action::Follow);
    arrive(&mut state, vec![event(40, 40), event(29, 29)], None);
    assert_eq!((state.unseen, state.list.rows().len()), (1, 30));

    state.act(&context(), Action::Home);
    assert_eq!((state.unseen, state.selected().and_then(|event| event.id)), (0, Some(40)));
}

#[test]
fn a_filter_is_read_by_the_database_and_esc_removes_it() {
    let mut state = loaded();
    state.act(&context(), Action::Filter);
    press(&mut state, "kind:worker. level:bad");
    state.edit(&context(), &Input::Key(Key::of(Code::Enter)));
    assert!(state.is_editing(), "it is not a filter");
    for _ in 0.." level:bad".len() {
        state.edit(&context(), &Input::Key(Key::of(Code::Backspace)));
    }
    state.edit(&context(), &Input::Key(Key::of(Code::Enter)));
    assert!(!state.is_editing() && state.list.rows().is_empty());
    state.act(&context(), Action::Info);
    let (filter, _) = asked(&state);
    assert_eq!(filter.kind.as_deref(), Some("worker."));
    assert_eq!(filter.levels, [EventLevel::Error, EventLevel::Warning, EventLevel::Audit]);

    assert!(state.act(&context(), Action::Back).is_some());
    assert_eq!(asked(&state).0, EventFilter::default());
    assert!(state.act(&context(), Action::Back).is_none(), "the next one leaves the screen");
}

#[test]
fn an_answer_to_another_filter_is_not_shown() {
    let mut state = State::default();
    let old = FleetData::Tail(EventFilter::default(), EventPage { events: vec![event(1, 1)], next: None });
    state.open(&context(), &Route::Events(Some("level:error".to_owned())));
    state.arrived(&context(), Data::Fleet(old));
    assert_eq!(state.tail.len(), 0);
}

#[test]
fn a_time_has_no_newest_end_to_follow() {
    let mut state = loaded();
    state.act(&context(), Action::Time);
    press(&mut state, "08:30");
    state.edit(&context(), &Input::Key(Key::of(Code::Enter)));
    assert_eq!((state.text.as_str(), state.is_following), ("until:08:30", false));
}

#[test]
fn older_events_are_read_once_the_cursor_is_near_the_end() {
    let mut state = State::default();
    state.resized(&context());
    arrive(&mut state, (0..30).rev().map(|id| event(id, id)).collect(), Some(EventCursor::default()));
    assert_eq!(asked(&state).1, 1);
    state.act(&context(), Action::End);
    let needs = state.needs(&context());
    assert!(matches!(needs[1].query, Query::Fleet(FleetQuery::Page(_, Some(_)))), "{needs:?}");

    let page = EventPage { events: vec![event(-1, -1)], next: None };
    state.arrived(&context(), Data::Fleet(FleetData::Page(EventFilter::default(), page)));
    assert_eq!((state.tail.len(), asked(&state).1), (31, 1));
}

#[test]
fn an_event_leads_to_its_job_its_worker_and_its_account() {
    let (job, account) = (JobId::from(Uuid::from_u128(1)), AccountId::from(Uuid::from_u128(2)));
    let worker = WorkerId::from(Uuid::from_u128(3));
    let mut state = State::default();
    let about = Event { job: Some(job), account: Some(account), worker: Some(worker), ..event(1, 1) };
    arrive(&mut state, vec![about], None);
    assert!(matches!(state.needs(&context())[1].query, Query::Fleet(FleetQuery::Account(id)) if id == account));
    state.arrived(&context(), Data::Fleet(FleetData::Account(account, Some("ada".to_owned()))));

    let subject = state.subject();
    assert_eq!((subject.job, subject.account.as_deref()), (Some(job), Some("ada")));
    assert_eq!(state.act(&context(), Action::Open), Some(vec![Command::Go(Route::Job(job))]));
    assert_eq!(state.needs(&context()).len(), 1, "the name is known");
}

#[test]
fn the_events_that_are_shown_are_saved_as_lines_of_json() {
    let mut state = loaded();
    let saved = state.act(&context(), Action::Save).expect("an action");
    let [Command::SaveText(name, text)] = saved.as_slice() else { panic!("{saved:?}") };
    assert_eq!(name, "tintype-events-19700101-090000.jsonl");
    let lines: Vec<Event> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!((lines.len(), lines[0].id), (30, Some(29)));
}
