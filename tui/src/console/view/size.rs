//! The sizes of terminals that the views are made for.

use ratatui::layout::Rect;

/// The smallest width and height on which the console can be used.
pub(crate) const MIN_SIZE: (u16, u16) = (60, 16);

/// How much a terminal shows. The only place that says where one layout ends and another begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Breakpoint {
    /// From 60×16: one pane, the columns that no row can do without.
    Small,
    /// From 80×24: everything can be reached; charts are lines.
    Medium,
    /// From 120×30: panes side by side.
    Large,
    /// From 160×40: a detail pane beside every list.
    Wide,
    /// From 200×50: the preview beside the detail.
    Huge,
}

/// Each breakpoint, with the smallest width and height that it needs.
const TABLE: [(Breakpoint, u16, u16); 5] = [
    (Breakpoint::Huge, 200, 50),
    (Breakpoint::Wide, 160, 40),
    (Breakpoint::Large, 120, 30),
    (Breakpoint::Medium, 80, 24),
    (Breakpoint::Small, 0, 0),
];

impl Breakpoint {
    /// The breakpoint of a terminal with this many columns and lines.
    pub(crate) fn of((columns, lines): (u16, u16)) -> Self {
        let fits = |(_, width, height): &&(Self, u16, u16)| columns >= *width && lines >= *height;
        TABLE.iter().find(fits).map_or(Self::Small, |(breakpoint, _, _)| *breakpoint)
    }
}

/// Whether the console can be used in this area.
pub(super) fn fits(area: Rect) -> bool {
    area.width >= MIN_SIZE.0 && area.height >= MIN_SIZE.1
}

#[cfg(test)]
mod tests {
    use super::Breakpoint::{self, Huge, Large, Medium, Small, Wide};

    #[test]
    fn a_breakpoint_needs_both_its_width_and_its_height() {
        for (size, breakpoint) in [
            ((60, 16), Small),
            ((79, 60), Small),
            ((80, 23), Small),
            ((80, 24), Medium),
            ((119, 36), Medium),
            ((120, 36), Large),
            ((200, 30), Large),
            ((160, 40), Wide),
            ((200, 60), Huge),
        ] {
            assert_eq!(Breakpoint::of(size), breakpoint, "{size:?}");
        }
    }
}
