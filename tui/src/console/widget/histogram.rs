//! Counts by hour, with a cursor.

use ratatui::layout::Rect;

use super::canvas::{Canvas, Cell, behind};
use super::sparkline::sparkline;
use crate::console::theme::Role;
use crate::output::format;

/// The width of the largest count at the left.
const GUTTER: u16 = 7;

/// The smallest distance of two labels below, in columns.
const LABEL_GAP: u16 = 6;

/// Counts in equal steps of time, the first at the left.
pub(crate) struct Histogram<'a> {
    /// The counts. `None`: not known.
    pub(crate) counts: &'a [Option<i64>],
    /// The label of each, such as `15h`.
    pub(crate) labels: &'a [String],
    /// The one that the cursor is on.
    pub(crate) cursor: Option<usize>,
}

impl Histogram<'_> {
    /// Draws the bars, the labels below, and the largest count at the left. Bars are as wide as they fit.
    pub(crate) fn draw(&self, canvas: &mut Canvas, area: Rect, role: Role) {
        let plot = behind(area, GUTTER);
        if area.height < 2 || plot.is_empty() {
            return;
        }
        let max = self.counts.iter().flatten().copied().max().unwrap_or(0).max(0);
        canvas.text_right(Rect { width: GUTTER - 1, height: 1, ..area }, &format::count(max), Role::Label);
        let bars = Rect { height: area.height - 1, ..plot };
        let width = self.bar_width(plot.width);
        for (number, (count, x)) in self.counts.iter().zip((bars.x..bars.right()).step_by(width.into())).enumerate() {
            let room = bars.right() - x;
            // A blank between two bars, if they are wide enough.
            let bar = Rect { x, width: (width - u16::from(width > 2)).min(room), ..bars };
            let role = if self.cursor == Some(number) { Role::Warning } else { role };
            sparkline(canvas, bar, &vec![*count; bar.width.into()], max, role);
            if self.cursor == Some(number) {
                canvas.put((x, bars.bottom()), canvas.glyphs.up, Role::Warning);
            }
        }
        self.draw_labels(canvas, Rect { y: bars.bottom(), height: 1, ..plot }, width);
    }

    /// How many columns a bar has in an area this wide.
    pub(crate) fn bar_width(&self, width: u16) -> u16 {
        (width / u16::try_from(self.counts.len().max(1)).unwrap_or(u16::MAX)).max(1)
    }

    fn draw_labels(&self, canvas: &mut Canvas, line: Rect, width: u16) {
        let step = usize::from(LABEL_GAP.div_ceil(width.max(1)));
        let columns = (0..line.width).step_by(width.into());
        for (number, (label, column)) in self.labels.iter().zip(columns).enumerate() {
            let cell = Cell::label(label.as_str());
            let offset = u16::from(self.cursor == Some(number));
            if number.is_multiple_of(step) && column + offset + cell.width() <= line.width {
                canvas.text(behind(line, column + offset), &cell.text, cell.role);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Histogram, Role};
    use crate::console::widget::testing::draw;

    #[test]
    fn each_hour_has_a_bar_and_some_have_a_label() {
        let counts = [Some(0), Some(100), None, Some(1_600), Some(800), Some(12)];
        let labels: Vec<String> = (14..20).map(|hour| format!("{hour}h")).collect();
        let histogram = Histogram { counts: &counts, labels: &labels, cursor: Some(4) };
        insta::assert_snapshot!(draw(31, 4, |canvas, area| histogram.draw(canvas, area, Role::Good)), @"
        1,600             ███         
                          ███ ▄▄▄     
                  ▂▂▂     ███ ███ ▁▁▁ 
              14h     16h     ▲18h
        ");
    }

    #[test]
    fn no_size_panics() {
        for (width, height) in [(0, 0), (1, 1), (7, 2), (8, 2), (9, 9)] {
            let histogram = Histogram { counts: &[Some(1); 100], labels: &[], cursor: Some(99) };
            draw(width, height, |canvas, area| histogram.draw(canvas, area, Role::Good));
        }
    }
}
