//! The texts of the lists: those of the release, and those of an operator.

use std::collections::HashMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use adblock::lists::{FilterParseError, ParseOptions, parse_filter};
use flate2::read::GzDecoder;

use super::kinds::Kind;

/// The longest file of an operator.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// Why the lists of an operator cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// The directory or a file in it.
    #[error("cannot read the filter lists in {}: {error}", path.display())]
    Unreadable {
        /// The path that cannot be read.
        path: PathBuf,
        /// The reason.
        error: io::Error,
    },
    /// No file has one of the names.
    #[error("no filter list in {}: name the files ads*.txt, trackers*.txt or cookies*.txt", .0.display())]
    Empty(PathBuf),
    /// The file is something else, such as an error page.
    #[error("{} is not a filter list: {reason}", path.display())]
    NotAList {
        /// The file.
        path: PathBuf,
        /// The fault.
        reason: String,
    },
}

/// Returns the list of the release of a kind.
pub(super) fn shipped(kind: Kind) -> String {
    let packed: &[u8] = match kind {
        Kind::Ads => include_bytes!("../../lists/ads.txt.gz"),
        Kind::Trackers => include_bytes!("../../lists/trackers.txt.gz"),
        Kind::CookieBanners => include_bytes!("../../lists/cookies.txt.gz"),
    };
    let mut text = String::new();
    // The files are part of the program, and a test unpacks each.
    let _ = GzDecoder::new(packed).read_to_string(&mut text);
    text
}

/// Reads the lists of an operator by kind, in the order of their names.
pub(super) fn read_dir(dir: &Path) -> Result<HashMap<Kind, Vec<String>>, ListError> {
    let unreadable = |error| ListError::Unreadable { path: dir.to_owned(), error };
    let entries: Result<Vec<_>, _> = fs::read_dir(dir).map_err(unreadable)?.collect();
    let mut paths: Vec<PathBuf> = entries.map_err(unreadable)?.iter().map(fs::DirEntry::path).collect();
    paths.sort();
    let mut lists: HashMap<Kind, Vec<String>> = HashMap::new();
    for path in paths {
        if let Some(kind) = kind(&path) {
            lists.entry(kind).or_default().push(read(path)?);
        }
    }
    if lists.is_empty() { Err(ListError::Empty(dir.to_owned())) } else { Ok(lists) }
}

/// The kind of a file, by its name.
fn kind(path: &Path) -> Option<Kind> {
    let name = path.file_name()?.to_str()?.strip_suffix(".txt")?;
    let prefixes = [("ads", Kind::Ads), ("trackers", Kind::Trackers), ("cookies", Kind::CookieBanners)];
    prefixes.into_iter().find(|(prefix, _)| name.starts_with(prefix)).map(|(_, kind)| kind)
}

fn read(path: PathBuf) -> Result<String, ListError> {
    let read = || {
        let mut text = String::new();
        fs::File::open(&path)?.take(MAX_BYTES + 1).read_to_string(&mut text)?;
        Ok(text)
    };
    let text = match read() {
        Ok(text) => text,
        Err(error) => return Err(ListError::Unreadable { path, error }),
    };
    match check(&text) {
        Ok(()) => Ok(text),
        Err(reason) => Err(ListError::NotAList { path, reason }),
    }
}

/// Checks that a text is a list: almost every line of one is a rule, and of another text none is.
fn check(text: &str) -> Result<(), String> {
    if text.len() as u64 > MAX_BYTES {
        return Err(format!("it is longer than {} MiB", MAX_BYTES / 1024 / 1024));
    }
    let (mut rules, mut invalid, mut first_invalid) = (0_usize, 0_usize, None);
    for (at, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        match parse_filter(line, false, ParseOptions::default()) {
            Ok(_) if is_prose(line) => {}
            Ok(_) => {
                rules += 1;
                continue;
            }
            Err(FilterParseError::Empty) => continue,
            Err(_) if line.trim_start().starts_with(['!', '[', '#']) => continue,
            Err(_) => {}
        }
        invalid += 1;
        first_invalid.get_or_insert(at + 1);
    }
    match first_invalid {
        Some(line) if invalid > rules / 4 => Err(format!("line {line} is not a rule, and {invalid} lines in all")),
        None if rules == 0 => Err("it has no rules".to_owned()),
        _ => Ok(()),
    }
}

/// Whether a line that the parser accepts is one of a document: almost any text is a pattern of
/// addresses, which have no spaces and no markup.
fn is_prose(line: &str) -> bool {
    !line.contains("##") && !line.contains("#@#") && !line.contains("#?#") && line.trim().contains([' ', '<', '>'])
}
