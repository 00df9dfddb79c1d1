//! A box that lies over the screen.

use ratatui::layout::{Flex, Layout, Rect};

use super::canvas::Canvas;
use super::pane::pane;

/// Less than this beside a box is not worth leaving: it would be a border beside a border.
const MIN_MARGIN: u16 = 8;

/// Draws an empty box in the middle of an area, as large as asked for and as fits, and returns the area inside.
pub(crate) fn overlay(canvas: &mut Canvas, area: Rect, width: u16, height: u16, title: &str, subtitle: &str) -> Rect {
    let width = if area.width <= width.saturating_add(MIN_MARGIN) { area.width } else { width };
    let [area] = Layout::horizontal([width]).flex(Flex::Center).areas(area);
    let [area] = Layout::vertical([height.min(area.height)]).flex(Flex::Center).areas(area);
    canvas.clear(area);
    pane(canvas, area, title, subtitle)
}
