//! Logs: what the children say, a file each.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// A log larger than this is set aside when the service starts; only one is kept so.
const LARGE: u64 = 10_000_000;
/// How many lines are shown of the log of a child that cannot start.
const SHOWN: usize = 12;

/// The log of one child.
#[derive(Debug)]
pub(crate) struct Log {
    path: PathBuf,
    /// Where it ended when the service started.
    start: u64,
}

impl Log {
    /// Opens the log of a name.
    pub(crate) fn open(folder: &Path, name: &str) -> io::Result<Self> {
        let path = folder.join(format!("{name}.log"));
        let size = fs::metadata(&path).map_or(0, |about| about.len());
        if size <= LARGE {
            return Ok(Self { path, start: size });
        }
        fs::rename(&path, folder.join(format!("{name}.log.1")))?;
        Ok(Self { path, start: 0 })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What a child writes to.
    pub(crate) fn writer(&self) -> io::Result<File> {
        File::options().append(true).create(true).mode(0o600).open(&self.path)
    }

    /// The last lines that were written since the service started.
    pub(crate) fn tail(&self) -> String {
        let written = self.written().unwrap_or_default();
        let lines: Vec<&str> = written.lines().collect();
        let from = lines.len().saturating_sub(SHOWN);
        lines.iter().skip(from).flat_map(|line| ["\n  ", line]).collect()
    }

    fn written(&self) -> io::Result<String> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(self.start))?;
        let mut bytes = Vec::new();
        file.take(LARGE).read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}
