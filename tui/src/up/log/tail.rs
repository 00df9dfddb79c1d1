//! The last lines of a log, kept in memory: the file may be on a disk that is full.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// The number of lines that are shown of the log of a child that does not start.
const MAX_LINES: usize = 12;
/// The most bytes that are kept of a line.
const MAX_LINE_LENGTH: usize = 1_000;

/// The last lines. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct Tail(Arc<Mutex<VecDeque<String>>>);

impl Tail {
    /// Adds complete lines.
    pub(super) fn add(&self, lines: &[u8]) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            if kept.len() == MAX_LINES {
                kept.pop_front();
            }
            let line = line.get(..MAX_LINE_LENGTH).unwrap_or(line);
            kept.push_back(String::from_utf8_lossy(line).into_owned());
        }
    }

    /// Returns them, indented, each after a line break.
    pub(super) fn text(&self) -> String {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().flat_map(|line| ["\n  ", line.as_str()]).collect()
    }
}
