use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::overview::{
    Account, Burn, Expiry, FailureGroup, Failures, FleetSummary, Latency, Minute, Outcomes, Percentiles, Snapshot,
    Worker,
};

use crate::console::core::command::Command;
use crate::console::core::data::Data;
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

fn model(size: (u16, u16)) -> Model {
    Model::new(Environment { name: "prod".to_owned(), ..Environment::default() }, size, 1)
}

/// A console that has just asked everything, and was answered this.
fn answered(size: (u16, u16), answers: Vec<(Panel, Result<Data, String>)>) -> Model {
    let mut model = model(size);
    let database = Database { name: "db1.eu/render".to_owned(), ..Database::default() };
    let commands = update(&mut model, S, Message::Connected(database));
    for (panel, result) in answers {
        let asked = commands.iter().find_map(|command| match command {
            Command::Fetch(fetch) if fetch.query.panel() == panel => Some(fetch.generation),
            _ => None,
        });
        let generation = asked.expect("it is asked at once");
        update(&mut model, S, Message::Response { panel, generation, result, took: Duration::from_millis(2) });
    }
    model
}

fn fleet(workers: Vec<Worker>) -> FleetSummary {
    let alive = || workers.iter().filter(|worker| worker.alive);
    let mut fleet = FleetSummary::default();
    fleet.total.alive = alive().count().try_into().expect("few");
    fleet.total.lost = workers.iter().filter(|worker| !worker.alive).count().try_into().expect("few");
    fleet.total.slots = alive().map(|worker| i64::from(worker.slots)).sum();
    fleet.sweep.last_at = Some(now() - TimeDelta::seconds(12));
    FleetSummary { workers, ..fleet }
}

fn empty() -> Vec<(Panel, Result<Data, String>)> {
    let snapshot = Snapshot { at: now(), ..Snapshot::default() };
    let minute = |number: i64| Minute { minute: now() + TimeDelta::minutes(number - 59), ..Minute::default() };
    let worker = Worker { name: "w-01".to_owned(), slots: 4, alive: true, silent_s: 1.0, ..Worker::default() };
    vec![
        (Panel::Overview, Ok(Data::Overview(Box::new(snapshot)))),
        (Panel::Throughput, Ok(Data::Throughput((0..60).map(minute).collect()))),
        (Panel::Outcomes, Ok(Data::Outcomes(Outcomes::default()))),
        (Panel::Burn, Ok(Data::Burn(Burn::default()))),
        (Panel::ExpiryHours, Ok(Data::ExpiryHours(Vec::new()))),
        (Panel::FleetSummary, Ok(Data::FleetSummary(fleet(vec![worker])))),
    ]
}

fn minute(number: i64) -> Minute {
    let is_bad = number > 48;
    Minute {
        minute: now() - TimeDelta::seconds(7) + TimeDelta::minutes(number - 59),
        submitted: if is_bad { 305 } else { 280 + number % 7 },
        completed: if is_bad { 212 } else { 275 + number % 5 },
        failed: if is_bad { 31 } else { 5 },
    }
}

fn outcomes() -> Outcomes {
    let group = |code: &str, kind: &str, recent, hour, ago| FailureGroup {
        code: code.to_owned(),
        kind: kind.to_owned(),
        recent,
        hour,
        sampled: hour,
        last: now() - TimeDelta::seconds(ago),
    };
    let groups = vec![
        group("CAPTURE_TIMEOUT", "pdf", 129, 512, 2),
        group("NAVIGATION_FAILED", "screenshot", 20, 201, 11),
        group("DNS_TIMEOUT", "screenshot", 7, 144, 40),
        group("BROWSER_CRASHED", "pdf", 0, 97, 400),
    ];
    let failures = Failures { sampled: 1_000, oldest: Some(now() - TimeDelta::minutes(185)), groups };
    let latency = |kind: &str, failed, wait: [i64; 3], render: [i64; 3]| {
        let of = |[p50_ms, p95_ms, p99_ms]: [i64; 3]| Some(Percentiles { p50_ms, p95_ms, p99_ms });
        Latency { kind: kind.to_owned(), completed: 530, failed, wait: of(wait), render: of(render) }
    };
    let latency = vec![
        latency("screenshot", 27, [72_000, 158_000, 161_000], [1_900, 6_100, 11_800]),
        latency("pdf", 129, [71_000, 157_000, 160_000], [4_400, 29_800, 30_000]),
    ];
    Outcomes { failures, latency }
}

