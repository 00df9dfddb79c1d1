use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::overview::{Account, Expiry, Minute, Overview, Queue, Worker};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::style::Color;

use super::super::core::{Model, Msg, Trouble, update};
use super::super::theme::Theme;
use super::view;

fn at() -> DateTime<Utc> {
    "2026-11-23T14:32:07Z".parse().expect("a time")
}

fn loaded() -> Overview {
    let account = |name: &str, credits, suspended| Account { name: name.to_owned(), credits, suspended };
    let worker =
        |name: &str, busy, silent_s| Worker { name: name.to_owned(), slots: 4, busy, silent_s, alive: silent_s < 15.0 };
    Overview {
        at: at(),
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
    at() - TimeDelta::seconds(7) - TimeDelta::minutes(59 - n)
}

fn minutes(each: impl Fn(i64) -> Minute) -> Vec<Minute> {
    (0..60).map(each).collect()
}

fn expiry(n: i64) -> Expiry {
    let hour = at() - TimeDelta::seconds(32 * 60 + 7) + TimeDelta::hours(n);
    Expiry { hour, results: 100 + n * n * 40, bytes: 4_600_000 * (n + 1) * (n + 1) }
}

fn empty() -> Overview {
    let nothing = |n| Minute { minute: minute(n), submitted: 0, completed: 0, failed: 0 };
    Overview { at: at(), throughput: minutes(nothing), ..Overview::default() }
}

fn live(seen: Overview) -> Model {
    let mut model = Model::default();
    update(&mut model, Duration::from_mins(1), Msg::Seen(Box::new(seen)));
    model
}

fn refused(next: Option<u64>) -> Msg {
    let why = "Connection refused".to_owned();
    Msg::Failed(Trouble { why, tries: 3, next: next.map(Duration::from_secs) })
}

fn stale() -> Model {
    let mut model = live(loaded());
    update(&mut model, Duration::from_secs(62), refused(Some(77)));
    update(&mut model, Duration::from_secs(74), Msg::Tick);
    model
}

fn failing() -> Model {
    let mut model = Model::default();
    update(&mut model, Duration::from_secs(4), refused(Some(8)));
    model
}

fn draw(model: &Model, theme: Theme, width: u16, height: u16) -> TestBackend {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a terminal");
    terminal.draw(|frame| view(model, theme, frame)).expect("a frame");
    terminal.backend().clone()
}

#[test]
fn every_state_at_every_size() {
    let states = [
        ("connecting", Model::default()),
        ("failing", failing()),
        ("empty", live(empty())),
        ("loaded", live(loaded())),
        ("stale", stale()),
    ];
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
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
fn a_screen_that_is_too_small_says_so() {
    let drawn = draw(&live(loaded()), Theme::Coloured, 60, 16);

    assert!(drawn.to_string().contains("needs 80×24; this is 60×16"));
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
fn before_the_first_answer_no_number_is_shown() {
    for model in [Model::default(), failing()] {
        let drawn = draw(&model, Theme::Coloured, 80, 24).to_string();
        let below_the_head: String = drawn.lines().skip(1).collect();

        assert!(!below_the_head.contains(|letter: char| letter.is_ascii_digit()), "{drawn}");
    }
}

#[test]
fn without_colours_none_is_set() {
    for model in [live(loaded()), stale(), failing()] {
        let drawn = draw(&model, Theme::Plain, 80, 24);

        let plain = |cell: &ratatui::buffer::Cell| cell.fg == Color::Reset && cell.bg == Color::Reset;
        assert!(drawn.buffer().content().iter().all(plain));
    }
}
