//! Printing for people and scripts: results on standard output, messages on standard error.

use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

use crate::stderr;

/// Prints a line on standard output. A reader that has closed the pipe (`| head`) is not an error.
pub fn line(text: &str) -> io::Result<()> {
    bytes(format!("{text}\n").as_bytes())
}

/// Prints a document on standard output. A reader that has closed the pipe is not an error.
pub fn bytes(text: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Ends a program: prints the error, if there is one, and returns the exit code.
pub fn exit_code(result: Result<(), impl Display>) -> ExitCode {
    let code = match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            stderr::write_line(&format!("Error: {error}"));
            ExitCode::FAILURE
        }
    };
    stderr::flush();
    code
}
