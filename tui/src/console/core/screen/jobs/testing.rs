//! What the tests of the screens of jobs share.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::id::JobId;
use domain::job::browse::{JobLine, JobPage};
use domain::job::{Blocked, ErrorCode, Job, JobState, JobType, RenderReport, Trail, TrailEvent, TrailMovement};
use domain::overview::Snapshot;
use uuid::Uuid;

use crate::console::core::command::Command;
use crate::console::core::data::{Data, JobDetail};
use crate::console::core::environment::Environment;
use crate::console::core::input::{Code, Input, Key};
use crate::console::core::link::Database;
use crate::console::core::message::Message;
use crate::console::core::model::Model;
use crate::console::core::query::{Panel, Query};
use crate::console::core::update::update;

pub(crate) const S: Duration = Duration::from_secs(1);

pub(crate) fn now() -> DateTime<Utc> {
    "2026-05-01T14:32:07Z".parse().expect("a time")
}

/// The id of the n-th job.
pub(crate) fn id(number: u128) -> JobId {
    JobId::from(Uuid::from_u128((0x0198_f2c1_4f6e_u128 << 80) | 0x7000_8000_0000_0000_0000 | (number << 4)))
}

/// The n-th job.
pub(crate) fn line(number: u128, state: JobState) -> JobLine {
    let seconds = i64::try_from(number).expect("a small number");
    let created_at = now() - TimeDelta::seconds(300 - seconds);
    let is_started = state != JobState::Queued;
    let is_ended = state.is_terminal();
    let is_failed = state == JobState::Failed;
    JobLine {
        id: id(number),
        account: format!("acct-{:03}", number % 7),
        key: "k7Qm2".to_owned(),
        kind: if number.is_multiple_of(3) { JobType::Pdf } else { JobType::Screenshot },
        state,
        attempt: i16::from(is_started),
        source: format!("https://shop.example/inv/{number}?tmpl=a4&lang=de"),
        created_at,
        started_at: is_started.then(|| created_at + TimeDelta::milliseconds(62_300)),
        completed_at: is_ended.then(|| created_at + TimeDelta::milliseconds(92_400)),
        worker: is_started.then(|| format!("w-{:02}", number % 12)),
        error_code: is_failed.then_some(ErrorCode::NavigationTimeout),
        error_message: is_failed.then(|| "the page did not load within 30000 ms".to_owned()),
        cost: 1,
        batch: None,
        reference: None,
    }
}

/// A page of these jobs, newest first.
pub(crate) fn page(numbers: std::ops::Range<u128>, next: Option<JobId>) -> JobPage {
    let states = [JobState::Failed, JobState::Completed, JobState::Processing, JobState::Queued, JobState::Failed];
    let state = |number: u128| states[usize::try_from(number % 5).expect("a small number")];
    let jobs = numbers.rev().map(|number| line(number, state(number))).collect();
    JobPage { jobs, next, is_scan_limited: false }
}

/// A job that failed at its second attempt.
pub(crate) fn detail(state: JobState) -> JobDetail {
    let row = line(7, state);
    let event = TrailEvent {
        at: row.created_at + TimeDelta::seconds(9),
        kind: "job.retried".to_owned(),
        worker: None,
        actor: None,
        reason: None,
        message: "attempt 1: BROWSER_CRASHED: the browser crashed".to_owned(),
    };
    let moved = |kind: &str, amount, at| TrailMovement { at, kind: kind.to_owned(), amount };
    let trail = Trail {
        account: row.account.clone(),
        key: row.key.clone(),
        request_id: Some("0198f2c14f6e7c2da1b03d5c77e09b41".to_owned()),
        worker: row.worker.clone(),
        deadline: None,
        parked_until: None,
        events: vec![event],
        ledger: vec![moved("debit", -1, row.created_at), moved("refund", 1, now())],
        result: None,
    };
    let options = serde_json::json!({"page": {"url": row.source}, "wait_for": "network_idle", "delay_ms": 500});
    let job = Job {
        id: row.id,
        account: "00000000-0000-4000-8000-000000000007".parse().expect("an id"),
        kind: row.kind,
        state: row.state,
        format: "png",
        options,
        had_secrets: true,
        batch: None,
        reference: Some("order 7".to_owned()),
        cost: 1,
        refunded: 1,
        attempt: 2,
        created_at: row.created_at,
        started_at: row.started_at,
        completed_at: row.completed_at,
        expires_at: None,
        error_code: row.error_code,
        error_message: row.error_message,
        timings: None,
        blocked: Blocked::default(),
        report: RenderReport::default(),
        queue_position: None,
    };
    JobDetail { job, trail }
}

/// A console that is connected and shows the jobs.
pub(crate) fn console(size: (u16, u16)) -> (Model, Vec<Command>) {
    let mut model = Model::new(Environment { name: "prod".to_owned(), ..Environment::default() }, size, 1);
    let database = Database { name: "db1.eu/render".to_owned(), ..Database::default() };
    let commands = update(&mut model, S, Message::Connected(database));
    let snapshot = Snapshot { at: now() - TimeDelta::seconds(1), ..Snapshot::default() };
    answer(&mut model, &commands, Panel::Overview, Ok(Data::Overview(Box::new(snapshot))));
    let commands = press(&mut model, "2");
    (model, commands)
}

/// Responds to the query of a panel, and returns the commands that follow.
pub(crate) fn answer(model: &mut Model, asked: &[Command], panel: Panel, result: Result<Data, String>) -> Vec<Command> {
    let generation = asked.iter().find_map(|command| match command {
        Command::Fetch(fetch) if fetch.query.panel() == panel => Some(fetch.generation),
        _ => None,
    });
    let (now, generation) = (model.now, generation.unwrap_or_else(|| panic!("{panel:?} was asked: {asked:?}")));
    update(model, now, Message::Response { panel, generation, result, took: Duration::from_millis(2) })
}

/// The queries among commands.
pub(crate) fn queries(commands: &[Command]) -> Vec<&Query> {
    let fetched = commands.iter().filter_map(|command| match command {
        Command::Fetch(fetch) => Some(&fetch.query),
        _ => None,
    });
    fetched.collect()
}

/// Types characters.
pub(crate) fn press(model: &mut Model, keys: &str) -> Vec<Command> {
    keys.chars().flat_map(|letter| hit(model, Code::Char(letter))).collect()
}

/// Presses a key.
pub(crate) fn hit(model: &mut Model, code: Code) -> Vec<Command> {
    let now = model.now;
    update(model, now, Message::Input(Input::Key(Key::of(code))))
}
