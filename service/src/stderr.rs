//! Standard error, which may be full, closed or not read: writing to it neither blocks nor fails.
//!
//! Lines go through a [`LineQueue`], whose thread waits for the reader in place of the tasks of
//! the service. Lines that are lost are counted in `tintype_log_lines_dropped_total`.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::panic::PanicHookInfo;
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;

use crate::line_queue::{LineQueue, LineWriter};

/// How long an exit may wait for a reader.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(1);

/// How often a pipe is tried again that another process has made non-blocking.
const RETRY_INTERVAL: Duration = Duration::from_millis(20);

/// The counter of lines that were lost.
pub(crate) const DROPPED: &str = "tintype_log_lines_dropped_total";

/// Without a thread or a descriptor, there is no queue, and lines are written by the thread that logs.
static QUEUE: OnceLock<Option<LineQueue>> = OnceLock::new();

/// Writes a line.
pub fn write_line(text: &str) {
    write(format!("{text}\n").into_bytes());
}

/// Waits until the lines so far have been written. A reader that does not read is not waited for.
pub fn flush() {
    if let Some(Some(queue)) = QUEUE.get() {
        queue.flush(FLUSH_TIMEOUT);
    }
}

/// Logs panics from now on, instead of writing them directly.
pub fn log_panics() {
    std::panic::set_hook(Box::new(log_panic));
}

/// The writer of logs: each log line is one call of [`Write::write_all`].
#[derive(Debug, Clone, Copy, Default)]
pub struct LogWriter;

impl<'a> MakeWriter<'a> for LogWriter {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        Self
    }
}

impl Write for LogWriter {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        write(line.to_owned());
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn write(line: Vec<u8>) {
    match QUEUE.get_or_init(|| start().ok()) {
        Some(queue) => queue.push(line),
        None => drop(io::stderr().write_all(&line)),
    }
}

fn start() -> io::Result<LineQueue> {
    // Not through `io::stderr()`: its lock would block everybody else who writes.
    let file = File::from(io::stderr().as_fd().try_clone_to_owned()?);
    LineQueue::start(Stderr(file), |lines| metrics::counter!(DROPPED).increment(lines))
}

struct Stderr(File);

impl LineWriter for Stderr {
    fn write_lines(&mut self, mut lines: &[u8]) -> io::Result<()> {
        while !lines.is_empty() {
            match self.0.write(lines) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => lines = lines.get(written..).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => (),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => thread::sleep(RETRY_INTERVAL),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn report_dropped(&mut self, lines: u64) {
        tracing::warn!(lines, "{lines} log lines were dropped: they could not be written to standard error");
    }
}

fn log_panic(panic: &PanicHookInfo) {
    let message = panic.payload_as_str().unwrap_or("a value that is not text");
    let location = panic.location().map(ToString::to_string).unwrap_or_default();
    let thread = thread::current();
    let thread = thread.name().unwrap_or("unnamed");
    let backtrace = Backtrace::capture();
    if backtrace.status() == BacktraceStatus::Captured {
        tracing::error!(location, thread, %backtrace, "panicked: {message}");
    } else {
        tracing::error!(location, thread, "panicked: {message}");
    }
}
