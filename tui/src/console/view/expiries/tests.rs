use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::overview::{Expiry, FleetSummary, Snapshot};
use domain::result::{Expiring, ExpiringAccount, ExpiringAccounts, Storage};

use crate::console::core::command::Command;
use crate::console::core::data::{Data, ExpiryData};
use crate::console::core::environment::Environment;
use crate::console::core::input::{Code, Input, Key};
use crate::console::core::link::{Database, Outage};
use crate::console::core::message::Message;
use crate::console::core::model::Model;
use crate::console::core::query::Panel;
use crate::console::core::route::Screen;
use crate::console::core::update::update;
use crate::console::view::view;
use crate::console::widget::testing::draw;

const SIZES: [(u16, u16); 4] = [(60, 16), (80, 24), (120, 36), (200, 60)];
const S: Duration = Duration::from_secs(1);

fn now() -> DateTime<Utc> {
    "2026-05-01T14:32:07Z".parse().expect("a time")
}

type Panels = Vec<(Panel, Result<ExpiryData, String>)>;

/// A console on this screen, which was answered this.
fn answered(size: (u16, u16), answers: Panels) -> Model {
    let mut model = Model::new(Environment { name: "prod".to_owned(), ..Environment::default() }, size, 1);
    let database = Database { name: "db1.eu/render".to_owned(), ..Database::default() };
    let mut commands = update(&mut model, S, Message::Connected(database));
    let snapshot = Snapshot { at: now(), ..Snapshot::default() };
    let mut fleet = FleetSummary::default();
    fleet.sweep.last_at = Some(now() - TimeDelta::seconds(12));
    model.screens.overview.fleet.arrived(S, fleet);
    answer(&mut model, &commands, Panel::Overview, Ok(Data::Overview(Box::new(snapshot))));
    commands = update(&mut model, S, Message::Input(Input::Key(Key::of(Code::Char('6')))));
    assert_eq!(model.screen(), Screen::Expiries);
    for (panel, data) in answers {
        answer(&mut model, &commands, panel, data.map(Data::Expiry));
    }
    model
}

fn answer(model: &mut Model, commands: &[Command], panel: Panel, result: Result<Data, String>) {
    let asked = commands.iter().find_map(|command| match command {
        Command::Fetch(fetch) if fetch.query.panel() == panel => Some(fetch.generation),
        _ => None,
    });
    let generation = asked.expect("it is asked at once");
    update(model, S, Message::Response { panel, generation, result, took: Duration::from_millis(2) });
}

fn result(number: i64) -> Expiring {
    Expiring {
        job: format!("0198edb0-10aa-7d01-9c3e-55d1e2a011{:02x}", number * 7).parse().expect("an id"),
        account: ["acct-031", "acct-007", "日本語のとても長い名前のアカウント"]
            [usize::try_from(number % 3).expect("few")]
        .to_owned(),
        content_type: if number % 2 == 0 { "image/png" } else { "application/pdf" }.to_owned(),
        size: 88_000 * (number + 1),
        expires_at: now() + TimeDelta::seconds(number * number * 9 - 2),
        extended: number == 3,
    }
}

fn hour(number: i64) -> Expiry {
    Expiry {
        hour: now() - TimeDelta::seconds(32 * 60 + 7) + TimeDelta::hours(number),
        results: 8_000 + (number * 977) % 5_000,
        bytes: 1_200_000_000,
    }
}

fn busy() -> Panels {
    let account = |name: &str, results| ExpiringAccount { account: name.to_owned(), results, bytes: results * 150_000 };
    let accounts = vec![account("acct-031", 1_211), account("acct-214", 640), account("acct-007", 149)];
    let accounts = ExpiringAccounts { hour: hour(0).hour, sampled: 2_000, accounts };
    let storage = Storage {
        retention: Duration::from_hours(24),
        result_bytes: 43_600_000_000,
        source_bytes: 120_000_000,
        buckets: 26,
        swept: vec![now() - TimeDelta::minutes(31)],
    };
    vec![
        (Panel::ExpiryTimeline, Ok(ExpiryData::Hours((0..24).map(hour).collect()))),
        (Panel::ExpiryFirst, Ok(ExpiryData::First((0..30).map(result).collect()))),
        (Panel::ExpiryAccounts, Ok(ExpiryData::Accounts(accounts))),
        (Panel::ExpiryStorage, Ok(ExpiryData::Storage(storage))),
    ]
}

