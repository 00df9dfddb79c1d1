use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::event::{Event, EventFilter, EventLevel, EventPage};
use domain::id::{AccountId, JobId, WorkerId};
use domain::overview::Snapshot;
use serde_json::json;
use uuid::Uuid;

use crate::console::core::command::Command;
use crate::console::core::data::{Data, FleetData};
use crate::console::core::environment::Environment;
use crate::console::core::input::{Code, Input, Key};
use crate::console::core::link::{Database, Outage};
use crate::console::core::message::Message;
use crate::console::core::model::Model;
use crate::console::core::query::Panel;
use crate::console::core::update::update;
use crate::console::view::view;
use crate::console::widget::testing::draw;

const SIZES: [(u16, u16); 4] = [(60, 16), (80, 24), (120, 36), (200, 60)];
const S: Duration = Duration::from_secs(1);

fn now() -> DateTime<Utc> {
    "2026-05-01T14:32:07Z".parse().expect("a time")
}

fn event(id: i64, ago: i64, level: EventLevel, kind: &str, message: &str) -> Event {
    Event {
        id: Some(id),
        at: now() - TimeDelta::seconds(ago),
        level,
        kind: kind.to_owned(),
        job: None,
        worker: None,
        worker_name: None,
        account: None,
        actor: None,
        reason: None,
        message: message.to_owned(),
        detail: None,
    }
}

fn events() -> Vec<Event> {
    use EventLevel::{Audit, Error, Info, Warning};
    let job = Some(JobId::from(Uuid::from_u128(0x0198_f2c3_8a01_7e55_b2c1_0d4f_5c6b_fe20)));
    let (worker, name) = (Some(WorkerId::from(Uuid::from_u128(12))), Some("w-12".to_owned()));
    let account = Some(AccountId::from(Uuid::from_u128(214)));
    let about = |event: Event| Event { worker, worker_name: name.clone(), ..event };
    let failed = Event { id: None, job, account, ..about(event(0, 1, Error, "job.failed", "TIMEOUT pdf")) };
    let failed = Event { detail: Some(json!({"code": "TIMEOUT", "type": "pdf"})), ..failed };
    let drained = about(event(7, 27 * 60, Audit, "worker.draining", "w-12"));
    let drained = Event { actor: Some("maria@ops".to_owned()), reason: Some("roll to 1.4.2".to_owned()), ..drained };
    let released = |id, ago| Event {
        job: Some(JobId::from(Uuid::from_u128(7 + u128::from(id)))),
        ..about(event(i64::from(id), ago, Info, "job.released", "attempt 1: given back, queued again"))
    };
    vec![
        failed,
        Event {
            job,
            ..event(12, 2, Warning, "job.retried", "attempt 1: NAVIGATION_FAILED: net::ERR_CONNECTION_RESET")
        },
        about(event(11, 94, Error, "worker.lost", "w-12: no beat for 16 s")),
        released(10_u32, 120),
        released(9, 121),
        released(8, 122),
        drained,
        event(3, 40 * 60, Info, "slot.swept", "bucket 7: 214 results"),
    ]
}

fn press(model: &mut Model, key: Key) -> Vec<Command> {
    update(model, S, Message::Input(Input::Key(key)))
}

/// A console that shows events, and was answered this.
fn shown(size: (u16, u16), events: &Result<Vec<Event>, String>) -> Model {
    let mut model = Model::new(Environment { name: "prod".to_owned(), ..Environment::default() }, size, 1);
    let database = Database { name: "db1.eu/render".to_owned(), ..Database::default() };
    let mut commands = update(&mut model, S, Message::Connected(database));
    commands.extend(press(&mut model, Key::of(Code::Char('7'))));
    while let Some(command) = commands.pop() {
        let Command::Fetch(fetch) = command else { continue };
        let (panel, generation) = (fetch.query.panel(), fetch.generation);
        let result = match panel {
            Panel::Overview => Ok(Data::Overview(Box::new(Snapshot { at: now(), ..Snapshot::default() }))),
            Panel::EventTail => events
                .clone()
                .map(|events| Data::Fleet(FleetData::Tail(EventFilter::default(), EventPage { events, next: None }))),
            Panel::EventAccount => {
                let account = AccountId::from(Uuid::from_u128(214));
                Ok(Data::Fleet(FleetData::Account(account, Some("acct-214".to_owned()))))
            }
            _ => continue,
        };
        let took = Duration::from_millis(2);
        commands.extend(update(&mut model, S, Message::Response { panel, generation, result, took }));
    }
    model
}

#[test]
#[expect(clippy::large_stack_arrays, reason = "a model has some kilobytes")]
fn events_are_drawn_in_every_state_and_size() {
    for size in SIZES {
        let loading = {
            let mut model = Model::new(Environment::default(), size, 1);
            update(&mut model, S, Message::Connected(Database::default()));
            press(&mut model, Key::of(Code::Char('7')));
            model
        };
        let mut stale = shown(size, &Ok(events()));
        let outage = Outage { reason: "connection refused".to_owned(), attempts: 3, retry_at: Some(15 * S) };
        update(&mut stale, 13 * S, Message::Disconnected(outage));
        for (state, model) in [
            ("loading", loading),
            ("loaded", shown(size, &Ok(events()))),
            ("empty", shown(size, &Ok(Vec::new()))),
            ("stale", stale),
            ("error", shown(size, &Err("permission denied for table event".to_owned()))),
        ] {
            let screen = draw(size.0, size.1, |canvas, _| view(&model, canvas));
            insta::assert_snapshot!(format!("events_{state}_{}x{}", size.0, size.1), screen);
        }
    }
}

#[test]
fn a_filter_that_is_wrong_says_so_where_it_is_typed() {
    let mut model = shown((80, 24), &Ok(events()));
    press(&mut model, Key::of(Code::Char('/')));
    for c in "level:bad".chars() {
        press(&mut model, Key::of(Code::Char(c)));
    }
    press(&mut model, Key::of(Code::Enter));
    let screen = draw(80, 24, |canvas, _| view(&model, canvas));
    insta::assert_snapshot!("events_wrong_filter_80x24", screen);
}

#[test]
fn a_level_that_is_hidden_says_how_it_is_shown_again() {
    let mut model = shown((80, 24), &Ok(events()));
    press(&mut model, Key::of(Code::Char('I')));
    let screen = draw(80, 24, |canvas, _| view(&model, canvas));
    assert!(screen.contains("I shows info"), "{screen}");
}
