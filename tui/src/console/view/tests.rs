use std::collections::HashSet;
use std::time::Duration;

use ratatui::layout::Rect;

use super::{MIN_SIZE, overlay, view};
use crate::console::core::access::WriteAccess;
use crate::console::core::command::Command;
use crate::console::core::environment::Environment;
use crate::console::core::input::{Code, Input, Key};
use crate::console::core::input_line::InputLine;
use crate::console::core::keys;
use crate::console::core::link::{Database, Outage};
use crate::console::core::log::Entry;
use crate::console::core::message::Message;
use crate::console::core::model::Model;
use crate::console::core::overlay::Overlay;
use crate::console::core::overlay::confirm::Confirm;
use crate::console::core::overlay::help::{Help, HelpLine, lines};
use crate::console::core::overlay::palette::Palette;
use crate::console::core::route::{Route, Screen};
use crate::console::core::settings::ThemeName;
use crate::console::core::update::update;
use crate::console::core::write::Write;
use crate::console::glyph::{ASCII, Glyphs, UNICODE};
use crate::console::theme::{Background, Depth, Theme};
use crate::console::widget::Canvas;
use crate::console::widget::testing::{self, THEME};

const SIZES: [(u16, u16); 4] = [(60, 16), (80, 24), (120, 36), (200, 60)];

fn model() -> Model {
    let environment = Environment {
        name: "prod".to_owned(),
        is_protected: true,
        confirm_word: "PROD".to_owned(),
        others: vec!["staging".to_owned()],
        ..Environment::default()
    };
    let mut model = Model::new(environment, (80, 24), 1);
    let database = Database { name: "db1.eu/render".to_owned(), ..Database::default() };
    update(&mut model, Duration::from_secs(1), Message::Connected(database));
    model
}

fn write() -> Write {
    let reason = "chargeback, ticket 771".to_owned();
    Write::Hold { account: "acct-214".to_owned(), suspend: true, reason }
}

fn frame(model: &Model, (width, height): (u16, u16), theme: Theme, glyphs: &Glyphs) -> String {
    testing::lines(&testing::frame(width, height, theme, glyphs, |canvas: &mut Canvas, _: Rect| view(model, canvas)).0)
}

fn press(model: &mut Model, code: Code) -> Vec<Command> {
    let now = model.now + Duration::from_secs(1);
    update(model, now, Message::Input(Input::Key(Key::of(code))))
}

fn typed(model: &mut Model, text: &str) {
    for letter in text.chars() {
        press(model, Code::Char(letter));
    }
}

fn with(overlay: Overlay) -> Model {
    let mut model = model();
    model.access = WriteAccess::Unlocked(Duration::from_mins(10));
    model.overlays.push(overlay);
    model
}

/// What lies over the screen, in the states that differ.
fn overlays() -> Vec<(&'static str, Model)> {
    let mut confirm = Confirm::new(write(), Some("PROD"), Duration::ZERO);
    confirm.is_in_reason = false;
    confirm.typed = InputLine::new("PROD ac");
    confirm.hint = Some("type PROD acct-214 to confirm".to_owned());
    let mut log = with(Overlay::Log(0));
    log.now = Duration::from_secs(90);
    log.log = vec![
        Entry {
            command_line: write().command_line(),
            outcome: Ok("suspended acct-214".to_owned()),
            took: Duration::from_millis(12),
            at: Duration::from_secs(30),
        },
        Entry {
            command_line: "tintype account resume acct-031 --reason 'it was the wrong account, sorry'".to_owned(),
            outcome: Err("acct-031 is not suspended".to_owned()),
            took: Duration::from_millis(3),
            at: Duration::from_secs(85),
        },
    ];
    let mut unlocking = model();
    press(&mut unlocking, Code::Char('W'));
    typed(&mut unlocking, "PRO");
    press(&mut unlocking, Code::Enter);
    let mut menu = model();
    menu.routes.start(Route::Jobs(None));
    press(&mut menu, Code::Char('x'));
    let palette = Palette { search: InputLine::new("ret"), current: 0 };
    vec![
        ("palette", with(Overlay::Palette(palette))),
        ("help", with(Overlay::Help(Help::default()))),
        ("confirm", with(Overlay::Confirm(confirm))),
        ("form", unlocking),
        ("menu", menu),
        (
            "secret",
            with(Overlay::Secret(
                secrecy::SecretString::from("tt_7Qm2xkcd_0123456789abcdefghijklmnopqrstuvwxyz").into(),
                std::time::Duration::ZERO,
            )),
        ),
        ("log", log),
        ("settings", with(Overlay::Settings(1))),
    ]
}