fn empty() -> Panels {
    let accounts = ExpiringAccounts { hour: hour(0).hour, sampled: 0, accounts: Vec::new() };
    vec![
        (Panel::ExpiryTimeline, Ok(ExpiryData::Hours(Vec::new()))),
        (Panel::ExpiryFirst, Ok(ExpiryData::First(Vec::new()))),
        (Panel::ExpiryAccounts, Ok(ExpiryData::Accounts(accounts))),
        (Panel::ExpiryStorage, Ok(ExpiryData::Storage(Storage::default()))),
    ]
}

fn refused() -> Panels {
    let reason = || Err("permission denied for function expiring_results".to_owned());
    busy().into_iter().map(|(panel, data)| (panel, if panel == Panel::ExpiryFirst { reason() } else { data })).collect()
}

fn press(model: &mut Model, code: Code) {
    let now = model.now + S;
    update(model, now, Message::Input(Input::Key(Key::of(code))));
}

#[test]
#[expect(clippy::large_stack_arrays, reason = "a model has some kilobytes")]
fn the_screen_is_drawn_in_every_state_and_size() {
    for size in SIZES {
        let mut marked = answered(size, busy());
        for code in [Code::Down, Code::Char(' '), Code::Char(' ')] {
            press(&mut marked, code);
        }
        let mut accounts = answered(size, busy());
        press(&mut accounts, Code::Tab);
        let mut stale = answered(size, busy());
        let outage = Outage { reason: "connection refused".to_owned(), attempts: 3, retry_at: Some(15 * S) };
        update(&mut stale, 13 * S, Message::Disconnected(outage));
        for (state, model) in [
            ("busy", answered(size, busy())),
            ("marked", marked),
            ("accounts", accounts),
            ("empty", answered(size, empty())),
            ("loading", answered(size, Vec::new())),
            ("error", answered(size, refused())),
            ("stale", stale),
        ] {
            let screen = draw(size.0, size.1, |canvas, _| view(&model, canvas));
            insta::assert_snapshot!(format!("{state}_{}x{}", size.0, size.1), screen);
        }
    }
}

#[test]
fn the_cursor_is_on_the_screen_wherever_it_goes() {
    for size in SIZES {
        let mut model = answered(size, busy());
        for code in [Code::Char('G'), Code::PageUp, Code::PageDown, Code::Home, Code::End] {
            press(&mut model, code);
            let screen = draw(size.0, size.1, |canvas, _| view(&model, canvas));
            assert!(screen.contains('▌'), "{code:?}\n{screen}");
        }
    }
}

#[test]
fn a_preview_is_fetched_once_no_key_was_pressed_for_a_moment() {
    let fetches = |commands: Vec<Command>| {
        let is_preview =
            |command: &Command| matches!(command, Command::Fetch(fetch) if fetch.query.panel() == Panel::Preview);
        commands.iter().filter(|command| is_preview(command)).count()
    };
    let mut model = answered((200, 60), busy());
    let pressed = 9 * S;
    let commands = update(&mut model, pressed, Message::Input(Input::Key(Key::of(Code::Down))));
    let at = pressed + Duration::from_millis(120);
    assert_eq!((fetches(commands), model.next_tick() <= Some(at)), (0, true));
    assert_eq!(fetches(update(&mut model, at, Message::Tick)), 1);
    assert_eq!(fetches(update(&mut model, at, Message::Tick)), 0, "it is on its way");

    let mut small = answered((120, 36), busy());
    assert_eq!(fetches(update(&mut small, 20 * S, Message::Tick)), 0, "there is no room");
}
