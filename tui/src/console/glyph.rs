//! Glyphs: every sign that the console draws, and what stands for it where only ASCII can be shown.
//!
//! All are one cell wide. Text that other code has formatted is replaced sign by sign before a frame is written, so no
//! view can forget.

use ratatui::buffer::{Buffer, CellWidth};
use ratatui::symbols::border;

/// The signs that widgets draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Glyphs {
    /// Borders of panes.
    pub(crate) border: border::Set<'static>,
    /// Bars of an eighth to eight eighths.
    pub(crate) levels: [&'static str; 8],
    /// A filled part of a bar.
    pub(crate) full: &'static str,
    /// The rest of a bar, and the track of a scroll bar.
    pub(crate) rest: &'static str,
    /// The row of the cursor.
    pub(crate) cursor: &'static str,
    /// A marked row.
    pub(crate) mark: &'static str,
    /// Text that was cut, and a value that is not known.
    pub(crate) ellipsis: &'static str,
    /// Healthy, or completed.
    pub(crate) good: &'static str,
    /// Failed, or lost.
    pub(crate) bad: &'static str,
    /// Needs attention.
    pub(crate) warning: &'static str,
    /// Waiting, or stale.
    pub(crate) waiting: &'static str,
    /// In progress.
    pub(crate) busy: &'static str,
    /// Live.
    pub(crate) live: &'static str,
    /// Rising, and ascending order.
    pub(crate) up: &'static str,
    /// Falling, and descending order.
    pub(crate) down: &'static str,
    /// Leads to.
    pub(crate) arrow: &'static str,
    /// Between the steps of a way.
    pub(crate) step: &'static str,
    /// Between things that belong together.
    pub(crate) dot: &'static str,
    /// Between tabs.
    pub(crate) divider: &'static str,
    /// Approximately.
    pub(crate) about: &'static str,
}

/// For terminals that show Unicode.
pub(crate) const UNICODE: Glyphs = Glyphs {
    border: border::PLAIN,
    levels: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    full: "█",
    rest: "░",
    cursor: "▌",
    mark: "*",
    ellipsis: "…",
    good: "✓",
    bad: "✗",
    warning: "!",
    waiting: "○",
    busy: "◐",
    live: "●",
    up: "▲",
    down: "▼",
    arrow: "→",
    step: "›",
    dot: "·",
    divider: "│",
    about: "≈",
};

/// For terminals that show ASCII only.
pub(crate) const ASCII: Glyphs = Glyphs {
    border: border::Set {
        top_left: "+",
        top_right: "+",
        bottom_left: "+",
        bottom_right: "+",
        vertical_left: "|",
        vertical_right: "|",
        horizontal_top: "-",
        horizontal_bottom: "-",
    },
    levels: [".", ":", "-", "=", "+", "*", "%", "#"],
    full: "#",
    rest: "-",
    cursor: ">",
    mark: "*",
    ellipsis: "~",
    good: "+",
    bad: "x",
    warning: "!",
    waiting: "o",
    busy: "%",
    live: "@",
    up: "^",
    down: "v",
    arrow: ">",
    step: ">",
    dot: ".",
    divider: "|",
    about: "~",
};

/// Signs that formatted text has, besides those of [`UNICODE`].
const OTHERS: [(&str, &str); 26] = [
    ("–", "-"),
    ("—", "-"),
    ("−", "-"),
    ("×", "x"),
    ("Σ", "S"),
    ("Δ", "d"),
    ("±", "~"),
    ("≤", "<"),
    ("≥", ">"),
    ("↑", "^"),
    ("↓", "v"),
    ("←", "<"),
    ("↩", "<"),
    ("↳", ">"),
    ("◌", "."),
    ("◴", "%"),
    ("▐", "<"),
    ("▏", "|"),
    ("▕", "|"),
    ("▒", ":"),
    ("▓", "%"),
    ("•", "*"),
    ("“", "\""),
    ("”", "\""),
    ("’", "'"),
    ("├", "+"),
];

impl Glyphs {
    /// The signs that a state or a chart is drawn with, in one order for every set.
    fn all(&self) -> impl Iterator<Item = &'static str> {
        let border = self.border;
        let singles = [
            self.full,
            self.rest,
            self.cursor,
            self.mark,
            self.ellipsis,
            self.good,
            self.bad,
            self.warning,
            self.waiting,
            self.busy,
            self.live,
            self.up,
            self.down,
            self.arrow,
            self.step,
            self.divider,
            self.about,
            self.dot,
            border.top_left,
            border.top_right,
            border.bottom_left,
            border.bottom_right,
            border.vertical_left,
            border.horizontal_top,
        ];
        self.levels.into_iter().chain(singles)
    }

    /// Whether only ASCII can be shown.
    pub(crate) fn is_ascii(&self) -> bool {
        self.full.is_ascii()
    }

    /// Replaces what the terminal cannot show. The rest of the frame stays where it is.
    pub(crate) fn replace(&self, buffer: &mut Buffer) {
        if !self.is_ascii() {
            return;
        }
        for cell in &mut buffer.content {
            if !cell.symbol().is_ascii() {
                let symbol = in_ascii(cell.symbol());
                cell.set_symbol(symbol);
            }
        }
    }
}

/// Returns what stands for a sign.
fn in_ascii(symbol: &str) -> &'static str {
    let known = UNICODE.all().zip(ASCII.all()).chain(OTHERS).find(|(unicode, _)| *unicode == symbol);
    match (known, symbol.cell_width()) {
        (Some((_, ascii)), _) => ascii,
        (None, 2) => "??",
        (None, _) => "?",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use ratatui::buffer::{Buffer, CellWidth};

    use super::{ASCII, OTHERS, UNICODE};

    #[test]
    fn every_glyph_is_one_cell_wide() {
        let others = OTHERS.into_iter().flat_map(|(unicode, ascii)| [unicode, ascii]);
        for glyph in UNICODE.all().chain(ASCII.all()).chain(others) {
            assert_eq!((glyph.chars().count(), glyph.cell_width()), (1, 1), "{glyph}");
        }
        assert!(ASCII.all().all(str::is_ascii));
    }

    #[test]
    fn both_sets_tell_all_states_apart() {
        for set in [UNICODE, ASCII] {
            let states = [set.good, set.bad, set.warning, set.waiting, set.busy, set.live, set.up, set.down];
            assert_eq!(states.iter().collect::<HashSet<_>>().len(), states.len(), "{states:?}");
            assert_eq!(set.levels.iter().collect::<HashSet<_>>().len(), set.levels.len());
        }
    }

    #[test]
    fn a_frame_in_ascii_has_nothing_else_and_the_same_layout() {
        let mut buffer = Buffer::with_lines(["┌─ ≈12 ─┐", "│✓ 日本é│", "│▁▄█ 5…5│"]);

        UNICODE.replace(&mut buffer);
        assert_eq!(buffer[(0, 0)].symbol(), "┌");
        ASCII.replace(&mut buffer);

        let rows: Vec<String> = (0..3).map(|y| (0..9).map(|x| buffer[(x, y)].symbol()).collect()).collect();
        assert_eq!(rows[0], "+- ~12 -+");
        assert_eq!(rows[2], "|.=# 5~5|");
        assert!(rows.iter().all(|row| row.is_ascii()), "{rows:?}");
    }
}
