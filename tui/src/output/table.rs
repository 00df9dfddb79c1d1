//! Tables of text.

use unicode_width::UnicodeWidthStr;

/// How the cells of a column are aligned.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Align {
    /// For words.
    Left,
    /// For numbers.
    Right,
}

/// Lays out rows under their headings. Cells must have been sanitized.
pub(crate) fn table<const N: usize>(headings: [(&str, Align); N], rows: &[[String; N]]) -> String {
    let alignments = headings.map(|(_, align)| align);
    let headings = headings.map(|(heading, _)| heading.to_owned());
    let lines = || std::iter::once(&headings).chain(rows);
    let mut widths = [0; N];
    for row in lines() {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    let lay_out = |row: &[String; N]| {
        let cells = row.iter().zip(widths).zip(alignments).map(|((cell, width), align)| {
            let padding = " ".repeat(width.saturating_sub(cell.width()));
            match align {
                Align::Left => format!("{cell}{padding}"),
                Align::Right => format!("{padding}{cell}"),
            }
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    lines().map(lay_out).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::{Align, table};

    #[test]
    fn a_table_aligns_its_columns() {
        let rows = [["demo".to_owned(), "1,000".to_owned()], ["日本".to_owned(), "7".to_owned()]];

        let text = table([("account", Align::Left), ("credits", Align::Right)], &rows);

        assert_eq!(text, "account  credits\ndemo       1,000\n日本           7");
    }
}
