use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::overview::{Account, Expiry, Minute, Overview, Queue, Worker};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::style::Color;

use super::view;
use crate::console::message::Message;
use crate::console::model::{Model, PollFailure};
use crate::console::theme::Theme;
use crate::console::update::update;

fn now() -> DateTime<Utc> {
    "2026-11-23T14:32:07Z".parse().expect("a time")
}

fn loaded() -> Overview {
    let account = |name: &str, credits, suspended| Account { name: name.to_owned(), credits, suspended };
    let worker =
        |name: &str, busy, silent_s| Worker { name: name.to_owned(), slots: 4, busy, silent_s, alive: silent_s < 15.0 };
    Overview {
        at: now(),
        queue: Queue { queued: 10_000, processing: 9, oldest_wait_s: Some(161.4) },
        throughput: minutes(|n| Minute {
            minute: minute(n),
            submitted: n * 5,
            completed: if n < 4 { 0 } else { 200 + (n * 37) % 90 + n * 2 },
            failed: if n % 7 == 0 { n / 2 } else { 0 },
        }),
        accounts: vec![
            account("empty", 0, false),
            account("a\u{1b}[31mred\nname", 61, true),
            account("日本のお客様の長い名前のアカウント", 1_204, false),
            account("demo", 9_007_199_254, false),
        ],
        expiries: (0..24).map(expiry).collect(),
        workers: vec![worker("render-2", 3, 80.2), worker("render-1", 4, 1.0), worker("render-3", 2, 0.4)],
    }
}

fn minute(n: i64) -> DateTime<Utc> {
    now() - TimeDelta::seconds(7) - TimeDelta::minutes(59 - n)
}

fn minutes(each: impl Fn(i64) -> Minute) -> Vec<Minute> {
    (0..60).map(each).collect()
}

fn expiry(n: i64) -> Expiry {
    let hour = now() - TimeDelta::seconds(32 * 60 + 7) + TimeDelta::hours(n);
    Expiry { hour, results: 100 + n * n * 40, bytes: 4_600_000 * (n + 1) * (n + 1) }
}

fn empty() -> Overview {
    let idle = |n| Minute { minute: minute(n), submitted: 0, completed: 0, failed: 0 };
    Overview { at: now(), throughput: minutes(idle), ..Overview::default() }
}

fn live(overview: Overview) -> Model {
    let mut model = Model::default();
    update(&mut model, Duration::from_mins(1), Message::Overview(Box::new(overview)));
    model
}

fn refused(retry_at_s: u64) -> Message {
    let retry_at = Some(Duration::from_secs(retry_at_s));
    Message::PollFailed(PollFailure { reason: "Connection refused".to_owned(), attempts: 3, retry_at })
}

fn stale() -> Model {
    let mut model = live(loaded());
    update(&mut model, Duration::from_secs(62), refused(77));
    update(&mut model, Duration::from_secs(74), Message::Tick);
    model
}

fn failing() -> Model {
    let mut model = Model::default();
    update(&mut model, Duration::from_secs(4), refused(8));
    model
}

fn draw(model: &Model, theme: Theme, width: u16, height: u16) -> TestBackend {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a terminal");
    terminal.draw(|frame| view(model, theme, frame)).expect("a frame");
    terminal.backend().clone()
}

#[test]
fn every_state_is_drawn_at_every_size() {
    let states = [
        ("connecting", Model::default()),
        ("failing", failing()),
        ("empty", live(empty())),
        ("loaded", live(loaded())),
        ("stale", stale()),
    ];
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(|| {
        for (state, model) in states {
            for (width, height) in [(80, 24), (120, 36), (200, 60)] {
                insta::assert_snapshot!(
                    format!("{state}_{width}x{height}"),
                    draw(&model, Theme::Coloured, width, height)
                );
            }
        }
    });
}

#[test]
fn a_terminal_that_is_too_small_shows_the_size_that_is_needed() {
    let screen = draw(&live(loaded()), Theme::Coloured, 60, 16);

    assert!(screen.to_string().contains("needs at least 80×24; this terminal has 60×16"));
}

#[test]
fn no_size_panics() {
    for (width, height) in [(1, 1), (79, 24), (80, 23), (80, 200), (500, 24), (1_000, 1)] {
        for model in [live(loaded()), stale(), Model::default()] {
            draw(&model, Theme::Coloured, width, height);
        }
    }
}

#[test]
fn no_number_is_shown_before_the_first_response() {
    for model in [Model::default(), failing()] {
        let screen = draw(&model, Theme::Coloured, 80, 24).to_string();
        let below_the_header: String = screen.lines().skip(1).collect();

        assert!(!below_the_header.contains(|letter: char| letter.is_ascii_digit()), "{screen}");
    }
}

#[test]
fn the_plain_theme_sets_no_colour() {
    for model in [live(loaded()), stale(), failing()] {
        let screen = draw(&model, Theme::Plain, 80, 24);

        let is_plain = |cell: &ratatui::buffer::Cell| cell.fg == Color::Reset && cell.bg == Color::Reset;
        assert!(screen.buffer().content().iter().all(is_plain));
    }
}
