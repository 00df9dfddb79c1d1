use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::overview::Expiry;
use domain::result::Expiring;

use super::{PAGE, State};
use crate::console::core::action::Action;
use crate::console::core::command::Command;
use crate::console::core::data::{Data, ExpiryData};
use crate::console::core::draft::Draft;
use crate::console::core::query::{ExpiryQuery, Query};
use crate::console::core::screen::{Context, ScreenState};
use crate::console::core::write::{ExpiryVerb, Write};

fn now() -> DateTime<Utc> {
    "2026-05-01T14:32:07Z".parse().expect("a time")
}

fn cx() -> Context {
    Context { now: Duration::from_secs(1), clock: Some(now()), size: (120, 36) }
}

fn result(number: usize) -> Expiring {
    let seconds = i64::try_from(number).expect("few");
    Expiring {
        job: format!("0198f2b7-10aa-7d01-9c3e-55d1e2a0{number:04x}").parse().expect("an id"),
        account: "acct-031".to_owned(),
        content_type: "image/png".to_owned(),
        size: 1_000,
        expires_at: now() + TimeDelta::seconds(seconds),
        extended: false,
    }
}

fn state(results: std::ops::Range<usize>) -> State {
    let mut state = State::default();
    state.resized(&cx());
    let hour = |number: i64| Expiry {
        hour: "2026-05-01T14:00:00Z".parse::<DateTime<Utc>>().expect("an hour") + TimeDelta::hours(number),
        results: 10,
        bytes: 100,
    };
    state.arrived(&cx(), Data::Expiry(ExpiryData::Hours((0..24).map(hour).collect())));
    state.arrived(&cx(), Data::Expiry(ExpiryData::First(results.map(result).collect())));
    state
}

fn asks(state: &State) -> Vec<ExpiryQuery> {
    let query = |need: crate::console::core::query::Need| match need.query {
        Query::Expiry(query) => Some(query),
        _ => None,
    };
    state.needs(&cx()).into_iter().filter_map(query).collect()
}

#[test]
fn the_hour_moves_between_the_present_and_the_last_one() {
    let mut state = state(0..5);
    state.act(&cx(), Action::Left);
    assert_eq!(state.hour, None);
    state.act(&cx(), Action::Right);
    let hour = state.hour.expect("an hour");
    assert_eq!(hour.to_rfc3339(), "2026-05-01T15:00:00+00:00");
    assert!(asks(&state).contains(&ExpiryQuery::First(Some(hour))));
    assert!(asks(&state).contains(&ExpiryQuery::Accounts(hour)));
    assert!(state.list.rows().is_empty(), "another list is shown");
    for _ in 0..100 {
        state.act(&cx(), Action::Right);
    }
    assert_eq!(state.hour.map(|hour| hour.to_rfc3339()).as_deref(), Some("2026-05-02T13:00:00+00:00"));
    assert_eq!(state.act(&cx(), Action::Back), Some(Vec::new()));
    assert_eq!((state.hour, state.act(&cx(), Action::Back)), (None, None));
}

#[test]
fn the_next_page_is_asked_for_near_the_end_of_a_full_one() {
    let mut state = state(0..PAGE);
    let more = |state: &State| asks(state).into_iter().any(|query| matches!(query, ExpiryQuery::More(_)));
    assert!(!more(&state));
    state.act(&cx(), Action::End);
    assert!(asks(&state).contains(&ExpiryQuery::More(result(PAGE - 1).cursor())));
    state.arrived(&cx(), Data::Expiry(ExpiryData::More((PAGE..PAGE + 3).map(result).collect())));
    state.act(&cx(), Action::End);
    assert_eq!((state.list.rows().len(), more(&state)), (PAGE + 3, false));
}

#[test]
fn what_is_marked_is_changed_or_else_the_row_of_the_cursor() {
    let mut state = state(0..5);
    let deleted = state.act(&cx(), Action::Delete).expect("an action");
    let [Command::Confirm(Write::Expiry(write))] = deleted.as_slice() else { panic!("{deleted:?}") };
    assert_eq!((write.verb, write.jobs.as_slice()), (ExpiryVerb::Delete, [result(0).job].as_slice()));
    state.act(&cx(), Action::Mark);
    state.act(&cx(), Action::Mark);
    let extended = state.act(&cx(), Action::Extend).expect("an action");
    let [Command::Draft(Draft::Expiry(draft))] = extended.as_slice() else { panic!("{extended:?}") };
    assert_eq!(draft.jobs, [result(0).job, result(1).job]);
    let draft = Draft::Expiry(draft.clone());
    assert!(draft.fill(&["25".to_owned()]).is_err() && draft.fill(&["5".to_owned()]).is_ok());
    assert!(matches!(State::default().act(&cx(), Action::Delete).as_deref(), Some([Command::Say(_)])));
}
