//! What arrives at a writer, for events whose values are hostile.

use std::io::Write;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tracing::subscriber::with_default;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;

use super::MAX_LINE_BYTES;
use crate::log::{Lines, LogFormat};

/// A writer that keeps each write.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<String>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no panic").push(String::from_utf8(bytes.to_vec()).expect("UTF-8"));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Written {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

fn written(format: LogFormat, log: impl FnOnce()) -> Vec<String> {
    let writer = Written::default();
    let lines = Lines { format, colors: false, writer: writer.clone() };
    with_default(tracing_subscriber::registry().with(lines), log);
    std::mem::take(&mut *writer.0.lock().expect("no panic"))
}

fn parsed(log: impl FnOnce()) -> Value {
    let written = written(LogFormat::Json, log);
    assert_eq!(written.len(), 1, "one write a line: {written:?}");
    serde_json::from_str(&written[0]).expect("JSON")
}

const HOSTILE: &str = "a\nb\r\u{1b}[2J\u{9b}31m\u{0}\u{7f}\u{85}\u{2028}\u{202e}\"x\\ =";

#[test]
fn a_line_is_one_flat_object_with_the_fields_of_its_spans() {
    let line = parsed(|| {
        let outer = tracing::error_span!("outer", request.id = "r", account.id = tracing::field::Empty).entered();
        let _inner = tracing::error_span!("inner", attempt = 2_i16).entered();
        outer.record("account.id", "ada");
        tracing::warn!(status = 503_u16, ok = false, share = 0.5, request.id = %"s", "returned {}", 503);
    });

    let timestamp = line["timestamp"].as_str().expect("a time").to_owned();
    assert!(timestamp.len() == 27 && timestamp.contains('T') && timestamp.ends_with('Z'), "{timestamp}");
    let expected = json!({
        "timestamp": timestamp, "level": "warn", "target": "service::log::line::tests", "message": "returned 503",
        "request.id": "s", "account.id": "ada", "attempt": 2, "status": 503, "ok": false, "share": 0.5,
    });
    assert_eq!(line, expected);
}

#[test]
fn no_value_can_end_a_line_or_move_a_cursor() {
    for format in [LogFormat::Text, LogFormat::Json] {
        let written = written(format, || {
            let span = tracing::error_span!("request", path = HOSTILE);
            let _entered = span.enter();
            tracing::info!(display = %HOSTILE, debug = ?HOSTILE, "message {HOSTILE}");
        });

        let line = written[0].strip_suffix('\n').expect("an end");
        let harmful: Vec<_> = line.chars().filter(|c| c.is_control() || "\u{2028}\u{202e}".contains(*c)).collect();
        assert_eq!((written.len(), harmful), (1, vec![]), "{format:?}: {line:?}");
    }
    let line = parsed(|| tracing::info!(path = HOSTILE, "x"));
    assert_eq!(line["path"], HOSTILE, "programs get what was logged");
}

#[test]
fn a_line_is_bounded_whatever_is_logged() {
    let (long, escapes) = ("ü".repeat(100_000), "\u{1}".repeat(100_000));
    for format in [LogFormat::Text, LogFormat::Json] {
        let written = written(format, || {
            tracing::info!(a = long, b = ?escapes, c = escapes, d = %long, e = escapes, f = 1, "message");
        });

        assert!(written[0].len() <= MAX_LINE_BYTES, "{format:?}: {}", written[0].len());
        assert!(written[0].contains("truncated"), "{format:?}");
        assert!(written[0].ends_with('\n') && written[0].contains("message"), "{format:?}");
    }
    let written = written(LogFormat::Text, || tracing::info!("{escapes}"));
    assert!(written[0].len() <= MAX_LINE_BYTES, "{}", written[0].len());
}

#[test]
fn a_field_cannot_pass_for_the_time_or_the_level() {
    let line = parsed(|| tracing::error!(level = "debug", target = "x", timestamp = 1, "m"));

    assert_eq!((&line["level"], &line["level_"], &line["target_"]), (&json!("error"), &json!("debug"), &json!("x")));
    assert_eq!(line["timestamp_"], 1);
}

#[test]
fn text_is_readable() {
    let written = written(LogFormat::Text, || {
        tracing::info!(request.id = "mine-1", why = "two words", none = "", "GET /v1/ping returned 200");
    });

    let line = written[0].split_once(' ').expect("a time").1;
    assert_eq!(
        line,
        " INFO service::log::line::tests: GET /v1/ping returned 200 request.id=mine-1 why=\"two words\" none=\"\"\n"
    );
}

/// A writer whose reader has gone away.
struct Broken;

impl Write for Broken {
    fn write(&mut self, _bytes: &[u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Err(std::io::ErrorKind::BrokenPipe.into())
    }
}

#[test]
fn a_line_that_cannot_be_written_is_lost_without_a_panic() {
    let lines = Lines { format: LogFormat::Json, colors: false, writer: || Broken };

    with_default(tracing_subscriber::registry().with(lines), || tracing::error!("lost"));
}
