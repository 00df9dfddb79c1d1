//! Printing: for people or for programs, and never a panic when the reader has left.

use std::io::{self, Write};

use ratatui::text::Span;
use serde::Serialize;
use serde_json::json;

/// For whom to print.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Prints one value as one line of JSON.
pub(crate) fn json(value: &impl Serialize) -> io::Result<()> {
    line(&serde_json::to_string(value)?)
}

/// Prints text and a line's end. A reader that has left (`| head`) has read enough.
pub(crate) fn line(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// Says on stderr what went wrong. If even that fails, there is nobody to tell.
pub(crate) fn error(form: Form, message: &str) {
    let text = match form {
        Form::Text => format!("tintype: {message}"),
        Form::Json => json!({ "error": message }).to_string(),
    };
    let _ = writeln!(io::stderr(), "{text}");
}

/// Says on stderr what happens, in a line.
pub(crate) fn note(message: &str) {
    let _ = writeln!(io::stderr(), "tintype: {message}");
}

/// Which way a column leans.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Lean {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// Lays out rows under headings. Cells must be clean.
pub(crate) fn table<const N: usize>(headings: [(&str, Lean); N], rows: &[[String; N]]) -> String {
    let leans = headings.map(|(_, lean)| lean);
    let headings = headings.map(|(heading, _)| heading.to_owned());
    let lines = || std::iter::once(&headings).chain(rows);
    let mut widths = [0; N];
    for row in lines() {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(Span::raw(cell).width());
        }
    }
    let lay = |row: &[String; N]| {
        let cells = row.iter().zip(widths).zip(leans).map(|((cell, width), lean)| {
            let gap = " ".repeat(width.saturating_sub(Span::raw(cell).width()));
            match lean {
                Lean::Left => format!("{cell}{gap}"),
                Lean::Right => format!("{gap}{cell}"),
            }
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    lines().map(lay).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::{Lean, table};

    #[test]
    fn a_table_aligns_its_columns() {
        let rows = [["demo".to_owned(), "1,000".to_owned()], ["日本".to_owned(), "7".to_owned()]];

        let laid = table([("account", Lean::Left), ("credits", Lean::Right)], &rows);

        assert_eq!(laid, "account  credits\ndemo       1,000\n日本           7");
    }
}
