use std::time::Duration;

use chrono::DateTime;
use domain::id::{AccountId, JobId};
use domain::job::JobType;
use domain::overview::Snapshot;
use domain::worker::{Fleet, InFlightJob, Worker, WorkerState};
use uuid::Uuid;

use crate::console::core::command::Command;
use crate::console::core::data::{Data, FleetData};
use crate::console::core::environment::Environment;
use crate::console::core::input::{Code, Input, Key};
use crate::console::core::link::{Database, Outage};
use crate::console::core::message::Message;
use crate::console::core::model::Model;
use crate::console::core::query::Panel;
use crate::console::core::settings::ThemeName;
use crate::console::core::update::update;
use crate::console::glyph::ASCII;
use crate::console::theme::{Background, Depth, Theme};
use crate::console::view::view;
use crate::console::widget::testing::{draw, frame, lines};
use crate::fleet_text::tests::{fleet, worker};

const SIZES: [(u16, u16); 4] = [(60, 16), (80, 24), (120, 36), (200, 60)];
const S: Duration = Duration::from_secs(1);

fn press(model: &mut Model, key: Key) -> Vec<Command> {
    update(model, S, Message::Input(Input::Key(key)))
}

/// Returns data for a query.
fn answer(model: &mut Model, commands: Vec<Command>, answers: impl Fn(Panel) -> Option<Result<Data, String>>) {
    let mut commands = commands;
    while let Some(command) = commands.pop() {
        let Command::Fetch(fetch) = command else { continue };
        let (panel, generation) = (fetch.query.panel(), fetch.generation);
        if let Some(result) = answers(panel) {
            let took = Duration::from_millis(2);
            commands.extend(update(model, S, Message::Response { panel, generation, result, took }));
        }
    }
}

fn jobs() -> Vec<InFlightJob> {
    let job = |number: u32| InFlightJob {
        job: JobId::from(Uuid::from_u128(0x0198_f2c3_4f6e_7c2d_a1b0_3d5c_77e0_9b00 + u128::from(number))),
        kind: if number.is_multiple_of(3) { JobType::Screenshot } else { JobType::Pdf },
        account: AccountId::from(Uuid::from_u128(1)),
        account_name: "acct-214".to_owned(),
        attempt: 1,
        started_at: DateTime::UNIX_EPOCH,
        run_s: 94.0 - f64::from(number),
        lease_left_s: 26.0 * f64::from(number) - 30.0,
    };
    (0..8).map(job).collect()
}

/// A console that shows workers, and was answered this.
fn shown(size: (u16, u16), fleet: &Result<Fleet, String>) -> Model {
    let mut model = Model::new(Environment { name: "prod".to_owned(), ..Environment::default() }, size, 1);
    let database = Database { name: "db1.eu/render".to_owned(), ..Database::default() };
    let mut commands = update(&mut model, S, Message::Connected(database));
    commands.extend(press(&mut model, Key::of(Code::Char('3'))));
    let at = "2026-05-01T14:32:07Z".parse().expect("a time");
    answer(&mut model, commands, |panel| match panel {
        Panel::Overview => Some(Ok(Data::Overview(Box::new(Snapshot { at, ..Snapshot::default() })))),
        Panel::Workers => Some(fleet.clone().map(|fleet| Data::Fleet(FleetData::Workers(fleet)))),
        Panel::InFlight => Some(Ok(Data::Fleet(FleetData::InFlight(worker(12).id, jobs())))),
        _ => None,
    });
    model
}

#[test]
#[expect(clippy::large_stack_arrays, reason = "a model has some kilobytes")]
fn workers_are_drawn_in_every_state_and_size() {
    for size in SIZES {
        let loading = {
            let mut model = Model::new(Environment::default(), size, 1);
            update(&mut model, S, Message::Connected(Database::default()));
            press(&mut model, Key::of(Code::Char('3')));
            model
        };
        let mut stale = shown(size, &Ok(fleet()));
        let outage = Outage { reason: "connection refused".to_owned(), attempts: 3, retry_at: Some(15 * S) };
        update(&mut stale, 13 * S, Message::Disconnected(outage));
        for (state, model) in [
            ("loading", loading),
            ("trouble", shown(size, &Ok(fleet()))),
            ("empty", shown(size, &Ok(Fleet { at: fleet().at, ..Fleet::default() }))),
            ("stale", stale),
            ("error", shown(size, &Err("permission denied for table worker".to_owned()))),
        ] {
            let screen = draw(size.0, size.1, |canvas, _| view(&model, canvas));
            insta::assert_snapshot!(format!("workers_{state}_{}x{}", size.0, size.1), screen);
        }
    }
}

#[test]
fn every_pane_is_reached_in_a_small_terminal() {
    let mut model = shown((80, 24), &Ok(fleet()));
    for pane in ["detail", "jobs"] {
        press(&mut model, Key::of(Code::Tab));
        let screen = draw(80, 24, |canvas, _| view(&model, canvas));
        insta::assert_snapshot!(format!("workers_{pane}_80x24"), screen);
    }
}

#[test]
fn every_state_differs_without_colours_and_in_ascii() {
    let model = shown((120, 36), &Ok(fleet()));
    let mono = Theme::new(ThemeName::Mono, Background::Dark, Depth::Sixteen);
    let screen = lines(&frame(120, 36, mono, &ASCII, |canvas, _| view(&model, canvas)).0);
    for state in ["x lost", "! slow", "v drain", "o drained", "+ ok"] {
        assert!(screen.contains(state), "{state}\n{screen}");
    }
}

#[test]
fn two_hundred_workers_scroll_with_the_cursor() {
    let workers: Vec<Worker> = (1..=200).map(|n| Worker { state: WorkerState::Ok, ..worker(n) }).collect();
    let mut model = shown((80, 24), &Ok(Fleet { at: fleet().at, workers, is_cut: false }));
    press(&mut model, Key::of(Code::Char('G')));
    let screen = draw(80, 24, |canvas, _| view(&model, canvas));
    assert!(screen.contains("▌ w-99") && screen.contains("200 alive"), "{screen}");
}
