//! The columns of a table: a schema, of which as much is shown as fits.

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Column {
    /// The title.
    pub(crate) title: &'static str,
    /// The width, which never depends on the rows.
    pub(crate) width: Width,
    /// Where the text is.
    pub(crate) align: Align,
    /// How soon the column is left out where it does not fit: 0 never.
    pub(crate) priority: u8,
}

/// The width of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Width {
    /// This many terminal columns.
    Fixed(u16),
    /// At least this many, and a share of what is left.
    Fill(u16),
}

/// Where the text of a column is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    /// At the left.
    Left,
    /// At the right, as numbers are.
    Right,
}

impl Column {
    /// A column with its text at the left.
    pub(crate) const fn left(title: &'static str, width: Width, priority: u8) -> Self {
        Self { title, width, align: Align::Left, priority }
    }

    /// A column with its text at the right.
    pub(crate) const fn right(title: &'static str, width: Width, priority: u8) -> Self {
        Self { title, width, align: Align::Right, priority }
    }

    fn min(&self) -> u16 {
        match self.width {
            Width::Fixed(width) | Width::Fill(width) => width,
        }
    }
}

/// Returns the columns that are shown, and how wide each is. Those of the highest number in `priority` are left out
/// first, and at most the first `skip` of the others that have one.
pub(crate) fn fitting(columns: &[Column], skip: usize, room: u16) -> Vec<(usize, u16)> {
    let skipped = |number: usize, column: &Column| number < skip && column.priority > 0;
    let mut shown: Vec<(usize, &Column)> =
        columns.iter().enumerate().filter(|(number, column)| !skipped(*number, column)).collect();
    while needed(&shown) > u32::from(room) {
        // The last of the least important ones.
        let Some(priority) = shown.iter().map(|(_, column)| column.priority).max().filter(|priority| *priority > 0)
        else {
            break;
        };
        if let Some(at) = shown.iter().rposition(|(_, column)| column.priority == priority) {
            shown.remove(at);
        }
    }
    let surplus = u32::from(room).saturating_sub(needed(&shown));
    share(&shown, u16::try_from(surplus).unwrap_or(0))
}

/// The width that columns need, with a blank between two.
fn needed(columns: &[(usize, &Column)]) -> u32 {
    columns.iter().map(|(_, column)| u32::from(column.min()) + 1).sum::<u32>().saturating_sub(1)
}

/// Shares what is left among the columns that take it. The first ones take what cannot be divided.
fn share(columns: &[(usize, &Column)], mut surplus: u16) -> Vec<(usize, u16)> {
    let is_fill = |column: &Column| matches!(column.width, Width::Fill(_));
    let mut takers = u16::try_from(columns.iter().filter(|(_, column)| is_fill(column)).count()).unwrap_or(u16::MAX);
    let width = |column: &Column| {
        let extra = if is_fill(column) { surplus.div_ceil(takers.max(1)) } else { 0 };
        surplus -= extra;
        takers -= u16::from(is_fill(column));
        column.min() + extra
    };
    let mut width = width;
    columns.iter().map(|(number, column)| (*number, width(column))).collect()
}
