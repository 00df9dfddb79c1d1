//! A chart of counts over time in one line, or in several.

use ratatui::layout::Rect;

use super::canvas::Canvas;
use crate::console::theme::Role;

/// How many levels one cell shows.
const LEVELS: u64 = 8;

/// Draws counts, the newest at the right, as bars that fill the area. `None` is a time of which nothing is known: it
/// stays empty, and is not drawn as zero. A count above zero is always visible.
pub(crate) fn sparkline(canvas: &mut Canvas, area: Rect, counts: &[Option<i64>], max: i64, role: Role) {
    let rows = u64::from(area.height);
    let max = max.max(1).unsigned_abs();
    for (from_right, count) in (1_u16..=area.width).zip(counts.iter().rev()) {
        let Some(count) = count else { continue };
        let count = count.max(&0).unsigned_abs().min(max);
        let eighths = (u128::from(count) * u128::from(rows * LEVELS)).div_ceil(u128::from(max));
        draw_bar(
            canvas,
            Rect { x: area.right() - from_right, width: 1, ..area },
            u64::try_from(eighths).unwrap_or(0),
            role,
        );
    }
}

/// Draws counts in the first line of an area, each level seen, zero as the lowest.
pub(crate) fn spark(canvas: &mut Canvas, area: Rect, counts: &[Option<i64>], role: Role) {
    let max = counts.iter().flatten().copied().max().unwrap_or(0);
    let line = Rect { height: area.height.min(1), ..area };
    for (from_right, count) in (1_u16..=line.width).zip(counts.iter().rev()) {
        let position = (line.right() - from_right, line.y);
        match count {
            Some(..=0) => canvas.put(position, canvas.glyphs.levels.first().copied().unwrap_or(" "), Role::Border),
            Some(count) => {
                let level = level(*count, max, LEVELS - 1) + 1;
                canvas.put(position, symbol(canvas, level), role);
            }
            None => {}
        }
    }
}

fn draw_bar(canvas: &mut Canvas, column: Rect, eighths: u64, role: Role) {
    let mut left = eighths;
    for y in (column.top()..column.bottom()).rev() {
        if left == 0 {
            break;
        }
        let symbol = symbol(canvas, left.min(LEVELS));
        canvas.put((column.x, y), symbol, role);
        left = left.saturating_sub(LEVELS);
    }
}

/// The level of a count, from 0 for zero to the number of levels.
fn level(count: i64, max: i64, levels: u64) -> u64 {
    let (count, max) = (count.max(0).unsigned_abs(), max.max(1).unsigned_abs());
    let level = (u128::from(count.min(max)) * u128::from(levels)).div_ceil(u128::from(max));
    u64::try_from(level).unwrap_or(levels)
}

/// The sign of a bar of one to eight eighths.
fn symbol(canvas: &Canvas, eighths: u64) -> &'static str {
    let at = usize::try_from(eighths.saturating_sub(1)).unwrap_or(0);
    canvas.glyphs.levels.get(at).copied().unwrap_or(canvas.glyphs.full)
}

#[cfg(test)]
mod tests {
    use super::{Role, spark, sparkline};
    use crate::console::glyph::ASCII;
    use crate::console::widget::testing::{THEME, draw, frame, lines};

    const COUNTS: [Option<i64>; 8] = [None, Some(0), Some(1), Some(5), Some(40), Some(80), Some(160), Some(-3)];

    #[test]
    fn zero_is_the_lowest_level_and_the_unknown_is_empty() {
        assert_eq!(draw(10, 1, |canvas, area| spark(canvas, area, &COUNTS, Role::Good)), "   ▁▂▂▃▅█▁");
        let (buffer, _) = frame(10, 1, THEME, &ASCII, |canvas, area| spark(canvas, area, &COUNTS, Role::Good));
        assert_eq!(lines(&buffer), "   .::-+#.");
    }

    #[test]
    fn bars_fill_the_height_and_the_newest_are_shown() {
        assert_eq!(draw(4, 2, |canvas, area| sparkline(canvas, area, &COUNTS, 160, Role::Good)), "  █ \n▄██ ");
        draw(0, 0, |canvas, area| sparkline(canvas, area, &[Some(i64::MAX); 3], 0, Role::Good));
    }
}