#[test]
fn every_overlay_is_drawn_at_every_size() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(|| {
        for (name, model) in overlays() {
            for (width, height) in [(60, 16), (80, 24), (120, 36)] {
                let body = Rect::new(0, 2, width, height - 4);
                let message = Rect::new(0, height - 2, width, 1);
                let (buffer, _) = testing::frame(width, height, THEME, &UNICODE, |canvas, _| {
                    overlay::draw(&model, canvas, body, message);
                });
                insta::assert_snapshot!(format!("overlay_{name}_{width}x{height}"), testing::lines(&buffer));
            }
        }
    });
}

#[test]
fn the_question_and_its_answer_are_on_the_screen_at_every_size() {
    for size in SIZES {
        for (name, model) in overlays() {
            let screen = frame(&model, size, THEME, &UNICODE);
            let needed: &[&str] = match name {
                "confirm" => &["acct-214", "reason for the audit trail: ", "type PROD acct-214 to confirm", "Esc"],
                "form" => &["confirm", "type PROD to unlock"],
                "secret" => &["tt_7Qm2xkcd", "any other key erases it"],
                "log" => &["acct-031 is not suspended", "y copies", "tintype account resume acct-031"],
                _ => &["Esc"],
            };
            for text in needed {
                assert!(screen.contains(text), "{name} at {size:?}: {text}\n{screen}");
            }
        }
    }
}

#[test]
fn a_terminal_that_is_too_small_says_what_it_needs() {
    for size in [(52, 14), (59, 16), (60, 15)] {
        let screen = frame(&model(), size, THEME, &UNICODE);
        assert!(screen.starts_with(&format!("60×16 needed, have {}×{}.", size.0, size.1)), "{screen}");
    }
    assert_eq!(MIN_SIZE, (60, 16));
}

/// Every screen before its data has arrived.
fn screens() -> impl Iterator<Item = (Screen, Model)> {
    let job = "0198f2c1-4f6e-7c2d-a1b0-3d5c77e09b41".parse().expect("an id");
    let details = [Route::Job(job), Route::Account("ada".to_owned())];
    Screen::NUMBERED.into_iter().map(Route::to).chain(details).map(|route| {
        let mut model = model();
        update(&mut model, Duration::from_secs(2), Message::Tick);
        model.routes.start(route);
        (model.screen(), model)
    })
}

#[test]
fn no_size_panics() {
    for size in [(1, 1), (1, 60), (200, 1), (60, 16), (61, 17), (500, 200)] {
        for model in overlays().into_iter().map(|(_, model)| model).chain(screens().map(|(_, model)| model)) {
            frame(&model, size, THEME, &UNICODE);
        }
    }
}

#[test]
fn every_screen_says_something_before_its_data_arrives_and_in_ascii() {
    for (screen, model) in screens() {
        for size in SIZES {
            let drawn = frame(&model, size, THEME, &ASCII);
            assert!(drawn.is_ascii(), "{screen:?} at {size:?}\n{drawn}");
            let chosen =
                format!(">{} ", Screen::NUMBERED.iter().position(|tab| *tab == screen.tab()).expect("a tab") + 1);
            assert!(drawn.lines().nth(1).is_some_and(|tabs| tabs.contains(&chosen)), "{screen:?} at {size:?}\n{drawn}");
        }
    }
}

#[test]
fn in_ascii_nothing_else_is_drawn() {
    for size in SIZES {
        for (name, model) in overlays() {
            let screen = frame(&model, size, THEME, &ASCII);
            assert!(screen.is_ascii(), "{name} at {size:?}\n{screen}");
        }
    }
}

#[test]
fn every_binding_is_in_the_help_and_is_found_by_the_palette() {
    for screen in Screen::ALL {
        let mut model = model();
        model.routes.start(Route::to(screen));
        let help = lines(model.screen(), "");
        for binding in keys::bindings(model.screen()) {
            let is_explained =
                help.iter().any(|line| matches!(line, HelpLine::Keys { help, .. } if *help == binding.help));
            assert!(is_explained, "{screen:?} {binding:?}");
        }
    }
}

