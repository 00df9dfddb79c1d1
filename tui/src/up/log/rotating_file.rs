//! A file that is replaced by an empty one when it is full. Some full ones are kept.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use service::line_queue::LineWriter;

/// The size at which a file is full. With those that are kept, a log takes four times this.
const MAX_SIZE: u64 = 10_000_000;
/// How many full files are kept: `api.log.1` is the newest.
const MAX_KEPT: u32 = 3;

/// A log file. It is opened for each write, so that operators may move or delete it.
#[derive(Debug)]
pub(super) struct RotatingFile {
    path: PathBuf,
    max_size: u64,
}

impl RotatingFile {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, max_size: MAX_SIZE }
    }

    fn open(&self) -> io::Result<File> {
        File::options().append(true).create(true).mode(0o600).open(&self.path)
    }

    fn kept(&self, number: u32) -> PathBuf {
        let mut path = self.path.clone().into_os_string();
        path.push(format!(".{number}"));
        path.into()
    }

    fn rotate(&self) -> io::Result<()> {
        for number in (1..MAX_KEPT).rev() {
            match fs::rename(self.kept(number), self.kept(number + 1)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => (),
            }
        }
        fs::rename(&self.path, self.kept(1))
    }
}

impl LineWriter for RotatingFile {
    fn write_lines(&mut self, lines: &[u8]) -> io::Result<()> {
        let mut file = self.open()?;
        let size = file.metadata()?.len();
        if size > 0 && size + lines.len() as u64 > self.max_size {
            self.rotate()?;
            file = self.open()?;
        }
        file.write_all(lines)
    }

    fn report_dropped(&mut self, lines: u64) {
        let note = format!("tintype: {lines} lines are missing before this one: they could not be written\n");
        let _best_effort = self.write_lines(note.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use service::line_queue::LineWriter;

    use super::RotatingFile;

    #[test]
    fn a_log_never_exceeds_its_bound_and_keeps_its_latest_lines() {
        let dir = tempfile::tempdir().unwrap();
        let mut file = RotatingFile { path: dir.path().join("api.log"), max_size: 100 };

        for number in 100..200 {
            file.write_lines(format!("line {number}\n").as_bytes()).unwrap();
        }

        let read = |name: &str| fs::read_to_string(dir.path().join(name)).unwrap();
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 4);
        let kept = ["api.log.3", "api.log.2", "api.log.1", "api.log"].map(read);
        assert!(kept.iter().all(|text| text.len() <= 100));
        let expected: Vec<String> = (166..200).map(|number| format!("line {number}\n")).collect();
        assert_eq!(kept.concat(), expected.concat());
    }

    #[test]
    fn a_log_that_an_operator_moves_away_is_created_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("api.log");
        let mut file = RotatingFile::new(path.clone());

        file.write_lines(b"a\n").unwrap();
        fs::rename(&path, dir.path().join("moved")).unwrap();
        file.write_lines(b"b\n").unwrap();

        assert_eq!(fs::read_to_string(path).unwrap(), "b\n");
    }
}
