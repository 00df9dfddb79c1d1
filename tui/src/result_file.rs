//! Results of jobs, saved to files and opened in a viewer.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use domain::id::JobId;
use domain::result::{FindError, StoredResult, find_any};
use domain::{Db, DbError};
use serde::Serialize;
use tokio::fs::OpenOptions;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::output::format::bytes;

/// The variable that names another viewer.
const VIEWER: &str = "TINTYPE_VIEWER";

/// Why a result was not saved.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ResultFileError {
    /// There is no result.
    #[error(transparent)]
    Find(FindError),
    /// It expired while it was read.
    #[error("the result has expired")]
    Gone,
    /// Name another file.
    #[error("the file {0} cannot be written: {1}")]
    Io(String, io::Error),
    /// Try again.
    #[error("the database failed: {}", domain::db::describe(.0))]
    Db(#[from] DbError),
}

impl From<FindError> for ResultFileError {
    fn from(error: FindError) -> Self {
        match error {
            FindError::Db(error) => Self::Db(error),
            FindError::NoSuchJob | FindError::NotReady(_) | FindError::Failed { .. } | FindError::Expired(_) => {
                Self::Find(error)
            }
        }
    }
}

/// A result that was saved.
#[derive(Debug, Serialize)]
pub(crate) struct SavedResult {
    /// The file.
    file: PathBuf,
    /// Its media type.
    content_type: String,
    /// Its size in bytes.
    size: i64,
    /// Whether a viewer was started.
    is_open: bool,
}

impl SavedResult {
    /// A summary in one line.
    pub(crate) fn describe(&self) -> String {
        let opened = if self.is_open { "opened " } else { "saved " };
        format!("{opened}{} ({} {})", self.file.display(), self.content_type, bytes(self.size))
    }
}

/// Saves the result of a job to a new file: the given one, or one in the current directory.
pub(crate) async fn save(db: &Db, job: JobId, file: Option<&Path>) -> Result<SavedResult, ResultFileError> {
    let result = find_any(db, job).await?;
    let file = file.map_or_else(|| PathBuf::from(name(job, &result)), Path::to_path_buf);
    write(db, &result, &file).await?;
    Ok(SavedResult { file, content_type: result.content_type, size: result.size, is_open: false })
}

/// Saves the result of a job to a private temporary directory, and starts a viewer if there is a desktop.
pub(crate) async fn open(db: &Db, job: JobId) -> Result<SavedResult, ResultFileError> {
    let result = find_any(db, job).await?;
    let directory = tempfile::Builder::new().prefix("tintype-").tempdir();
    let directory = directory.map_err(|error| ResultFileError::Io("in the temporary directory".to_owned(), error))?;
    let file = directory.keep().join(name(job, &result));
    write(db, &result, &file).await?;
    let is_open = viewer().is_some_and(|viewer| start(&viewer, &file));
    Ok(SavedResult { file, content_type: result.content_type, size: result.size, is_open })
}

fn name(job: JobId, result: &StoredResult) -> String {
    let extension = match result.content_type.as_str() {
        "image/png" => "png",
        "image/jpeg" => "jpg",
        "image/webp" => "webp",
        "application/pdf" => "pdf",
        _ => "bin",
    };
    format!("{job}.{extension}")
}

/// Writes a file that does not exist yet, a slice at a time. What was written of a result that is gone is removed.
async fn write(db: &Db, result: &StoredResult, path: &Path) -> Result<(), ResultFileError> {
    let failed = |error| ResultFileError::Io(path.display().to_string(), error);
    let mut file = OpenOptions::new().write(true).create_new(true).open(path).await.map_err(failed)?;
    let mut start = 0;
    while start < result.size {
        let Some(slice) = result.slice(db, &(start..result.size)).await?.filter(|slice| !slice.is_empty()) else {
            drop(tokio::fs::remove_file(path).await);
            return Err(ResultFileError::Gone);
        };
        file.write_all(&slice).await.map_err(failed)?;
        start += i64::try_from(slice.len()).unwrap_or(i64::MAX);
    }
    file.flush().await.map_err(failed)
}

/// The program that opens files; `None` where there is no desktop, such as over SSH.
fn viewer() -> Option<String> {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    match std::env::var(VIEWER) {
        Ok(viewer) if !viewer.is_empty() => Some(viewer),
        _ if cfg!(target_os = "macos") && !is_set("SSH_CONNECTION") => Some("open".to_owned()),
        _ if is_set("DISPLAY") || is_set("WAYLAND_DISPLAY") => Some("xdg-open".to_owned()),
        _ => None,
    }
}

/// Starts a viewer, which goes on by itself.
fn start(viewer: &str, file: &Path) -> bool {
    let mut command = Command::new(viewer);
    command.arg(file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
    command.spawn().is_ok()
}