#[test]
fn every_action_is_reached_in_80_columns_by_its_key_or_by_its_name() {
    for screen in Screen::NUMBERED {
        let mut model = model();
        model.routes.start(Route::to(screen));
        let hints = frame(&model, (80, 24), THEME, &UNICODE);
        assert!(hints.contains("? help") && hints.contains(": commands"), "{hints}");
        for binding in keys::bindings(screen) {
            let searched = with_search(&model, binding.help);
            let shown = frame(&searched, (80, 24), THEME, &UNICODE);
            let explained = with_help(&model, binding.help);
            let help = frame(&explained, (80, 24), THEME, &UNICODE);
            let start: String = binding.help.chars().take(30).collect();
            assert!(
                shown.matches(&*start).count() > 1 || help.matches(&*start).count() > 1,
                "{screen:?} {binding:?}\n{help}"
            );
        }
    }
}

fn with_search(model: &Model, search: &str) -> Model {
    let mut other = self::model();
    other.routes = model.routes.clone();
    other.overlays.push(Overlay::Palette(Palette { search: InputLine::new(search), current: 0 }));
    other
}

fn with_help(model: &Model, search: &str) -> Model {
    let mut other = self::model();
    other.routes = model.routes.clone();
    other.overlays.push(Overlay::Help(Help { search: InputLine::new(search), scroll: 0 }));
    other
}

fn outage() -> Outage {
    Outage { reason: "connection refused".to_owned(), attempts: 3, retry_at: Some(Duration::from_secs(75)) }
}

/// The states of the console itself.
fn states() -> Vec<(&'static str, Model)> {
    let mut stale = model();
    update(&mut stale, Duration::from_mins(1), Message::Disconnected(outage()));
    stale.last_answer = Some(Duration::from_secs(58));
    update(&mut stale, Duration::from_secs(70), Message::Tick);
    let mut unreachable = Model::new(Environment::default(), (80, 24), 1);
    update(&mut unreachable, Duration::from_mins(1), Message::Disconnected(outage()));
    let mut frozen = model();
    frozen.settings.is_frozen = true;
    let mut unlocked = model();
    unlocked.access = WriteAccess::Unlocked(Duration::from_mins(10));
    let mut standby = model();
    standby.database.is_standby = true;
    let mut staging = model();
    staging.environment = Environment { name: "staging".to_owned(), ..Environment::default() };
    let connecting = Model::new(Environment::default(), (80, 24), 1);
    vec![
        ("connecting", connecting),
        ("live", model()),
        ("staging", staging),
        ("stale", stale),
        ("unreachable", unreachable),
        ("frozen", frozen),
        ("unlocked", unlocked),
        ("standby", standby),
    ]
}

#[test]
fn all_states_differ_without_colours_and_in_ascii() {
    let mono = Theme::new(ThemeName::Mono, Background::Dark, Depth::Sixteen);
    for size in SIZES {
        let mut headers = HashSet::new();
        for (name, mut model) in states() {
            model.settings.theme = ThemeName::Mono;
            let screen = frame(&model, size, mono, &ASCII);
            assert!(headers.insert(screen.lines().next().map(str::to_owned)), "{name} at {size:?}\n{screen}");
        }
    }
}

#[test]
fn the_state_of_the_link_is_on_the_screen_whatever_the_database_is_called() {
    for (name, mut model) in states() {
        model.database.name = "postgres-primary-0.database.svc.cluster.example/tintype_production".to_owned();
        let screen = frame(&model, (60, 16), THEME, &UNICODE);
        let header = screen.lines().next().unwrap_or_default();
        let state = match name {
            "connecting" => "connecting",
            "stale" => "STALE 12s",
            "unreachable" => "NO DATABASE",
            "frozen" => "FROZEN",
            "unlocked" => "WRITE",
            "standby" => "STANDBY",
            _ => "link",
        };
        assert!(header.contains(state), "{name}: {header}");
    }
}

