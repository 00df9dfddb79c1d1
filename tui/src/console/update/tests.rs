use std::time::Duration;

use chrono::{DateTime, TimeDelta};
use domain::overview::{Overview, Queue};

use super::update;
use crate::console::effect::Effect;
use crate::console::keys::Key;
use crate::console::message::Message;
use crate::console::model::{Load, Model, PollFailure};

fn overview(queued: i64, ms: i64) -> Overview {
    let at = DateTime::UNIX_EPOCH + TimeDelta::milliseconds(ms);
    Overview { at, queue: Queue { queued, ..Queue::default() }, ..Overview::default() }
}

fn arrived(overview: Overview) -> Message {
    Message::Overview(Box::new(overview))
}

fn failure(attempts: u32) -> PollFailure {
    PollFailure { reason: "connection refused".to_owned(), attempts, retry_at: Some(s(9)) }
}

fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn only_q_esc_and_ctrl_c_quit() {
    for (key, effect) in [
        (Key::Char('q'), Effect::Quit),
        (Key::Escape, Effect::Quit),
        (Key::Interrupt, Effect::Quit),
        (Key::Char('x'), Effect::None),
    ] {
        assert_eq!(update(&mut Model::default(), s(1), Message::Key(key)), effect, "{key:?}");
    }
}

#[test]
fn an_overview_is_drawn_only_if_it_looks_different() {
    let mut model = Model::default();

    for (overview, effect) in [
        (overview(1, 0), Effect::Draw),
        (overview(1, 400), Effect::None),
        (overview(2, 500), Effect::Draw),
        (overview(2, 1_000), Effect::Draw),
    ] {
        assert_eq!(update(&mut model, s(1), arrived(overview)), effect);
    }
}

#[test]
fn a_failure_keeps_the_data_and_its_time() {
    let mut model = Model::default();
    update(&mut model, s(5), arrived(overview(3, 0)));

    update(&mut model, s(6), Message::Resized);
    update(&mut model, s(8), Message::PollFailed(failure(1)));
    update(&mut model, s(12), Message::PollFailed(failure(2)));

    assert_eq!(*model.overview(), Load::Stale { data: overview(3, 0), since: s(5), failure: failure(2) });
}

#[test]
fn a_failure_before_the_first_response_leaves_no_data() {
    let mut model = Model::default();

    update(&mut model, s(3), Message::PollFailed(failure(1)));

    assert_eq!(*model.overview(), Load::Failing(failure(1)));
}

#[test]
fn a_response_ends_the_failure() {
    let mut model = Model::default();
    update(&mut model, s(1), arrived(overview(1, 0)));
    update(&mut model, s(4), Message::PollFailed(failure(1)));

    let effect = update(&mut model, s(5), arrived(overview(1, 0)));

    assert_eq!((effect, model.overview()), (Effect::Draw, &Load::Live { data: overview(1, 0), since: s(5) }));
}

#[test]
fn a_tick_redraws_only_when_a_displayed_age_changes() {
    let mut live = Model::default();
    update(&mut live, s(1), arrived(overview(1, 0)));
    let mut failing = Model::default();
    update(&mut failing, s(1), Message::PollFailed(failure(1)));

    assert_eq!(update(&mut live, s(2), Message::Tick), Effect::None);
    assert_eq!(update(&mut failing, Duration::from_millis(1_900), Message::Tick), Effect::None);
    assert_eq!(update(&mut failing, s(2), Message::Tick), Effect::Draw);
}

#[test]
fn a_hint_about_the_schema_is_shown_while_all_is_well() {
    let mut model = Model::default();

    assert_eq!(update(&mut model, s(1), Message::Schema(Some("newer".to_owned()))), Effect::Draw);
    assert_eq!(model.hint(), Some("newer"));
    update(&mut model, s(2), Message::Schema(None));
    assert_eq!(model.hint(), None);
}
