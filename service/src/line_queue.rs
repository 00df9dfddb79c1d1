//! A bounded queue of lines in front of a writer that may block or fail.

use std::collections::VecDeque;
use std::io;
use std::mem::take;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// The most bytes that wait for a writer: thousands of lines.
const MAX_QUEUED_BYTES: usize = 1024 * 1024;

/// Where the lines of a queue are written. A thread of its own calls it, so it may block.
pub trait LineWriter: Send + 'static {
    /// Writes some complete lines.
    fn write_lines(&mut self, lines: &[u8]) -> io::Result<()>;

    /// Reports that lines were dropped. Called when writing works again. May add lines to the queue.
    fn report_dropped(&mut self, lines: u64);
}

/// A queue of lines. Adding one neither blocks nor fails: what does not fit, and what cannot be
/// written, is dropped and counted.
#[derive(Debug, Clone)]
pub struct LineQueue(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    count_dropped: fn(u64),
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Vec<u8>>,
    waiting_bytes: usize,
    is_writing: bool,
    is_closed: bool,
    /// A report is added even if the queue is full.
    is_reporting: bool,
    unreported: u64,
}

impl LineQueue {
    /// Starts the thread that writes. `count_dropped` is called with the number of lines of each
    /// loss, and must not block. The thread ends after [`close`](Self::close).
    pub fn start(writer: impl LineWriter, count_dropped: fn(u64)) -> io::Result<Self> {
        let shared = Arc::new(Shared { state: Mutex::default(), changed: Condvar::new(), count_dropped });
        let writing = Arc::clone(&shared);
        thread::Builder::new().name("lines".to_owned()).spawn(move || writing.run(writer))?;
        Ok(Self(shared))
    }

    /// Adds some complete lines.
    pub fn push(&self, lines: Vec<u8>) {
        let mut state = self.0.lock();
        if state.waiting_bytes + lines.len() > MAX_QUEUED_BYTES && !state.is_reporting {
            let dropped = count(&lines);
            state.unreported += dropped;
            drop(state);
            (self.0.count_dropped)(dropped);
        } else {
            state.waiting_bytes += lines.len();
            state.waiting.push_back(lines);
            drop(state);
            self.0.changed.notify_all();
        }
    }

    /// Waits until everything has been written or dropped. Returns whether that was in time.
    pub fn flush(&self, limit: Duration) -> bool {
        let is_busy = |state: &mut State| state.is_writing || !state.waiting.is_empty();
        let waited = self.0.changed.wait_timeout_while(self.0.lock(), limit, is_busy);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    /// Ends the thread once it has written what waits.
    pub fn close(&self) {
        self.0.lock().is_closed = true;
        self.0.changed.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, mut writer: impl LineWriter) {
        while let Some(lines) = self.next() {
            if writer.write_lines(&lines).is_ok() {
                self.report(&mut writer);
            } else {
                let dropped = count(&lines);
                self.lock().unreported += dropped;
                (self.count_dropped)(dropped);
            }
            self.lock().is_writing = false;
            self.changed.notify_all();
        }
    }

    fn report(&self, writer: &mut impl LineWriter) {
        let mut state = self.lock();
        let unreported = take(&mut state.unreported);
        if unreported > 0 {
            state.is_reporting = true;
            drop(state);
            writer.report_dropped(unreported);
            self.lock().is_reporting = false;
        }
    }

    /// Waits for lines. Returns `None` after the last ones of a closed queue.
    fn next(&self) -> Option<Vec<u8>> {
        let is_idle = |state: &mut State| state.waiting.is_empty() && !state.is_closed;
        let waited = self.changed.wait_while(self.lock(), is_idle);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner);
        let lines = state.waiting.pop_front()?;
        state.waiting_bytes -= lines.len();
        state.is_writing = true;
        Some(lines)
    }
}

/// The number of lines, of which the last may lack its end.
fn count(lines: &[u8]) -> u64 {
    lines.split_inclusive(|byte| *byte == b'\n').count() as u64
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::time::Duration;

    use super::{LineQueue, LineWriter, MAX_QUEUED_BYTES};

    const LIMIT: Duration = Duration::from_secs(30);

    /// Writes one text for each result that it is given, and sends what it has written.
    struct Scripted {
        results: Receiver<io::Result<()>>,
        written: Sender<String>,
    }

    impl LineWriter for Scripted {
        fn write_lines(&mut self, lines: &[u8]) -> io::Result<()> {
            self.results.recv().expect("a result")?;
            self.written.send(String::from_utf8_lossy(lines).into_owned()).expect("the test reads");
            Ok(())
        }

        fn report_dropped(&mut self, lines: u64) {
            self.written.send(format!("{lines} dropped")).expect("the test reads");
        }
    }

    fn scripted(count_dropped: fn(u64)) -> (LineQueue, Sender<io::Result<()>>, Receiver<String>) {
        let ((give, results), (written, read)) = (channel(), channel());
        (LineQueue::start(Scripted { results, written }, count_dropped).expect("a thread"), give, read)
    }

    #[test]
    fn lines_that_cannot_be_written_are_counted_and_reported_when_writing_works_again() {
        static DROPPED: AtomicU64 = AtomicU64::new(0);
        let (queue, give, read) = scripted(|lines| _ = DROPPED.fetch_add(lines, Ordering::Relaxed));

        for text in ["a\n", "b\nc\n", "d\n"] {
            queue.push(text.into());
        }
        for result in [Ok(()), Err(io::ErrorKind::StorageFull.into()), Ok(())] {
            give.send(result).expect("the writer waits");
        }

        assert!(queue.flush(LIMIT));
        assert_eq!(read.try_iter().collect::<Vec<_>>(), ["a\n", "d\n", "2 dropped"]);
        assert_eq!(DROPPED.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn a_writer_that_blocks_holds_up_nobody_and_what_does_not_fit_is_dropped() {
        static DROPPED: AtomicU64 = AtomicU64::new(0);
        let (queue, give, read) = scripted(|lines| _ = DROPPED.fetch_add(lines, Ordering::Relaxed));

        queue.push(vec![b'a'; MAX_QUEUED_BYTES + 1]);
        for _ in 0..5 {
            queue.push(vec![b'b'; MAX_QUEUED_BYTES / 2]);
        }
        assert!(!queue.flush(Duration::ZERO), "nothing has been written");
        assert!(DROPPED.load(Ordering::Relaxed) >= 3);
        (0..5).for_each(|_| give.send(Ok(())).expect("the writer waits"));
        assert!(queue.flush(LIMIT));

        let written: Vec<String> = read.try_iter().collect();
        let dropped = DROPPED.load(Ordering::Relaxed);
        assert_eq!(written.iter().filter(|text| text.starts_with('b')).count() as u64, 6 - dropped);
        assert!(written.contains(&format!("{dropped} dropped")), "{dropped}");
    }
}