fn incident() -> Vec<(Panel, Result<Data, String>)> {
    let mut snapshot = Snapshot { at: now(), ..Snapshot::default() };
    (snapshot.queue.queued, snapshot.queue.processing, snapshot.queue.parked) = (1_204, 94, 12);
    (snapshot.queue.interactive.queued, snapshot.queue.interactive.oldest_wait_s) = (1_192, Some(161.0));
    snapshot.queue.oldest_wait_s = Some(161.0);
    let account = |name: &str, credits, spent, per_min, refused, empty_in_s| Account {
        name: name.to_owned(),
        credits,
        suspended: false,
        spent,
        per_min,
        refused,
        empty_in_s,
    };
    let accounts = vec![
        account("acct-009", 0, 5, 1.0, 12, Some(0.0)),
        account("acct-214", 61, 200, 40.1, 0, Some(91.0)),
        account("acct-031", 40_511, 110, 22.0, 0, Some(110_484.0)),
    ];
    let hour = |number: i64| Expiry {
        hour: now() - TimeDelta::seconds(32 * 60 + 7) + TimeDelta::hours(number),
        results: 8_000 + (number * 977) % 5_000,
        bytes: 1_200_000_000,
    };
    let lost = Worker {
        name: "w-12".to_owned(),
        slots: 8,
        busy: 8,
        silent_s: 94.0,
        lapses_in_s: Some(26.0),
        memory_bytes: Some(604_000_000),
        ..Worker::default()
    };
    let alive = |number: i32| Worker {
        name: format!("w-{number:02}"),
        slots: 8,
        busy: 8 - number % 3,
        silent_s: 1.0,
        alive: true,
        draining: number == 7,
        memory_bytes: Some(612_000_000),
        ..Worker::default()
    };
    let workers = [lost].into_iter().chain((1..12).map(alive)).collect();
    vec![
        (Panel::Overview, Ok(Data::Overview(Box::new(snapshot)))),
        (Panel::Throughput, Ok(Data::Throughput((0..60).map(minute).collect()))),
        (Panel::Outcomes, Ok(Data::Outcomes(outcomes()))),
        (Panel::Burn, Ok(Data::Burn(Burn { accounts, ..Burn::default() }))),
        (Panel::ExpiryHours, Ok(Data::ExpiryHours((0..24).map(hour).collect()))),
        (Panel::FleetSummary, Ok(Data::FleetSummary(fleet(workers)))),
    ]
}

fn refused() -> Vec<(Panel, Result<Data, String>)> {
    let reason = || Err("permission denied for table failure".to_owned());
    incident()
        .into_iter()
        .map(|(panel, data)| (panel, if panel == Panel::Outcomes { reason() } else { data }))
        .collect()
}

fn outage() -> Message {
    let reason = "connection refused".to_owned();
    Message::Disconnected(Outage { reason, attempts: 3, retry_at: Some(15 * S) })
}

#[test]
#[expect(clippy::large_stack_arrays, reason = "a model has some kilobytes")]
fn the_overview_is_drawn_in_every_state_and_size() {
    for size in SIZES {
        let loading = answered(size, Vec::new());
        let loaded = answered(size, incident());
        let nothing = answered(size, empty());
        let mut stale = answered(size, incident());
        update(&mut stale, 13 * S, outage());
        let failed = answered(size, refused());
        let mut away = model(size);
        update(&mut away, 13 * S, outage());
        for (state, model) in [
            ("loading", loading),
            ("incident", loaded),
            ("empty", nothing),
            ("stale", stale),
            ("error", failed),
            ("away", away),
        ] {
            let screen = draw(size.0, size.1, |canvas, _| view(&model, canvas));
            insta::assert_snapshot!(format!("{state}_{}x{}", size.0, size.1), screen);
        }
    }
}

#[test]
fn in_a_small_terminal_the_list_that_has_the_keys_is_drawn_in_full() {
    for size in [(60, 16), (80, 24)] {
        for (presses, title) in [(1, "FAILURES"), (2, "WORKERS"), (3, "SPENDING"), (4, "ATTENTION")] {
            let mut model = answered(size, incident());
            for _ in 0..presses {
                update(&mut model, S, Message::Input(Input::Key(Key::of(Code::Tab))));
            }
            let screen = draw(size.0, size.1, |canvas, _| view(&model, canvas));
            assert!(screen.contains(title), "{screen}");
            insta::assert_snapshot!(format!("list_{presses}_{}x{}", size.0, size.1), screen);
        }
    }
}
