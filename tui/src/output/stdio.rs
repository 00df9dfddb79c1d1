//! Writing lines to stdout and stderr without panicking when the reader has closed the pipe.

use std::io::{self, Write};

/// Prints a line on stdout. A closed pipe (`| head`) is not an error.
pub(super) fn print_line(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Prints a line on stderr. Errors are ignored: there is nowhere left to report them.
pub(super) fn print_error_line(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Prints a message on stderr, prefixed with the program's name.
pub(crate) fn note(message: &str) {
    print_error_line(&format!("tintype: {message}"));
}