#[test]
fn each_state_of_the_console_has_its_header() {
    let headers: Vec<String> = states()
        .into_iter()
        .flat_map(|(name, model)| {
            [60, 80, 120].map(|width| {
                let screen = frame(&model, (width, 24), THEME, &UNICODE);
                format!("{name} {width}\n{}", screen.lines().next().unwrap_or_default())
            })
        })
        .collect();
    insta::with_settings!({ snapshot_path => "snapshots", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("headers", headers.join("\n"));
    });
}

#[test]
fn a_click_on_a_tab_finds_the_screen_whose_name_is_there() {
    for (width, height) in SIZES {
        let screen = frame(&model(), (width, height), THEME, &UNICODE);
        let tabs: Vec<char> = screen.lines().nth(1).unwrap_or_default().chars().collect();
        for (number, expected) in ('1'..='7').zip(Screen::NUMBERED) {
            let column = tabs.iter().position(|letter| *letter == number).expect("a tab");
            let column = u16::try_from(column).expect("a column");
            for column in [column - 1, column, column + 4] {
                assert_eq!(Screen::at(column, width), Some(expected), "{number} at {column} of {width}");
            }
        }
        assert_eq!(Screen::at(width.max(90) - 1, width), None);
    }
}

#[test]
fn a_database_that_never_answered_is_explained_at_every_size() {
    let (_, mut model) = states().remove(4);
    model.database.name = "db1.eu/render".to_owned();
    model.environment.others = vec!["staging".to_owned()];
    for size in SIZES {
        let screen = frame(&model, size, THEME, &UNICODE);
        for text in ["Cannot read db1.eu/render: connection refused", "r  try now", "e  another environment", "q  quit"]
        {
            assert!(screen.contains(text), "{text} at {size:?}\n{screen}");
        }
    }
}

#[test]
fn a_menu_takes_the_keys_that_it_shows() {
    let mut model = model();
    press(&mut model, Code::Char('x'));
    press(&mut model, Code::Char('z'));
    assert!(model.settings.is_frozen && model.overlays.is_empty());

    press(&mut model, Code::Char('x'));
    press(&mut model, Code::Escape);
    assert!(model.overlays.is_empty());
}

#[test]
fn the_palette_finds_opens_and_remembers() {
    let mut model = model();
    press(&mut model, Code::Char(':'));
    typed(&mut model, "worke");
    press(&mut model, Code::Enter);
    assert_eq!((model.screen(), model.overlays.len()), (Screen::Workers, 0));

    press(&mut model, Code::Char(':'));
    typed(&mut model, "theme li");
    press(&mut model, Code::Enter);
    assert_eq!(model.settings.theme, ThemeName::Light);

    press(&mut model, Code::Char(':'));
    let screen = frame(&model, (80, 24), THEME, &UNICODE);
    let found: Vec<&str> = screen.lines().skip(5).take(2).collect();
    assert!(found[0].contains("Use theme light") && found[1].contains("Show workers"), "{screen}");
}

#[test]
fn settings_are_changed_where_they_are_shown() {
    let mut model = model();
    press(&mut model, Code::F(2));
    press(&mut model, Code::Down);
    press(&mut model, Code::Enter);
    assert!(model.settings.is_ascii);
    assert!(frame(&model, (80, 24), THEME, &ASCII).contains("signs     ASCII"));
    for _ in 0..9 {
        press(&mut model, Code::Down);
    }
    press(&mut model, Code::Right);
    press(&mut model, Code::Right);
    assert_eq!(model.settings.stretch, 4);
    press(&mut model, Code::Left);
    press(&mut model, Code::Escape);
    assert_eq!((model.settings.stretch, model.overlays.len()), (2, 0));
}

#[test]
fn a_secret_is_copied_once_and_then_gone() {
    for (key, copied) in [(Code::Char('y'), true), (Code::Char('x'), false), (Code::Enter, false)] {
        let mut model = with(Overlay::Secret("tt_secret".to_owned().into(), Duration::ZERO));
        let commands = press(&mut model, key);
        assert_eq!(commands.contains(&Command::Copy("tt_secret".to_owned())), copied, "{key:?}");
        assert!(!format!("{model:?}").contains("tt_secret"), "{key:?}");
    }
}

#[test]
fn the_command_of_a_change_is_copied_from_the_log() {
    let (_, mut log) = overlays().remove(6);
    press(&mut log, Code::Down);
    let commands = press(&mut log, Code::Char('y'));
    assert_eq!(commands, [Command::Copy(write().command_line())]);
}
