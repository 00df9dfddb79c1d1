use image::{DynamicImage, Rgb, RgbImage};
use ratatui::layout::Size;
use ratatui::style::Color;
use ratatui_image::Resize;
use ratatui_image::picker::Picker;

use super::{Fetched, ResultFacts, Wanted, preview};
use crate::console::core::environment::Environment;
use crate::console::core::model::Model;
use crate::console::core::overlay::Overlay;
use crate::console::core::preview::Picture;
use crate::console::core::settings::ThemeName;
use crate::console::glyph::UNICODE;
use crate::console::theme::{Background, Depth, Theme};
use crate::console::widget::testing;

fn wanted() -> Wanted {
    let job = "0198f2b7-10aa-7d01-9c3e-55d1e2a0c7f4".parse().expect("an id");
    Wanted { job, columns: 24, lines: 6 }
}

fn model(picture: bool, content_type: &str, head: &[u8]) -> Model {
    let mut model = Model::new(Environment::default(), (80, 24), 1);
    let query = model.previews.query(wanted()).expect("it is not known");
    let result = Some(ResultFacts { content_type: content_type.to_owned(), size: 1_840_000 });
    let picture = picture.then(|| vec![1].into());
    model.previews.arrived(Fetched { query, result, picture, head: head.to_vec() });
    model
}

/// A console with a picture that is red above and blue below.
fn with_picture() -> Model {
    let mut model = model(true, "image/png", &[]);
    let key = model.previews.decode(wanted()).expect("a picture").key;
    let image = RgbImage::from_fn(24, 12, |_, y| if y < 6 { Rgb([255, 0, 0]) } else { Rgb([0, 0, 255]) });
    let protocol =
        Picker::halfblocks().new_protocol(DynamicImage::ImageRgb8(image), Size::new(24, 6), Resize::Scale(None));
    model.previews.decoded(key, Ok(Picture::new(protocol.expect("a picture"))));
    model
}

fn drawn(model: &Model, depth: Depth, name: ThemeName) -> ratatui::buffer::Buffer {
    let theme = Theme::new(name, Background::Dark, depth);
    testing::frame(24, 7, theme, &UNICODE, |canvas, area| preview(model, wanted(), canvas, area)).0
}

fn lines(model: &Model) -> String {
    testing::lines(&drawn(model, Depth::True, ThemeName::Dark))
}

#[test]
fn a_picture_is_drawn_with_characters_in_the_colours_that_the_terminal_has() {
    let model = with_picture();
    let buffer = drawn(&model, Depth::True, ThemeName::Dark);
    assert_eq!((buffer[(1, 0)].fg, buffer[(1, 4)].fg), (Color::Rgb(255, 0, 0), Color::Rgb(0, 0, 255)));
    let buffer = drawn(&model, Depth::Indexed, ThemeName::Dark);
    assert_eq!((buffer[(1, 0)].fg, buffer[(1, 4)].fg), (Color::Indexed(196), Color::Indexed(21)));
    insta::assert_snapshot!(lines(&model));
    let mono = testing::lines(&drawn(&model, Depth::True, ThemeName::Mono));
    assert!(mono.contains("needs colours") && !mono.contains('▀'), "{mono}");
}

#[test]
fn nothing_of_a_picture_stays_below_an_overlay() {
    let mut model = with_picture();
    model.overlays.push(Overlay::Log(0));
    let buffer = drawn(&model, Depth::True, ThemeName::Dark);
    assert!((0..6).all(|y| (0..24).all(|x| buffer[(x, y)].symbol() == " ")));
}

#[test]
fn without_a_picture_the_first_bytes_are_shown() {
    let mut screens = vec![
        lines(&model(false, "image/png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")),
        lines(&model(false, "text/plain", b"first line\nsecond line\x1b[2J")),
        lines(&model(false, "application/pdf", b"%PDF-1.4")),
        lines(&model(false, "image/png", b"")),
    ];
    let mut off = model(true, "image/png", &[]);
    off.previews.mode = crate::console::core::preview::PreviewMode::Off;
    let mut broken = model(true, "image/png", &[]);
    let key = broken.previews.decode(wanted()).expect("a picture").key;
    broken.previews.decoded(key, Err("the picture cannot be decoded: it is cut off".to_owned()));
    screens.extend([lines(&off), lines(&broken)]);
    insta::assert_snapshot!(screens.join("\n----\n"));
}
