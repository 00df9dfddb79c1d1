//! Logs: the output of the children, one file each.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// A larger log is rotated when the service starts. One rotated log is kept.
const MAX_SIZE: u64 = 10_000_000;
/// The number of lines that are shown of the log of a child that does not start.
const TAIL_LINES: usize = 12;

/// The log of one child.
#[derive(Debug)]
pub(crate) struct Log {
    path: PathBuf,
    /// Its size when the service started.
    start: u64,
}

impl Log {
    /// Opens the log, and rotates it if it is too large.
    pub(crate) fn open(dir: &Path, name: &str) -> io::Result<Self> {
        let path = dir.join(format!("{name}.log"));
        let size = fs::metadata(&path).map_or(0, |metadata| metadata.len());
        if size <= MAX_SIZE {
            return Ok(Self { path, start: size });
        }
        fs::rename(&path, dir.join(format!("{name}.log.1")))?;
        Ok(Self { path, start: 0 })
    }

    /// Its path.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens the file for the output of a child.
    pub(crate) fn writer(&self) -> io::Result<File> {
        File::options().append(true).create(true).mode(0o600).open(&self.path)
    }

    /// Returns the last lines that were written since the service started.
    pub(crate) fn tail(&self) -> String {
        let text = self.read_new().unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let skipped = lines.len().saturating_sub(TAIL_LINES);
        lines.iter().skip(skipped).flat_map(|line| ["\n  ", line]).collect()
    }

    fn read_new(&self) -> io::Result<String> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(self.start))?;
        let mut bytes = Vec::new();
        file.take(MAX_SIZE).read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}
