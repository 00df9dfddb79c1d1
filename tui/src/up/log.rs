//! Logs: the output of the children, one file each.
//!
//! A child writes to a pipe, a thread reads it, and another one writes the file. So a disk that
//! is full or hangs holds up no child: what cannot be written is dropped and counted in the log.

mod rotating_file;
mod tail;

use std::io::{self, PipeReader, PipeWriter, Read, pipe};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use service::line_queue::LineQueue;
use tokio::sync::oneshot;

use rotating_file::RotatingFile;
use tail::Tail;

/// How much is read from a pipe at once: as much as it holds by default.
const CHUNK_SIZE: usize = 64 * 1024;
/// How long the file may take for the last lines of a child that has ended.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(1);

/// The log of one child.
#[derive(Debug)]
pub(crate) struct Log {
    path: PathBuf,
    queue: LineQueue,
    tail: Tail,
}

/// Completes when a process and those that it has started have closed their output.
pub(crate) type OutputEnd = oneshot::Receiver<()>;

impl Log {
    /// Opens the log.
    pub(crate) fn open(dir: &Path, name: &str) -> io::Result<Self> {
        let path = dir.join(format!("{name}.log"));
        let queue = LineQueue::start(RotatingFile::new(path.clone()), |_lines| ())?;
        Ok(Self { path, queue, tail: Tail::default() })
    }

    /// Its path.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns a pipe for the output of a process.
    pub(crate) fn writer(&self) -> io::Result<(PipeWriter, OutputEnd)> {
        let (reader, writer) = pipe()?;
        let (ended, end) = oneshot::channel();
        let (queue, tail) = (self.queue.clone(), self.tail.clone());
        thread::Builder::new().name("log".to_owned()).spawn(move || {
            copy(reader, |lines| {
                tail.add(&lines);
                queue.push(lines);
            });
            let _nobody_waits = ended.send(());
        })?;
        Ok((writer, end))
    }

    /// Waits until the lines so far are in the file, if it can be written.
    pub(crate) fn flush(&self) {
        self.queue.flush(FLUSH_TIMEOUT);
    }

    /// Returns the last lines that were written since the service started.
    pub(crate) fn tail(&self) -> String {
        self.tail.text()
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.queue.close();
    }
}

/// Passes on what arrives, whole lines at a time, unless a line is very long.
fn copy(mut reader: PipeReader, mut pass_on: impl FnMut(Vec<u8>)) {
    let (mut chunk, mut line) = (vec![0; CHUNK_SIZE], Vec::new());
    loop {
        let read = match reader.read(&mut chunk) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Ok(0) | Err(_) => break,
            Ok(read) => chunk.get(..read).unwrap_or_default(),
        };
        line.extend_from_slice(read);
        let end = line.iter().rposition(|byte| *byte == b'\n').map(|at| at + 1);
        let end = if line.len() >= CHUNK_SIZE { Some(line.len()) } else { end };
        if let Some(end) = end {
            let rest = line.split_off(end);
            pass_on(std::mem::replace(&mut line, rest));
        }
    }
    if !line.is_empty() {
        line.push(b'\n');
        pass_on(line);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;

    use super::Log;

    #[tokio::test]
    async fn the_output_of_a_child_is_in_the_file_and_its_last_lines_in_the_tail() {
        let dir = tempfile::tempdir().unwrap();
        let log = Log::open(dir.path(), "child").unwrap();
        let (mut writer, end) = log.writer().unwrap();

        let lines = (0..20).map(|number| format!("line {number}\n")).collect::<Vec<_>>().concat();
        writer.write_all(format!("{lines}no end").as_bytes()).unwrap();
        drop(writer);
        end.await.unwrap();
        log.flush();

        assert_eq!(fs::read_to_string(log.path()).unwrap(), format!("{lines}no end\n"));
        assert!(log.tail().starts_with("\n  line 9\n") && log.tail().ends_with("\n  no end"), "{}", log.tail());
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_written_holds_up_no_child() {
        let dir = tempfile::tempdir().unwrap();
        let log = Log::open(&dir.path().join("missing"), "child").unwrap();
        let (mut writer, end) = log.writer().unwrap();

        for _ in 0..100 {
            writer.write_all(&vec![b'x'; 100_000]).unwrap();
        }
        writer.write_all(b"\nlast words\n").unwrap();
        drop(writer);
        end.await.unwrap();

        assert!(log.tail().ends_with("\n  last words"), "{}", log.tail());
    }
}
