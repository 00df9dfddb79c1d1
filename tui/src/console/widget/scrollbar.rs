//! A scroll bar, whose thumb is a place in rows or in time.

use ratatui::layout::Rect;

use super::canvas::Canvas;
use crate::console::theme::Role;

/// Where what is shown is in the whole, in thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Thumb {
    start: u16,
    end: u16,
}

impl Thumb {
    /// The rows from `top` on, of `len`, unless all of them are on the screen.
    pub(crate) fn needed(top: usize, height: usize, len: usize) -> Option<Self> {
        (len > height).then(|| Self::rows(top, height, len))
    }

    /// The rows from `top` on, of `len`.
    pub(crate) fn rows(top: usize, height: usize, len: usize) -> Self {
        let whole = i64::try_from(len).unwrap_or(i64::MAX);
        let part = |rows: usize| share(i64::try_from(rows).unwrap_or(i64::MAX), whole);
        Self { start: part(top), end: part(top.saturating_add(height)) }
    }

    /// The time from `first` to `last`, of all from `start` to `end`: the place in a list that nobody counts.
    pub(crate) fn time(first: i64, last: i64, start: i64, end: i64) -> Self {
        let whole = end.saturating_sub(start);
        let part = |time: i64| share(time.saturating_sub(start), whole);
        let (one, other) = (part(first), part(last));
        Self { start: one.min(other), end: one.max(other) }
    }

    /// Draws the bar at the right edge of an area.
    pub(crate) fn draw(self, canvas: &mut Canvas, area: Rect) {
        let Some(x) = area.right().checked_sub(1).filter(|x| *x >= area.x) else { return };
        let (from, to) = self.cells(area.height);
        for (line, y) in (area.top()..area.bottom()).enumerate() {
            let is_thumb = (from..to).contains(&line);
            let symbol = if is_thumb { canvas.glyphs.full } else { canvas.glyphs.rest };
            canvas.put((x, y), symbol, Role::Border);
        }
    }

    /// The cells of the thumb: at least one, and the last one only at the end.
    fn cells(self, height: u16) -> (usize, usize) {
        let height = usize::from(height);
        let from = (usize::from(self.start) * height / 1_000).min(height.saturating_sub(1));
        let to = (usize::from(self.end) * height).div_ceil(1_000).clamp(from + 1, height.max(from + 1));
        (from, to)
    }
}

fn share(part: i64, whole: i64) -> u16 {
    let thousandths = i128::from(part.max(0)) * 1_000 / i128::from(whole.max(1));
    u16::try_from(thousandths.min(1_000)).unwrap_or(1_000)
}

#[cfg(test)]
mod tests {
    use super::Thumb;

    #[test]
    fn the_thumb_is_where_the_rows_are() {
        for (thumb, cells) in [
            (Thumb::rows(0, 10, 10), (0, 10)),
            (Thumb::rows(0, 10, 100), (0, 1)),
            (Thumb::rows(90, 10, 100), (9, 10)),
            (Thumb::rows(0, 10, 0), (0, 10)),
            (Thumb::time(100, 50, 0, 100), (5, 10)),
            (Thumb::time(7, 7, 7, 7), (0, 1)),
            (Thumb::time(0, 1, 0, i64::MAX), (0, 1)),
            (Thumb::time(i64::MIN, i64::MAX, i64::MIN, i64::MAX), (0, 10)),
        ] {
            assert_eq!(thumb.cells(10), cells, "{thumb:?}");
        }
        assert_eq!(Thumb::rows(0, 1, 9).cells(0), (0, 1));
    }
}
