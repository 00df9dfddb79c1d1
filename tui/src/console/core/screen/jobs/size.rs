//! The lines of the screen.

/// The line of the first row, from the top of the terminal: behind the header, the tabs, the border, the filter and
/// the titles.
pub(crate) const FIRST_ROW: u16 = 5;

/// From this many lines on, the strip below the table is a pane.
const TALL: u16 = 30;

/// How many lines show the job of the cursor.
pub(crate) fn strip(lines: u16) -> u16 {
    match lines {
        TALL.. => 6,
        20..TALL => 2,
        _ => 0,
    }
}

/// How many rows the table has: the others are four around the screen, two of the border, and those of the filter, the
/// titles and the state of the list.
pub(crate) fn rows((_, lines): (u16, u16)) -> usize {
    usize::from(lines.saturating_sub(9 + strip(lines)))
}
