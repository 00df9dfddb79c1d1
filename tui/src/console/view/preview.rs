//! The preview of a result.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Color;
use ratatui::widgets::Widget;
use ratatui_image::Image;
use ratatui_image::protocol::Protocol;

use crate::console::core::model::Model;
use crate::console::core::preview::{Fetched, PreviewMode, ResultFacts, Wanted};
use crate::console::glyph::ASCII;
use crate::console::theme::{Depth, Role};
use crate::console::widget::{Canvas, Cell, UNKNOWN, behind, wrap};
use crate::output::format::bytes;

/// How many bytes a line of hexadecimal has.
const BYTES_PER_LINE: usize = 8;

/// Draws the preview that the screen wants: the picture, and a line that says what it is. Without a picture, the first
/// bytes. While an overlay may cover it, the area stays empty: a picture would lie above the overlay.
pub(crate) fn preview(model: &Model, wanted: Wanted, canvas: &mut Canvas, area: Rect) {
    let [top, caption] = split(area);
    let previews = &model.previews;
    let fetched = previews.fetched(wanted.job);
    canvas.line(caption, &caption_of(fetched, previews.mode));
    let is_covered = !model.overlays.is_empty();
    match (previews.picture(wanted), fetched, previews.failure()) {
        _ if is_covered => {}
        _ if previews.mode == PreviewMode::Off => say(canvas, top, "The preview is off: i shows it."),
        (Some(Ok(picture)), _, _) if can_draw(canvas) => match picture.get::<Protocol>() {
            Some(protocol) => draw(canvas, top, protocol),
            None => say(canvas, top, UNKNOWN),
        },
        (Some(Ok(_)), ..) => say(canvas, top, "A picture needs colours and Unicode."),
        (Some(Err(reason)), ..) => say(canvas, top, reason),
        (None, Some(Fetched { result: None, .. }), _) => say(canvas, top, "There is no result."),
        (None, Some(Fetched { result: Some(result), picture: None, head, .. }), _) => {
            text(canvas, top, result, head);
        }
        (None, None, Some(reason)) => say(canvas, top, reason),
        (None, ..) => say(canvas, top, UNKNOWN),
    }
}

fn split(area: Rect) -> [Rect; 2] {
    let top = area.height.saturating_sub(1);
    [Rect { height: top, ..area }, Rect { y: area.y + top, height: area.height - top, ..area }]
}

fn caption_of(fetched: Option<&Fetched>, mode: PreviewMode) -> Vec<Cell<'static>> {
    let facts = fetched.and_then(|fetched| fetched.result.as_ref());
    let facts = facts.map(|facts| format!("{}, {}", facts.content_type, bytes(facts.size))).unwrap_or_default();
    vec![Cell::text(facts), Cell::label(format!("  i {}", mode.name()))]
}

fn say(canvas: &mut Canvas, area: Rect, text: &str) {
    for (row, line) in area.rows().zip(wrap(text, area.width)) {
        canvas.text(row, &line, Role::Label);
    }
}

/// Whether the terminal shows colours and more than ASCII.
fn can_draw(canvas: &Canvas) -> bool {
    canvas.theme.is_coloured() && *canvas.glyphs != ASCII
}

/// Draws a picture as large as it is.
fn draw(canvas: &mut Canvas, area: Rect, protocol: &Protocol) {
    let size = protocol.size();
    let area = Rect { width: size.width.min(area.width), height: size.height.min(area.height), ..area };
    let depth = canvas.theme.depth();
    Image::new(protocol).allow_clipping(true).render(area, canvas.buffer());
    if let (Protocol::Halfblocks(_), Depth::Indexed | Depth::Sixteen) = (protocol, depth) {
        index(canvas.buffer(), area);
    }
}

/// Replaces colours by the nearest of the 216 that every terminal with 256 has.
fn index(buffer: &mut Buffer, area: Rect) {
    let nearest = |colour: Color| match colour {
        Color::Rgb(red, green, blue) => {
            let [red, green, blue] = [red, green, blue].map(|part| (u16::from(part) * 5 + 127) / 255);
            Color::Indexed(u8::try_from(16 + 36 * red + 6 * green + blue).unwrap_or(u8::MAX))
        }
        other => other,
    };
    for position in area.positions() {
        if let Some(cell) = buffer.cell_mut(position) {
            (cell.fg, cell.bg) = (nearest(cell.fg), nearest(cell.bg));
        }
    }
}

/// Draws the first bytes of a file that has no picture: as text if it is, and else in hexadecimal.
fn text(canvas: &mut Canvas, area: Rect, result: &ResultFacts, head: &[u8]) {
    if result.content_type == "application/pdf" {
        return say(canvas, area, "No pictures are made of PDFs: o opens it, d saves it.");
    }
    if head.is_empty() {
        return say(canvas, area, "No picture was made of this result, and this role may not read its bytes.");
    }
    let readable = std::str::from_utf8(head).ok().filter(|text| !text.contains('\0'));
    match readable {
        Some(text) => {
            for (row, line) in area.rows().zip(text.lines()) {
                canvas.text(row, line, Role::Text);
            }
        }
        None => {
            for ((row, chunk), number) in area.rows().zip(head.chunks(BYTES_PER_LINE)).zip(0..) {
                let hex: Vec<String> = chunk.iter().map(|byte| format!("{byte:02x}")).collect();
                let taken = canvas.text(row, &format!("{:04x}  ", number * BYTES_PER_LINE), Role::Label);
                canvas.text(behind(row, taken), &hex.join(" "), Role::Text);
            }
        }
    }
}

#[cfg(test)]
mod tests;
