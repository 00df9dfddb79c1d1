//! Saving: what is shown, as a file in the directory that the console was started in.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use tokio::sync::mpsc::Sender;
use tokio::task::spawn_blocking;

use super::core::message::Message;
use crate::output::format::sanitize;

/// Saves a text to a new file, and says what became of it. The loop does not wait for the disk.
pub(super) fn text(name: String, text: String, out: &Sender<Message>) {
    let out = out.clone();
    spawn_blocking(move || {
        let note = match write(Path::new(&name), &text) {
            Ok(()) => format!("{} lines saved to {name}", text.lines().count()),
            Err(error) => format!("{name} was not saved: {}", sanitize(&error.to_string())),
        };
        // The console ends.
        drop(out.blocking_send(Message::Note(note)));
    });
}

/// Writes a file that must not exist yet.
fn write(path: &Path, text: &str) -> io::Result<()> {
    OpenOptions::new().write(true).create_new(true).open(path)?.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::write;

    #[test]
    fn a_file_that_exists_is_never_overwritten() {
        let directory = std::env::temp_dir().join(format!("tintype-save-{}", std::process::id()));
        std::fs::create_dir_all(&directory).expect("a directory");
        let path = directory.join("events.jsonl");

        write(&path, "first\n").expect("a new file");
        assert!(write(&path, "second\n").is_err());

        assert_eq!(std::fs::read_to_string(&path).expect("the file"), "first\n");
        std::fs::remove_dir_all(&directory).expect("the directory is removed");
    }
}
