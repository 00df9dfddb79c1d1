use std::time::Duration;

use super::update;
use crate::console::core::access::WriteAccess;
use crate::console::core::command::Command;
use crate::console::core::environment::Environment;
use crate::console::core::input::{Code, Input, Key};
use crate::console::core::link::{Database, Link, Outage};
use crate::console::core::message::Message;
use crate::console::core::model::Model;
use crate::console::core::overlay::Overlay;
use crate::console::core::route::{Route, Screen};

const S: Duration = Duration::from_secs(1);

fn model() -> Model {
    Model::new(Environment { confirm_word: "PROD".to_owned(), ..Environment::default() }, (80, 24), 1)
}

fn connected() -> Model {
    let mut model = model();
    update(&mut model, S, Message::Connected(Database::default()));
    model
}

fn press(model: &mut Model, keys: &str) -> Vec<Command> {
    let now = model.now;
    keys.chars().flat_map(|c| update(model, now, Message::Input(Input::Key(Key::of(Code::Char(c)))))).collect()
}

fn hit(model: &mut Model, code: Code) -> Vec<Command> {
    let now = model.now;
    update(model, now, Message::Input(Input::Key(Key::of(code))))
}

fn outage() -> Message {
    Message::Disconnected(Outage { reason: "refused".to_owned(), attempts: 1, retry_at: Some(9 * S) })
}

#[test]
fn nothing_is_asked_until_the_database_is_reached() {
    let mut model = model();
    assert!(update(&mut model, S, Message::Tick).is_empty());

    let commands = update(&mut model, 2 * S, Message::Connected(Database::default()));

    assert!(matches!(commands.first(), Some(Command::Fetch(_))), "{commands:?}");
}

#[test]
fn esc_and_letters_without_a_meaning_never_quit() {
    let mut model = connected();
    hit(&mut model, Code::Escape);
    assert!(!press(&mut model, "A[OBxyz").contains(&Command::Quit));
}

#[test]
fn q_goes_back_and_quits_from_the_first_screen_and_ctrl_c_quits_from_everywhere() {
    let mut model = connected();
    press(&mut model, "2");
    update(&mut model, S, Message::Note("note".to_owned()));
    model.routes.go(Route::Account("ada".to_owned()));
    assert!(press(&mut model, "q").is_empty() || model.screen() == Screen::Jobs);
    assert_eq!(model.screen(), Screen::Jobs);
    assert!(press(&mut model, "q").contains(&Command::Quit));

    press(&mut model, "?");
    let interrupt = Message::Input(Input::Key(Key::ctrl('c')));
    assert!(update(&mut model, S, interrupt).contains(&Command::Quit));
}

#[test]
fn changes_are_unlocked_by_the_word_and_locked_by_time_and_by_an_outage() {
    let mut model = connected();
    press(&mut model, "WPRO");
    hit(&mut model, Code::Enter);
    assert_eq!(model.access, WriteAccess::Locked, "the word is not complete");
    press(&mut model, "D");
    assert!(hit(&mut model, Code::Enter).contains(&Command::OpenWrites));
    update(&mut model, S, Message::WritesOpened(Ok(())));
    assert!(model.access.is_open() && model.refusal().is_none());

    let commands = update(&mut model, 602 * S, Message::Tick);
    assert!(!model.access.is_open() && commands.contains(&Command::CloseWrites));

    model.access = WriteAccess::Unlocked(9_999 * S);
    assert!(update(&mut model, 603 * S, outage()).contains(&Command::CloseWrites));
    assert!(!model.access.is_open());
}

#[test]
fn changes_cannot_be_unlocked_on_a_standby_or_where_the_profile_forbids_them() {
    let mut standby = connected();
    standby.database.is_standby = true;
    let mut read_only = connected();
    read_only.environment.is_read_only = true;
    let mut stale = connected();
    update(&mut stale, S, outage());
    for model in [&mut standby, &mut read_only, &mut stale] {
        press(model, "W");
        assert!(model.overlays.is_empty() && model.toast.is_some(), "{model:?}");
    }
}

#[test]
fn what_was_shown_stays_during_an_outage_and_is_read_again_after_it() {
    let mut model = connected();
    press(&mut model, "3");
    update(&mut model, 2 * S, outage());
    assert!(matches!(model.link, Link::Down(_)));
    assert!(update(&mut model, 3 * S, Message::Tick).is_empty(), "nothing is asked during the outage");

    let commands = update(&mut model, 4 * S, Message::Connected(Database::default()));
    assert!(matches!(commands.first(), Some(Command::Fetch(_))));
    assert_eq!(model.screen(), Screen::Workers);
}

#[test]
fn a_frozen_console_has_nothing_to_wake_up_for() {
    let mut model = connected();
    press(&mut model, "z");
    assert_eq!(model.next_tick(), None);
}

#[test]
fn the_help_takes_the_keys_until_it_is_closed() {
    let mut model = connected();
    press(&mut model, "?2");
    assert_eq!((model.screen(), model.overlays.len()), (Screen::Overview, 1));
    assert!(matches!(model.overlays.last(), Some(Overlay::Help(_))));
    hit(&mut model, Code::Escape);
    assert!(model.overlays.is_empty());
}
